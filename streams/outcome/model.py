"""The outcome of a turn: P(success | turn, what followed)."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import exp, isfinite
from typing import Literal, get_args

from streams.errors import MalformedOutcomeModel, NoOutcomeSignals
from streams.outcome.labels import label_evidence
from streams.outcome.signals import SIGNALS, TIMING, SignalFunction
from streams.outcome.weights import GIVEN_BIAS, GIVEN_WEIGHTS, LABEL
from streams.records import Label
from streams.sessions import Session

__all__ = ["Origin", "OutcomeModel"]

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
            found.append(_probability(odds))
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


def _probability(odds: float) -> float:
    """Logistic function, without overflow."""
    if odds >= 0.0:
        return 1.0 / (1.0 + exp(-odds))
    grown = exp(odds)
    return grown / (1.0 + grown)
