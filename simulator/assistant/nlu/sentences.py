"""The sentences that the NLU is trained on: wordings and values that it was shown, and talk that means nothing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from zlib import crc32

from simulator.dice import Dice
from simulator.world import Phrasing, World
from simulator.world.schema import Intent, Item

__all__ = ["ANSWER", "NOTHING", "Sentence", "sentences", "shown_items"]

#: Stands for the intent that is open: of a short answer to a question.
ANSWER = "<answer>"
#: Stands for no intent: of what means nothing to the assistant.
NOTHING = "<nothing>"

#: How people answer a question; the first is by far the most usual.
_ANSWERS = (
    *("{}",) * 6,
    *("the {}", "{} please", "for {}", "in the {}", "at {}", "to {}", "make it {}", "{} i think"),
    *("the {} please", "i said {}", "um {}"),
)
_ANSWERS_AN_INTENT = 40
#: Items of this share of the ranks have been shown for certain: training comes from what people ask for.
_HEAD = 0.4
_NOTHING_AN_INTENT = 3
#: An intent of many wordings has up to so many times the sentences of another.
_MOST = 2
#: Shares of known words in talk that means nothing.
_KNOWN = (0.0, 0.5, 0.8, 0.9)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence to train on.

    Attributes
    ----------
    words
        Its words.
    intent
        Name of its intent, `ANSWER` or `NOTHING`.
    tags
        One a word: `O`, or `B slot` where a value begins and `I slot` where it goes on.
    asked
        The slot that the assistant had asked for.
    wording
        What it was made from; sentences of one wording are kept together when some are held out.
    """

    words: tuple[str, ...]
    intent: str
    tags: tuple[str, ...]
    asked: str | None
    wording: str


def shown_items(world: World) -> dict[str, tuple[Item, ...]]:
    """Return the items of every slot that the NLU was shown: of the popular ones all, of the tail a part."""
    share = world.file.assistant.seen_items
    tail = max(0.0, share - _HEAD) / (1.0 - _HEAD)
    shown = {}
    for slot in world.file.slots:
        items = world.items(slot, 0)
        kept = [
            item
            for rank, item in enumerate(items)
            if rank < min(share, _HEAD) * len(items) or _lot(f"{slot} {item.name}") < tail
        ]
        shown[slot] = tuple(kept) or items[:1]
    return shown


def sentences(world: World, seed: int) -> list[Sentence]:
    """Make up the training sentences of a world.

    Parameters
    ----------
    world
        Its wordings that are marked as seen, filled with items that are shown.
    seed
        Which of them.
    """
    values = {slot: _names(items) for slot, items in shown_items(world).items()}
    made: list[Sentence] = []
    for intent in world.file.intents:
        dice = Dice(seed, "training", intent.name)
        seen = [phrasing for phrasing in world.phrasings(intent.name) if phrasing.seen]
        made += [
            _filled(phrasing.text, intent.name, values, dice, None, phrasing.wording)
            for phrasing in _chosen(seen, world.file.assistant.examples, dice)
        ]
        made += _answers(intent, values, dice)
    made += _nothing(made, _NOTHING_AN_INTENT * len(world.file.intents), Dice(seed, "nothing"))
    made += _in_between(made, world, Dice(seed, "in between"))
    return made


def _chosen(seen: Sequence[Phrasing], examples: int, dice: Dice) -> Iterator[Phrasing]:
    """Each once, the usual ones first and `_MOST` times as many at most, then the usual ones more often."""
    weights = [phrasing.weight for phrasing in seen]
    yield from sorted(seen, key=lambda phrasing: -phrasing.weight)[: _MOST * examples]
    for _ in range(examples - len(seen)):
        yield dice.weighted(seen, weights)


def _answers(intent: Intent, values: dict[str, tuple[str, ...]], dice: Dice) -> Iterator[Sentence]:
    for slot in dict.fromkeys((*intent.asks, *(each for each in intent.prompts if each in values))):
        for _ in range(_ANSWERS_AN_INTENT):
            text = dice.pick(_ANSWERS).replace("{}", f"{{{slot}}}")
            yield _filled(text, ANSWER, values, dice, slot, f"{ANSWER} {text}")


def _nothing(made: Sequence[Sentence], many: int, dice: Dice) -> Iterator[Sentence]:
    """Put words of different sentences together."""
    for number in range(many):
        length, known = 2 + int(dice.uniform() * 6), dice.pick(_KNOWN)
        picked = (dice.pick(dice.pick(made).words) for _ in range(length))
        words = tuple(word if dice.chance(known) else "?" for word in picked)
        yield Sentence(words, NOTHING, ("O",) * length, None, f"{NOTHING} {number}")


def _in_between(made: Sequence[Sentence], world: World, dice: Dice) -> Iterator[Sentence]:
    """Say something else when asked: a request, a courtesy, or nothing that means anything."""
    asked = list(dict.fromkeys(slot for intent in world.file.intents for slot in intent.asks))
    others = [sentence for sentence in made if sentence.asked is None]
    for slot in asked:
        for _ in range(_ANSWERS_AN_INTENT):
            other = dice.pick(others)
            yield Sentence(other.words, other.intent, other.tags, slot, other.wording)


def _filled(
    text: str,
    intent: str,
    values: dict[str, tuple[str, ...]],
    dice: Dice,
    asked: str | None,
    wording: str,
) -> Sentence:
    words: list[str] = []
    tags: list[str] = []
    for token in text.split():
        if not token.startswith("{"):
            words.append(token)
            tags.append("O")
            continue
        slot = token[1:-1]
        value = dice.pick(values[slot]).split()
        words += value
        tags += [f"B {slot}", *[f"I {slot}"] * (len(value) - 1)]
    return Sentence(tuple(words), intent, tuple(tags), asked, wording)


def _names(items: Iterable[Item]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for item in items for name in (item.name, *item.also)))


def _lot(text: str) -> float:
    return crc32(text.encode()) / 2**32
