"""The outcome of a turn: P(success | turn, what followed)."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import exp, isfinite
from typing import Literal, get_args

import numpy as np

from streams.errors import MalformedOutcomeModel, NoOutcomeSignals, OutcomeError
from streams.outcome.implicit import from_agreement
from streams.outcome.labels import label_evidence
from streams.outcome.logistic import Learned
from streams.outcome.observations import Observations, observe
from streams.outcome.ratings import Level, from_said
from streams.outcome.signals import SIGNALS, TIMING, SignalFunction
from streams.outcome.weights import GIVEN_BIAS, GIVEN_WEIGHTS, LABEL
from streams.records import Label
from streams.sessions import Session

__all__ = ["Origin", "OutcomeModel", "probability"]

#: Where the weights of a model are from; part of every report.
Origin = Literal["given", "ratings", "signals"]

_FORMAT = 1


@dataclass(frozen=True)
class OutcomeModel:
    """P(success) = σ(bias + Σ weight · signal): a logistic model over named signals.

    A signal that cannot be observed adds nothing.

    | make it by | from |
    | --- | --- |
    | `OutcomeModel.given()` | the weights that are shipped, or yours |
    | `OutcomeModel.from_ratings(sessions)` | what customers said when asked |
    | `OutcomeModel.from_signals(sessions)` | the signals' agreement with one another: no ratings at all |
    | `OutcomeModel.from_json(text)` | what `to_json` wrote |

    Attributes
    ----------
    weights
        Signal name → what a full signal adds to the log-odds of success. `label`: factor on a label's own.
    bias
        Log-odds of success where nothing is observed.
    origin
        Where the weights are from: "given", "ratings" or "signals".
    report
        Figures of the fit, by name; empty for given weights.
    signals
        Signal name → function. Those without a weight are not asked.
    """

    weights: Mapping[str, float]
    bias: float
    origin: Origin
    report: Mapping[str, float] = field(default_factory=dict)
    signals: Mapping[str, SignalFunction] = field(default_factory=lambda: SIGNALS, repr=False, compare=False)

    def __post_init__(self) -> None:
        unknown = sorted(set(self.weights) - set(self.signals) - {LABEL})
        if unknown:
            raise MalformedOutcomeModel(
                f"no signal is named {', '.join(unknown)}; there are {sorted(self.signals)}"
            )
        if not all(map(isfinite, (self.bias, *self.weights.values()))):
            raise MalformedOutcomeModel("the weights of an outcome model must be finite numbers")

    @classmethod
    def given(
        cls,
        weights: Mapping[str, float] = GIVEN_WEIGHTS,
        bias: float = GIVEN_BIAS,
        signals: Mapping[str, SignalFunction] = SIGNALS,
    ) -> "OutcomeModel":
        """Take the weights as they are.

        Raises
        ------
        MalformedOutcomeModel
            If a weight is for a signal that is not there, or is not a finite number.
        """
        return cls(dict(weights), bias, "given", signals=signals)

    @classmethod
    def from_ratings(
        cls,
        sessions: Iterable[Session],
        level: Level = "turn",
        weights: Mapping[str, float] = GIVEN_WEIGHTS,
        bias: float = GIVEN_BIAS,
        signals: Mapping[str, SignalFunction] = SIGNALS,
    ) -> "OutcomeModel":
        """Learn the weights from what customers said when asked; see `streams.outcome.ratings`.

        The explicit signals themselves, and labels, keep their given weights.

        Parameters
        ----------
        sessions
            Of which some hold RATING or HELPED signals. Read once; their signals are kept in memory, about 200
            bytes a turn.
        level
            Whether a rating is about its turn or about its whole session.
        weights, bias
            To start from and to be pulled to where there are few ratings.
        signals
            To learn weights for.

        Raises
        ------
        NoRatings
            If there are no ratings, or only good or only bad ones.
        """
        seen = observe(sessions, signals)
        believed = np.array([weights.get(name, 0.0) for name in seen.names])
        return cls._learned("ratings", from_said(seen, believed, bias, level), seen, weights, signals)

    @classmethod
    def from_signals(
        cls,
        sessions: Iterable[Session],
        success_rate: float | None = None,
        weights: Mapping[str, float] = GIVEN_WEIGHTS,
        bias: float = GIVEN_BIAS,
        signals: Mapping[str, SignalFunction] = SIGNALS,
    ) -> "OutcomeModel":
        """Learn the weights from how the signals agree, without a single rating; see `streams.outcome.implicit`.

        The explicit signals themselves, and labels, keep their given weights.

        Parameters
        ----------
        sessions
            Read once; their signals are kept in memory, about 200 bytes a turn.
        success_rate
            Share of requests that are met, where you know it; None: what the given weights make of the log.
        weights, bias
            To start from; they say what is meant by success.
        signals
            To learn weights for.

        Raises
        ------
        NoOutcomeSignals
            If no turn has any signal but those of time.
        OutcomeError
            If `success_rate` is not between 0 and 1.
        """
        if success_rate is not None and not 0.0 < success_rate < 1.0:
            raise OutcomeError(
                f"success_rate is {success_rate}; a share of requests between 0 and 1 is wanted"
            )
        seen = observe(sessions, signals)
        if not seen.tells:
            raise NoOutcomeSignals(len(seen.said))
        believed = np.array([weights.get(name, 0.0) for name in seen.names])
        learned = from_agreement(seen, believed, bias, success_rate)
        return cls._learned("signals", learned, seen, weights, signals)

    @classmethod
    def _learned(
        cls,
        origin: Origin,
        learned: Learned,
        seen: Observations,
        before: Mapping[str, float],
        signals: Mapping[str, SignalFunction],
    ) -> "OutcomeModel":
        weights = {**before, **dict(zip(seen.names, learned.weights.tolist(), strict=True))}
        return cls(weights, learned.bias, origin, learned.report, signals)

    def success(self, session: Session, labels: Mapping[str, Label] | None = None) -> list[float]:
        """P(success) of every turn of a session.

        Parameters
        ----------
        session
            Of n turns.
        labels
            Turn id → label, for turns that have one.

        Returns
        -------
        list of float
            n probabilities, in the order of the turns.

        Raises
        ------
        RefusedLabel
            If a label is of origin truth.
        """
        asked = [
            (self.signals[name], weight) for name, weight in self.weights.items() if name != LABEL and weight
        ]
        found = []
        for index, turn in enumerate(session.turns):
            odds = self.bias
            for signal, weight in asked:
                value = signal(session, index)
                if value:
                    odds += weight * value
            if labels and (label := labels.get(turn.turn_id)) is not None:
                odds += self.weights.get(LABEL, 0.0) * (label_evidence(label) or 0.0)
            found.append(probability(odds))
        return found

    def explain(
        self, session: Session, index: int, labels: Mapping[str, Label] | None = None
    ) -> dict[str, float]:
        """Say what made up the log-odds of success of one turn.

        Returns
        -------
        dict
            `bias`, then signal name → what it added, the strongest first; signals that added nothing are left
            out. The values' sum is the log-odds.

        Raises
        ------
        RefusedLabel
            If the turn's label is of origin truth.
        """
        added = {
            name: weight * value
            for name, weight in self.weights.items()
            if name != LABEL and (value := self.signals[name](session, index)) and weight
        }
        label = labels.get(session.turns[index].turn_id) if labels else None
        if label is not None and (evidence := label_evidence(label)):
            added[LABEL] = self.weights.get(LABEL, 0.0) * evidence
        strongest = sorted(added.items(), key=lambda item: (-abs(item[1]), item[0]))
        return {"bias": self.bias, **dict(strongest)}

    def checked(self, sessions: Iterable[Session]) -> Iterator[Session]:
        """Pass sessions on, and refuse at the end if none of them held anything that tells an outcome.

        Yields
        ------
        Session
            Each of `sessions`, as it comes.

        Raises
        ------
        NoOutcomeSignals
            After the last session, if no turn had any signal but those of time.
        """
        telling = [
            self.signals[name]
            for name, weight in self.weights.items()
            if weight and name != LABEL and name not in TIMING
        ]
        seen, told = 0, False
        for session in sessions:
            seen += len(session)
            told = told or any(signal(session, i) for signal in telling for i in range(len(session)))
            yield session
        if not told:
            raise NoOutcomeSignals(seen)

    def to_json(self) -> str:
        """Write the model as JSON. The signals are named, not written."""
        return json.dumps(
            {
                "format": _FORMAT,
                "origin": self.origin,
                "bias": self.bias,
                "weights": dict(self.weights),
                "report": dict(self.report),
            },
            indent=2,
        )

    @classmethod
    def from_json(cls, text: str, signals: Mapping[str, SignalFunction] = SIGNALS) -> "OutcomeModel":
        """Read a model that `to_json` wrote.

        Raises
        ------
        MalformedOutcomeModel
            If it is not such a model, or names a signal that is not in `signals`.
        """
        try:
            read = json.loads(text)
            if read["format"] != _FORMAT or read["origin"] not in get_args(Origin):
                raise MalformedOutcomeModel(
                    f"an outcome model of format {read['format']!r} and origin {read['origin']!r}; "
                    f"this release reads format {_FORMAT} and origins {', '.join(get_args(Origin))}"
                )
            return cls(
                weights={str(name): float(weight) for name, weight in read["weights"].items()},
                bias=float(read["bias"]),
                origin=read["origin"],
                report={str(name): float(figure) for name, figure in read.get("report", {}).items()},
                signals=signals,
            )
        except (ValueError, TypeError, KeyError, AttributeError) as fault:
            raise MalformedOutcomeModel(f"not an outcome model: {fault!r}") from fault


def probability(odds: float) -> float:
    """Logistic function, without overflow."""
    if odds >= 0.0:
        return 1.0 / (1.0 + exp(-odds))
    grown = exp(odds)
    return grown / (1.0 + grown)
