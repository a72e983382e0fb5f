"""Reading a text: its intents, best first, each with the values that the text holds for it, and how sure that is."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from backbone.noise import Channel
from simulator.assistant.nlu.confidence import CERTAIN, share_beside, shares
from simulator.assistant.nlu.features import known_words, of_sentence, of_tokens, words_of
from simulator.assistant.nlu.meaning import in_state
from simulator.assistant.nlu.sentences import ANSWER, NOTHING
from simulator.assistant.nlu.tagger import OUTSIDE
from simulator.assistant.nlu.training import Models, slots_of, train
from simulator.assistant.situation import Situation
from simulator.world import World
from streams.records import Interpretation, Slot

__all__ = ["Nlu", "Reading"]

_TEXTS = 16_384
_HYPOTHESES = 3
#: A hypothesis that lacks a value which nobody leaves out is so much less likely, in thousandths.
_INCOMPLETE = 500
#: Hypotheses below this are not told, in thousandths.
_LEAST = 10
#: A tag that scores so much less is half as likely.
_TAG_UNIT = 128

#: Name of an intent, and slots with their values.
_Meaning: TypeAlias = tuple[str, tuple[tuple[str, str], ...]]


class Reading(NamedTuple):
    """What an utterance was taken to mean.

    Attributes
    ----------
    best
        Empty where it was rejected.
    ranked
        n-best list; the first is the best.
    confidence
        Of the best interpretation that was found, rejected or not.
    """

    best: Interpretation
    ranked: tuple[Interpretation, ...]
    confidence: float


class Nlu:
    """Reads texts, by what it learned from a part of a world's wordings and values.

    Parameters
    ----------
    world
        The world.
    seed
        Of the training sentences.
    channel
        What they are heard through.
    models
        What an earlier training gave; None: it is trained now.
    """

    def __init__(self, world: World, seed: int, channel: Channel, models: Models | None = None) -> None:
        self._intents = {intent.name: intent for intent in world.file.intents}
        self._below = round(CERTAIN * world.file.assistant.rejects_below)
        self.models = models or train(world, seed, channel)
        intents = self.models.intents.intents
        self._answer = intents.index(ANSWER) if ANSWER in intents else None
        choice = self.models.tagger.choice
        self._choices = {name: choice(slots_of(world, name)) for name in self._intents}
        self._moody = any(intent.means_by_state for intent in world.file.intents)
        self._read = lru_cache(maxsize=_TEXTS)(self._read_anew)

    def read(self, text: str, situation: Situation) -> Reading:
        """Read a text in a situation."""
        asked = situation.asked if situation.open_intent else None
        reading = self._read(text, asked, situation.open_intent if asked else None)
        if not self._moody or not situation.states or reading.best.is_empty:
            return reading
        best = in_state(reading.best, self._intents, situation)
        return Reading(best, (best, *reading.ranked[1:]), reading.confidence)

    def _read_anew(self, text: str, asked: str | None, open_intent: str | None) -> Reading:
        words = words_of(text)
        if not words:
            return _told([], 0, rejected=True)
        models = self.models
        hits = models.gazetteer.hits(words)
        known = known_words(words, models.vocabulary)
        scores = models.intents.scores(of_sentence(known, hits, asked))
        emissions = models.tagger.emissions(of_tokens(known, [word[-3:] for word in words], hits, asked))
        likely = self._likely(scores, answers=open_intent is not None)
        found: dict[_Meaning, int] = {}
        for share, name in likely:
            if name == NOTHING:
                continue
            meaning, sure = self._filled(words, emissions, name, open_intent)
            found[meaning] = found.get(meaning, 0) + share * sure // CERTAIN
        ranked = sorted(found.items(), key=lambda each: -each[1])
        nothing = next((share for share, name in likely if name == NOTHING), 0)
        best = ranked[0][1] if ranked else 0
        return _told(ranked, best, rejected=best < max(nothing, self._below))

    def _likely(self, scores: NDArray[np.int32], *, answers: bool) -> list[tuple[int, str]]:
        """Give the likeliest intents with their shares."""
        names = self.models.intents.intents
        if not answers and self._answer is not None:
            scores[self._answer] = scores.min()
        told = shares(scores, self.models.unit)
        ranked = np.argsort(-told, kind="stable")[: _HYPOTHESES + 1].tolist()
        return [(int(told[place]), names[place]) for place in ranked if told[place] >= _LEAST]

    def _filled(
        self, words: Sequence[str], emissions: Sequence[Sequence[int]], name: str, open_intent: str | None
    ) -> tuple[_Meaning, int]:
        """Find the values for an intent in a text; with how sure they are, in thousandths."""
        answer = name == ANSWER and open_intent is not None
        intent = self._intents[open_intent if answer and open_intent is not None else name]
        choice = self._choices[intent.name]
        if len(choice.columns) == 1:
            return (intent.name, ()), CERTAIN
        tagger = self.models.tagger
        path = tagger.path(emissions, choice)
        ahead = tagger.least_ahead(path, emissions, choice)
        sure = CERTAIN if ahead is None else share_beside(ahead, _TAG_UNIT)
        values = dict(_values(words, [tagger.tags[column] for column in path]))
        if not answer and not all(slot in values or slot in intent.asks for slot in intent.slots):
            sure = sure * _INCOMPLETE // CERTAIN
        return (intent.name, tuple(sorted(values.items()))), sure


def _values(words: Sequence[str], tags: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Put words that belong together together."""
    start = 0
    for place in range(1, len(words) + 1):
        if place < len(words) and tags[place].startswith("I "):
            continue
        if tags[start] != OUTSIDE:
            yield tags[start][2:], " ".join(words[start:place])
        start = place


def _told(ranked: Sequence[tuple[_Meaning, int]], best: int, *, rejected: bool) -> Reading:
    told = [_interpretation(meaning, share) for meaning, share in ranked[:_HYPOTHESES] if share >= _LEAST]
    if rejected or not told:
        told.insert(0, Interpretation(confidence=(CERTAIN - min(best, CERTAIN)) / CERTAIN))
    return Reading(told[0], tuple(told), min(best, CERTAIN) / CERTAIN)


def _interpretation(meaning: _Meaning, share: int) -> Interpretation:
    domain, _, intent = meaning[0].partition("/")
    slots = tuple(Slot(name=slot, value=value) for slot, value in meaning[1])
    return Interpretation(domain=domain, intent=intent, slots=slots, confidence=min(share, CERTAIN) / CERTAIN)
