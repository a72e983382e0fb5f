"""The transfer test: what was learned on simulated calls alone, judged on real ones.

The same learning is done twice, on the simulated log and on the real training log, and both models say of each
request of the real test log how likely it was met. The ratio of their average precisions for defects is what the
simulated calls are worth as a teacher.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from pydantic import JsonValue

from evaluation.corpora import CorpusLog
from evaluation.errors import NothingToScore
from evaluation.metrics.probabilities import average_precision, precision_gain
from evaluation.world.calls import is_misread
from streams.outcome import SIGNALS, OutcomeModel, fit_logistic, observe
from streams.records import Signal, SignalKind
from streams.sessions import Session, sessions_of
from streams.truth import Truth

__all__ = ["LEARNERS", "MAIN", "Learn", "TellsSuccess", "Transfer", "transfer"]


class TellsSuccess(Protocol):
    """What a learning gives."""

    def success(self, session: Session) -> Sequence[float]:
        """P(success) of every turn of a session."""
        ...


#: Learns from sessions and, some, from the truth about their turns.
Learn = Callable[[Sequence[Session], Mapping[str, Truth]], TellsSuccess]

#: Pull to no weight at all, in turns: next to nothing.
_PULL = 1.0


def _from_truth(sessions: Sequence[Session], truths: Mapping[str, Truth]) -> OutcomeModel:
    """Weigh the signals by the truth itself, without regard to what was believed of them before."""
    seen = observe(sessions, SIGNALS)
    told = [truths.get(turn.turn_id) for session in sessions for turn in session.turns]
    known = np.array([truth is not None and truth.speech for truth in told])
    met = np.array([truth is not None and not is_misread(truth) for truth in told], dtype=np.float64)
    nothing = np.zeros(len(seen.names))
    weights, bias = fit_logistic(
        seen.filled[known], met[known], np.ones(int(known.sum())), nothing, 0.0, _PULL
    )
    return OutcomeModel.given(dict(zip(seen.names, weights.tolist(), strict=True)), bias)


#: What is learned from, by name; the same learning on either side.
LEARNERS: Mapping[str, Learn] = {
    "signals": lambda sessions, truths: OutcomeModel.from_signals(sessions),
    "ratings": lambda sessions, truths: OutcomeModel.from_ratings(sessions, level="session"),
    "truth": _from_truth,
}

#: The learner whose ratio is the test's: it is the best on DSTC2 of those that see no truth.
MAIN = "signals"


@dataclass(frozen=True)
class Transfer:
    """How one learning transfers.

    Attributes
    ----------
    simulated_ap, real_ap
        Average precision of 1 − P(success) for defects, of the model learned on the simulated and on the real log.
    difference_interval
        95% of simulated less real, bootstrap over callers of the test log.
    simulated, real
        P(success) by turn id.
    """

    simulated_ap: float
    real_ap: float
    difference_interval: tuple[float, float]
    simulated: Mapping[str, float] = field(repr=False)
    real: Mapping[str, float] = field(repr=False)

    @property
    def ratio(self) -> float:
        """Simulated to real."""
        return self.simulated_ap / self.real_ap

    def to_json(self) -> dict[str, JsonValue]:
        """Give the figures by name."""
        return {
            "simulated_ap": self.simulated_ap,
            "real_ap": self.real_ap,
            "ratio": self.ratio,
            "difference_interval": [*self.difference_interval],
        }


def transfer(simulated: CorpusLog, real: CorpusLog, test: CorpusLog, learn: Learn) -> Transfer:
    """Learn on a simulated and on a real log, and judge both models on a third.

    Parameters
    ----------
    simulated, real
        To learn from, with ratings.
    test
        Whose requests are judged; no caller of it is in `real`. Its ratings are not looked at.
    learn
        The learning.

    Raises
    ------
    NothingToScore
        If the test log knows no defect, or nothing but defects.
    OutcomeError
        If one of the logs holds nothing that can be learned from.
    """
    judged = sessions_of(test.turns, _unrated(test.signals))
    known = [
        (turn, truth)
        for session in judged
        for turn in session.turns
        if (truth := test.truths.get(turn.turn_id)) is not None and truth.speech
    ]
    defects = [is_misread(truth) for _, truth in known]
    if not any(defects) or all(defects):
        raise NothingToScore("the test log must hold requests that were met and requests that were not")
    said = [
        _success(learn(sessions_of(log.turns, log.signals), log.truths), judged) for log in (simulated, real)
    ]
    ranks = [[model[turn.turn_id] for turn, _ in known] for model in said]
    callers = [turn.customer_id for turn, _ in known]
    first, second = (average_precision(np.array(rank), np.array(defects)) for rank in ranks)
    _, interval = precision_gain(ranks[0], ranks[1], defects, callers)
    return Transfer(first, second, interval, *said)


def _success(model: TellsSuccess, sessions: Sequence[Session]) -> dict[str, float]:
    return {
        turn.turn_id: success
        for session in sessions
        for turn, success in zip(session.turns, model.success(session), strict=True)
    }


def _unrated(signals: Sequence[Signal]) -> list[Signal]:
    explicit = {SignalKind.RATING, SignalKind.HELPED}
    return [signal for signal in signals if signal.kind not in explicit]
