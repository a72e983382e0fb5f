"""What is wrong with a list of hypotheses, counted utterance by utterance, and the figures that come of the counts."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import Levenshtein

from evaluation.channel.lists import Listed
from evaluation.metrics.probabilities import score_probabilities

__all__ = ["FIGURES", "LENGTHS", "Figure", "Tally", "figures_of", "intervals_of", "score_auc", "tally"]

_DRAWS = 1000

Counts = npt.NDArray[np.int64]

#: Bands of utterances by their words: up to and with so many.
LENGTHS: Mapping[str, tuple[int, int]] = {
    "1": (1, 1),
    "2": (2, 2),
    "3": (3, 3),
    "4-5": (4, 5),
    "6-8": (6, 8),
    "9-12": (9, 12),
    "13+": (13, 10_000),
}


@dataclass(frozen=True, slots=True)
class Tally:
    """One utterance's counts, in the order of `_COUNTED`."""

    speaker: str
    words: int
    errors: int
    score: float
    counts: tuple[int, ...]


_COUNTED = (
    *(
        "utterances",
        "words",
        "substitutions",
        "deletions",
        "insertions",
        "exact",
        "oracle_errors",
        "oracle_exact",
    ),
    *("hypotheses", "words_not_exact", "empty", "rescued", "not_exact"),
)
_AT = {name: place for place, name in enumerate(_COUNTED)}


@dataclass(frozen=True, slots=True)
class Figure:
    """A share: the sum of some counts over the sum of another."""

    over: tuple[str, ...]
    under: tuple[str, ...]

    def of(self, sums: Counts) -> float:
        """Give the share; nothing over nothing is none."""
        under = sum(int(sums[_AT[name]]) for name in self.under)
        return sum(int(sums[_AT[name]]) for name in self.over) / under if under else 0.0


_ERRORS = ("substitutions", "deletions", "insertions")

FIGURES: Mapping[str, Figure] = {
    "word_error_rate": Figure(_ERRORS, ("words",)),
    "exact": Figure(("exact",), ("utterances",)),
    "word_error_rate_if_not_exact": Figure(_ERRORS, ("words_not_exact",)),
    "oracle_word_error_rate": Figure(("oracle_errors",), ("words",)),
    "oracle_exact": Figure(("oracle_exact",), ("utterances",)),
    "exact_below_the_first": Figure(("rescued",), ("not_exact",)),
    "hypotheses": Figure(("hypotheses",), ("utterances",)),
    "substitutions": Figure(("substitutions",), _ERRORS),
    "deletions": Figure(("deletions",), _ERRORS),
    "insertions": Figure(("insertions",), _ERRORS),
    "nothing_heard": Figure(("empty",), ("utterances",)),
}


def tally(listed: Listed) -> Tally:
    """Count one utterance's errors."""
    said = listed.said.split()
    best, *others = [text.split() for text in listed.heard]
    kinds = [edit.tag for edit in Levenshtein.editops(said, best)]
    errors = len(kinds)
    oracle = min([errors, *(Levenshtein.distance(said, other, score_cutoff=errors) for other in others)])
    counts = {
        "utterances": 1,
        "words": len(said),
        "substitutions": kinds.count("replace"),
        "deletions": kinds.count("delete"),
        "insertions": kinds.count("insert"),
        "exact": errors == 0,
        "oracle_errors": oracle,
        "oracle_exact": oracle == 0,
        "hypotheses": len(listed.heard),
        "words_not_exact": len(said) if errors else 0,
        "empty": not best,
        "rescued": errors > 0 and oracle == 0,
        "not_exact": errors > 0,
    }
    return Tally(
        listed.speaker, len(said), errors, listed.score, tuple(int(counts[name]) for name in _COUNTED)
    )


def figures_of(tallies: Iterable[Tally]) -> dict[str, float]:
    """Give every figure of these utterances."""
    sums = np.array([one.counts for one in tallies], dtype=np.int64).reshape(-1, len(_COUNTED)).sum(axis=0)
    return {name: round(figure.of(sums), 4) for name, figure in FIGURES.items()}


def intervals_of(tallies: Sequence[Tally]) -> dict[str, tuple[float, float]]:
    """Give every figure's 95% interval, by resampling speakers."""
    counts: dict[str, Counts] = {}
    for one in tallies:
        counts[one.speaker] = counts.get(one.speaker, np.zeros(len(_COUNTED), np.int64)) + one.counts
    table = np.array([counts[speaker] for speaker in sorted(counts)])
    # Drawn as evaluation.metrics.interval draws, but once for all figures.
    generator, speakers = random.Random(0), range(len(table))
    drawn = [table[generator.choices(speakers, k=len(speakers))].sum(axis=0) for _ in range(_DRAWS)]
    found = {}
    for name, figure in FIGURES.items():
        values = sorted(figure.of(sums) for sums in drawn)
        found[name] = (round(values[int(_DRAWS * 0.025)], 4), round(values[int(_DRAWS * 0.975)], 4))
    return found


def score_auc(tallies: Sequence[Tally]) -> tuple[float, tuple[float, float]] | None:
    """Say how well the first hypothesis's score tells whether it is exact, with its 95% interval over speakers.

    The area under the ROC curve; None where all are exact, or none is.
    """
    wrong = [one.errors > 0 for one in tallies]
    if all(wrong) or not any(wrong):
        return None
    # Only ranks count, so a share of the likelihood will do for a probability.
    found = score_probabilities(
        [exp(min(one.score, 0.0)) for one in tallies], wrong, [one.speaker for one in tallies]
    )
    low, high = found.intervals["auc"]
    return round(found.figures["auc"], 4), (round(low, 4), round(high, 4))
