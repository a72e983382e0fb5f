"""The span detector: sessions in, detections out. Without torch."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from backbone.batching import batches_by_length
from backbone.states import TextStates
from rewrite_offline.rephrase.batches import SequenceRows, SpanInput, rows_of
from rewrite_offline.rephrase.blend import Blend, Scores
from rewrite_offline.rephrase.calibration import Calibration
from rewrite_offline.rephrase.detection import Detection
from rewrite_offline.rephrase.pair_reader import PairReader
from rewrite_offline.rephrase.sequences import RephraseSequence, sequences_of, texts_of
from rewrite_offline.rephrase.settings import RephraseSettings
from rewrite_offline.rephrase.spans import span_probabilities
from streams.sessions import Session

__all__ = ["DetectionCounts", "ReadTexts", "ScoreSpans", "SpanDetector", "pair_scores"]

T = TypeVar("T")

#: Gives the trunk's states of texts: each distinct one once.
ReadTexts: TypeAlias = Callable[[Collection[str]], TextStates]

#: Sessions that are read together: enough to batch by length, few enough to keep in memory.
_TOGETHER = 512
_BATCH_TOKENS = 8192


class ScoreSpans(Protocol):
    """Gives the scores of the start and the end head for each span, both of shape (batch, spans)."""

    def __call__(self, read: SpanInput) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        """Score a batch."""
        ...


@dataclass(slots=True)
class DetectionCounts:
    """What a detector has seen so far.

    Attributes
    ----------
    sessions, requests
        How many were read.
    cut
        Later requests that did not fit into the window and were no candidates.
    """

    sessions: int = 0
    requests: int = 0
    cut: int = 0


@dataclass
class SpanDetector:
    """Finds rephrases with the span model; a `RephraseDetector`.

    Attributes
    ----------
    read
        The trunk.
    score
        The task's own layers and heads.
    pairs
        The trees over pairs of requests.
    blend
        How much each of the two readers counts.
    settings
        How sequences are made.
    calibration
        From scores to confidence, and the threshold.
    name
        Names model and encoder by their content.
    counts
        What has been seen so far.
    """

    read: ReadTexts
    score: ScoreSpans
    pairs: PairReader
    blend: Blend
    settings: RephraseSettings
    calibration: Calibration
    name: str = ""
    counts: DetectionCounts = field(default_factory=DetectionCounts)

    def detect(self, sessions: Sequence[Session]) -> list[Detection]:
        """Give one detection for each request, in the order of the sessions and of their turns."""
        return [found for some in _together(sessions) for found in self._detect(some)]

    def _detect(self, sessions: Sequence[Session]) -> list[Detection]:
        states = self.read(sorted(set().union(*map(texts_of, sessions))))
        lengths, numbers = states.lengths, states.numbers

        def length(text: str) -> int:
            return int(lengths[numbers[text]])

        sequences = [one for session in sessions for one in sequences_of(session, self.settings, length)]
        self.counts.sessions += len(sessions)
        self.counts.requests += len(sequences)
        self.counts.cut += sum(one.cut for one in sequences)
        rows = rows_of(sequences, numbers, lengths)
        odds = pair_scores(rows, self.pairs)
        best, place = np.zeros(len(sequences)), np.zeros(len(sequences), np.int64)
        asked = np.flatnonzero([bool(one.candidates) for one in sequences])
        for batch in batches_by_length(rows.lengths[asked], _BATCH_TOKENS):
            chosen = asked[batch]
            read = rows.batch(chosen, states)
            starts, ends = self.score(read)
            beside = _padded([odds[number] for number in chosen], read.there.shape)
            shares = span_probabilities(self.blend(starts.astype(np.float64) + ends, beside), read.there)
            shares = shares[:, 1:]
            place[chosen] = shares.argmax(axis=1)
            best[chosen] = shares.max(axis=1)
        confidence = self.calibration(best)
        return [
            self._detection(sequence, int(place[row]), float(confidence[row]))
            for row, sequence in enumerate(sequences)
        ]

    def _detection(self, sequence: RephraseSequence, place: int, confidence: float) -> Detection:
        if not sequence.candidates:
            return Detection(sequence.turn_id, None, 0.0, None)
        likeliest = sequence.candidates[place][1]
        found = likeliest if confidence >= self.calibration.threshold else None
        return Detection(sequence.turn_id, found, confidence, likeliest)


def pair_scores(rows: SequenceRows, pairs: PairReader) -> list[Scores]:
    """Give the pair reader's scores of each sequence's spans: 0 for the null span, which comes first."""
    ends = np.cumsum([len(one) for one in rows.features])
    odds = pairs(np.concatenate(rows.features)) if len(ends) else np.zeros(0)
    return [np.concatenate(([0.0], own)) for own in np.split(odds, ends[:-1])]


def _padded(scores: Sequence[Scores], shape: tuple[int, ...]) -> Scores:
    found = np.zeros(shape)
    for row, own in enumerate(scores):
        found[row, : own.size] = own
    return found


def _together(sessions: Iterable[T]) -> Iterator[list[T]]:
    waiting = iter(sessions)
    while some := list(islice(waiting, _TOGETHER)):
        yield some
