"""Training the NLU: once to see how sure it may be, on wordings held out, and once on everything it was shown."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from zlib import crc32

from backbone.noise import Channel
from simulator.assistant.nlu.confidence import CERTAIN, shares
from simulator.assistant.nlu.features import UNKNOWN, of_sentence, of_tokens
from simulator.assistant.nlu.gazetteer import Gazetteer
from simulator.assistant.nlu.intents import IntentModel, train_intents
from simulator.assistant.nlu.sentences import ANSWER, NOTHING, Sentence, sentences, shown_items
from simulator.assistant.nlu.tagger import OUTSIDE, Tagger, train_tagger
from simulator.dice import Dice
from simulator.world import World

__all__ = ["Models", "slots_of", "train"]

#: In this share of the sentences the words of values are hidden, so that the words around them count too.
_HIDDEN = 0.3
#: So many of those words.
_MOST = 0.8
#: In this share their words are there, but not known for a name.
_UNNAMED = 0.25
#: So many of the other words are hidden.
_MISSING = 0.04
#: So many sentences are shown as they were heard, too.
_HEARD = 0.35
#: One in so many wordings is held out to measure confidence.
_HELD_OUT = 4
#: One in so many sentences is measured.
_ONE_IN = 4
_UNITS = (48, 64, 96, 128, 192, 256, 384, 512)


@dataclass(frozen=True)
class Models:
    """All that training leaves behind.

    Attributes
    ----------
    vocabulary
        Words that were there.
    gazetteer
        Names that were shown.
    intents
        Model of the whole text.
    tagger
        Model of its words.
    unit
        An intent that scores so much less is half as likely.
    """

    vocabulary: frozenset[str]
    gazetteer: Gazetteer
    intents: IntentModel
    tagger: Tagger
    unit: int

    @property
    def digest(self) -> str:
        """SHA-256 of every weight and of what it belongs to."""
        told = hashlib.sha256(repr((self.intents.intents, self.tagger.tags, self.unit)).encode())
        for rows in (self.intents.rows, self.tagger.rows):
            told.update("\n".join(rows).encode())
        told.update(self.intents.weights.astype("<i2").tobytes())
        told.update(self.tagger.weights.astype("<i2").tobytes())
        told.update(repr(self.tagger.follows).encode())
        return told.hexdigest()


def slots_of(world: World, intent: str) -> tuple[str, ...]:
    """Return every slot that a request of an intent may have, in one order."""
    told = world.intent(intent)
    worded = sorted({slot for phrasing in world.phrasings(intent) for slot in phrasing.slots})
    return tuple(dict.fromkeys((*told.slots, *told.optional, *worded)))


def train(world: World, seed: int, channel: Channel) -> Models:
    """Train the models of a world.

    Parameters
    ----------
    world, seed
        What sentences there are, and which of them are drawn. The same give the same models, to the last bit.
    channel
        What sentences are heard through: a model that reads what was heard is trained on what was heard.
    """
    shown = sentences(world, seed)
    shown += _misheard(shown, channel, Dice(seed, "misheard"))
    names = {
        slot: [name for item in items for name in (item.name, *item.also)]
        for slot, items in shown_items(world).items()
    }
    gazetteer = Gazetteer(names)
    vocabulary = frozenset(word for sentence in shown for word in sentence.words) - {UNKNOWN}
    dice = Dice(seed, "nlu")
    examples = [_seen(sentence, gazetteer, dice) for sentence in shown]
    intents = train_intents([(example.features, example.intent) for example in examples], dice)
    tagger = train_tagger(
        [
            (example.tokens, example.tags, _possible(world, sentence))
            for example, sentence in zip(examples, shown, strict=True)
            if sentence.intent != NOTHING and len(sentence.tags) == len(sentence.words)
        ],
        tuple(world.file.slots),
        dice,
    )
    return Models(vocabulary, gazetteer, intents, tagger, _unit(shown, examples, Dice(seed, "unit")))


@dataclass(frozen=True, slots=True)
class _Example:
    features: list[str]
    tokens: list[list[str]]
    tags: tuple[str, ...]
    intent: str


def _misheard(shown: Sequence[Sentence], channel: Channel, dice: Dice) -> Iterator[Sentence]:
    """Give sentences as they were heard, where that is not as they were said.

    Where words were joined or lost, nobody can say any more which word was whose: those have no tags.
    """
    for sentence in shown:
        if sentence.intent == NOTHING or not dice.chance(_HEARD):
            continue
        words = tuple(channel.hear(" ".join(sentence.words), dice.uniform)[0].text.split())
        if words and words != sentence.words:
            tags = sentence.tags if len(words) == len(sentence.words) else ()
            yield replace(sentence, words=words, tags=tags)


def _seen(sentence: Sentence, gazetteer: Gazetteer, dice: Dice) -> _Example:
    """Look at a sentence as if some of it were not known."""
    hidden = {place for place in range(len(sentence.words)) if dice.chance(_MISSING)}
    values = {place for place, tag in enumerate(sentence.tags) if tag != OUTSIDE}
    lot = dice.uniform()
    if lot < _HIDDEN:
        hidden |= {place for place in values if dice.chance(_MOST)}
    unnamed = hidden | values if lot < _HIDDEN + _UNNAMED else hidden
    hits = [
        hit
        for hit in gazetteer.hits(sentence.words)
        if not any(place in unnamed for place in range(hit.start, hit.end))
    ]
    words = [UNKNOWN if place in hidden else word for place, word in enumerate(sentence.words)]
    ends = ["" if place in hidden else word[-3:] for place, word in enumerate(sentence.words)]
    return _Example(
        of_sentence(words, hits, sentence.asked),
        of_tokens(words, ends, hits, sentence.asked),
        sentence.tags,
        sentence.intent,
    )


def _possible(world: World, sentence: Sentence) -> tuple[str, ...]:
    if sentence.intent == ANSWER:
        return () if sentence.asked is None else (sentence.asked,)
    return slots_of(world, sentence.intent)


def _unit(shown: Sequence[Sentence], examples: Sequence[_Example], dice: Dice) -> int:
    """Find the unit with which the model is as sure as it is right, were a part of the wordings new to it."""
    several: dict[str, set[str]] = {}
    for sentence in shown:
        several.setdefault(sentence.intent, set()).add(sentence.wording)
    kept: list[_Example] = []
    out: list[_Example] = []
    for sentence, example in zip(shown, examples, strict=True):
        apart = crc32(sentence.wording.encode()) % _HELD_OUT == 0 and len(several[sentence.intent]) > 1
        (out if apart else kept).append(example)
    model = train_intents([(example.features, example.intent) for example in kept], dice)
    scored = [(model.scores(example.features), example.intent) for example in (*kept, *out)[::_ONE_IN]]
    right = sum(model.intents[int(scores.argmax())] == intent for scores, intent in scored)

    def too_sure(unit: int) -> int:
        return abs(sum(int(shares(scores, unit).max()) for scores, _ in scored) - CERTAIN * right)

    return min(_UNITS, key=too_sure)
