"""The task `outcome`: how well P(success), learned without truth, tells the requests that were not met.

Every origin of the weights is judged, and beside them what needs no outcome model: the same for all turns, and the
NLU's own confidence. A caller who is judged is never learned from, and a caller's rating never tells about the turns
on which it is judged.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import JsonValue

from evaluation.ablation import signals_one_by_one
from evaluation.corpora import CorpusLog, corpus_named
from evaluation.errors import NothingToScore
from evaluation.fingerprints import fingerprint
from evaluation.metrics.probabilities import precision_gain, score_probabilities
from evaluation.splits import Split, caller_folds, shared_callers, train_and_test
from selflearn.steps import Step
from streams.errors import OutcomeError
from streams.outcome import Origin, OutcomeModel
from streams.records import Signal, SignalKind, Turn
from streams.sessions import Session, SessionSettings, sessions_of
from streams.truth import Truth

__all__ = ["OutcomeAnswer", "OutcomeQuestion", "outcome_answer", "success_by_turn"]

#: What an origin learns from: sessions of other callers, with their ratings.
_Make = Callable[[Sequence[Session]], OutcomeModel]

_ORIGINS: Mapping[Origin, _Make] = {
    "given": lambda sessions: OutcomeModel.given(),
    # What the corpora's callers rated is the whole call.
    "ratings": lambda sessions: OutcomeModel.from_ratings(sessions, level="session"),
    "signals": lambda sessions: OutcomeModel.from_signals(sessions),
}


@dataclass(frozen=True, slots=True)
class OutcomeQuestion:
    """Which log to judge the outcome on.

    Attributes
    ----------
    corpus
        Name of the corpus.
    train
        The log to learn from.
    test
        The log to judge; None: the training log itself, fold by fold of callers.
    folds, seed
        Of the cross-validation.
    sessions
        How turns become sessions.
    """

    corpus: str
    train: Path
    test: Path | None = None
    folds: int = 5
    seed: int = 0
    sessions: SessionSettings = field(default_factory=SessionSettings)


@dataclass(frozen=True, slots=True)
class OutcomeAnswer:
    """What came out: one JSON object, and what the reader of its figures should know."""

    figures: Mapping[str, JsonValue]
    warnings: list[str]


@dataclass(frozen=True, slots=True)
class _Judge:
    """The turns in which somebody spoke, with what happened."""

    turns: Sequence[Turn]
    defects: Sequence[bool]

    @classmethod
    def of(cls, turns: Iterable[Turn], truths: Mapping[str, Truth]) -> "_Judge":
        known = [
            (turn, truth.defect)
            for turn in turns
            if (truth := truths.get(turn.turn_id)) and truth.speech and truth.defect is not None
        ]
        return cls([turn for turn, _ in known], [defect for _, defect in known])

    @property
    def defect_rate(self) -> float:
        return sum(self.defects) / len(self.defects)

    @property
    def callers(self) -> list[str]:
        return [turn.customer_id for turn in self.turns]

    @property
    def confidence(self) -> list[float]:
        return [_confidence(turn) for turn in self.turns]

    def score(self, said: Sequence[float]) -> dict[str, JsonValue]:
        return score_probabilities(said, self.defects, self.callers).to_json()

    def score_model(self, success: Mapping[str, float]) -> dict[str, JsonValue]:
        """Score a model, and say what it adds to what the NLU knew before anything followed."""
        said = [success[turn.turn_id] for turn in self.turns]
        gain, interval = precision_gain(said, self.confidence, self.defects, self.callers)
        return {
            **self.score(said),
            "gain_over_nlu_confidence": gain,
            "gain_over_nlu_confidence_interval": [*interval],
        }


def outcome_answer(question: OutcomeQuestion, step: Step) -> OutcomeAnswer:
    """Learn outcome models from callers, judge them on others.

    Parameters
    ----------
    question
        Of which log.
    step
        Told of the progress.

    Returns
    -------
    OutcomeAnswer
        Its `figures` are one JSON object: `origins`, `baselines`, `signals` and what they are from. An origin that
        the log holds nothing for is null, and `warnings` says why.

    Raises
    ------
    EvaluationError
        If a file cannot be used, folds cannot be made, or the truth knows no defects.
    """
    corpus = corpus_named(question.corpus)
    step("reading the corpus", None)
    train = corpus.read(question.train, ratings=True)
    judged = train if question.test is None else corpus.read(question.test, train=question.train)
    judge = _Judge.of(judged.turns, judged.truths)
    if not judge.turns:
        raise NothingToScore(
            f"nothing in {question.test or question.train} says which requests were met, so an outcome cannot be "
            "judged on it"
        )
    warnings = _warnings(train, judged) if question.test else []
    origins: dict[str, JsonValue] = {}
    for origin in _ORIGINS:
        try:
            origins[origin] = judge.score_model(success_by_turn(question, train, judged, origin, step))
        except OutcomeError as fault:
            origins[origin] = None
            warnings.append(f"origin {origin}: {fault}")
    step("baselines and single signals", None)
    sessions = sessions_of(judged.turns, _unrated(judged.signals), question.sessions)
    defect = {turn.turn_id: wrong for turn, wrong in zip(judge.turns, judge.defects, strict=True)}
    figures: dict[str, JsonValue] = {
        **_made_from(question),
        "turns": len(judge.turns),
        "defects": sum(judge.defects),
        "defect_rate": judge.defect_rate,
        "success_rate": 1.0 - judge.defect_rate,
        "origins": origins,
        "baselines": {
            "majority": judge.score([1.0 - judge.defect_rate] * len(judge.turns)),
            "nlu_confidence": judge.score(judge.confidence),
        },
        "signals": signals_one_by_one(sessions, defect),
        "warnings": [*warnings],
    }
    return OutcomeAnswer(figures, warnings)


def success_by_turn(
    question: OutcomeQuestion, train: CorpusLog, judged: CorpusLog, origin: Origin, step: Step
) -> dict[str, float]:
    """P(success) of every judged turn, by a model that was learned from other callers.

    Parameters
    ----------
    question
        How the logs are cut.
    train, judged
        The log to learn from, and the log to judge; the same one where the question has no test log.
    origin
        Where the weights are from.
    step
        Told of the progress.

    Raises
    ------
    OutcomeError
        If the log holds nothing that this origin learns from.
    """
    found: dict[str, float] = {}
    for split in _splits(question, train, judged):
        step(f"{split.name}: outcome from {origin}", None)
        model = _ORIGINS[origin](sessions_of(split.turns, split.signals, question.sessions))
        held = {turn.customer_id for turn in split.judged}
        signals = [signal for signal in _unrated(judged.signals) if signal.customer_id in held]
        for session in sessions_of(split.judged, signals, question.sessions):
            success = model.success(session)
            found.update(zip((turn.turn_id for turn in session.turns), success, strict=True))
    return found


def _splits(question: OutcomeQuestion, train: CorpusLog, judged: CorpusLog) -> Iterator[Split]:
    if question.test is None:
        return caller_folds(train, question.folds, question.seed)
    return iter((train_and_test(train, judged),))


def _unrated(signals: Iterable[Signal]) -> list[Signal]:
    """Leave out what callers said of the very turns that are judged."""
    explicit = {SignalKind.RATING, SignalKind.HELPED}
    return [signal for signal in signals if signal.kind not in explicit]


def _confidence(turn: Turn) -> float:
    """Take the NLU at its word; where it found no request, it has no confidence in any."""
    if not turn.nlu or turn.nlu[0].is_empty:
        return 0.0
    return turn.nlu[0].confidence or 0.0


def _warnings(train: CorpusLog, test: CorpusLog) -> list[str]:
    shared = shared_callers(train, test)
    if not shared:
        return []
    return [f"{len(shared)} customers are in both logs, for instance {shared[0]}: the figures flatter"]


def _made_from(question: OutcomeQuestion) -> dict[str, JsonValue]:
    files = {"train": question.train} | ({"test": question.test} if question.test else {})
    cut: dict[str, JsonValue] = (
        {"judged": "test"}
        if question.test
        else {"judged": "cross-validation", "folds": question.folds, "seed": question.seed}
    )
    return {
        "task": "outcome",
        "corpus": question.corpus,
        "inputs": {name: {"file": path.name, "sha256": fingerprint(path)} for name, path in files.items()},
        **cut,
        "settings": {"sessions": question.sessions.model_dump(mode="json", exclude_defaults=True)},
    }
