"""The answer: every method learned from the same labels, and judged on the same requests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from evaluation.corpora import CorpusLog
from evaluation.errors import BadQuestion
from evaluation.rephrase.baselines import BASELINES, Baseline, Setup
from evaluation.rephrase.logs import inputs
from evaluation.rephrase.metrics import Judge, Method, to_json
from evaluation.rephrase.model import MODEL, contextual
from evaluation.rephrase.question import Cut, RephraseQuestion, cut
from evaluation.rephrase.requests import Request, requests_of
from evaluation.rephrase.supervision import supervision
from evaluation.splits import Split
from rewrite_offline.rephrase import Detection
from selflearn.steps import Step
from streams.records import Signal, Turn
from streams.sessions import Session, SessionSettings, sessions_of

__all__ = ["METHODS", "RephraseAnswer", "rephrase_answer"]

#: Everything that is judged, in the order in which it is told.
METHODS: Mapping[str, Baseline] = {MODEL: contextual, **BASELINES}

#: Baselines that look at the two texts and at nothing else.
_WITHOUT_CONTEXT = ("edit_distance", "embedding_cosine", "pairwise_bert")


@dataclass(frozen=True, slots=True)
class RephraseAnswer:
    """What came out.

    Attributes
    ----------
    figures
        One JSON object.
    requests
        What was judged.
    judged
        Method → what it said of the requests.
    detections
        Method → its detections, of all turns.
    warnings
        What the reader of the figures should know.
    """

    figures: Mapping[str, JsonValue]
    requests: Sequence[Request]
    judged: Mapping[str, Method]
    detections: Mapping[str, Sequence[Detection]]
    warnings: list[str]


def rephrase_answer(
    question: RephraseQuestion, folder: Path, step: Step, methods: Mapping[str, Baseline] = METHODS
) -> RephraseAnswer:
    """Train every method on labels of the train split, and judge it on the other.

    Parameters
    ----------
    question
        Of which log.
    folder
        Keeps simulated days, and what was trained.
    step
        Told of the progress.
    methods
        What may be asked for; the detector goes by the name `model`, the others are baselines.

    Raises
    ------
    EvaluationError
        If the options do not go together, a file cannot be used, or no request of the judged log has a rephrase.
    """
    chosen = _chosen(question, methods)
    paths = question.paths(folder, step)
    made = cut(question, paths, step)
    requests = requests_of(made.judged, question.source.counts)
    judge = Judge(requests)
    detections: dict[str, list[Detection]] = {name: [] for name in chosen}
    for split in made.splits:
        for name, found in _detected(question, made, split, chosen, folder, step).items():
            detections[name] += found
    judged = {name: judge.method(found) for name, found in detections.items()}
    step("intervals", None)
    scored = {name: to_json(judge.score(method)) for name, method in judged.items()}
    figures: dict[str, JsonValue] = {
        **scored.pop(MODEL, {}),
        "baselines": {**scored},
        **_compared(judge, judged, scored),
        **_made_from(question, paths, made),
        "warnings": [*made.warnings],
    }
    return RephraseAnswer(figures, requests, judged, detections, made.warnings)


def _chosen(question: RephraseQuestion, methods: Mapping[str, Baseline]) -> Mapping[str, Baseline]:
    if unknown := [name for name in question.methods if name not in methods]:
        raise BadQuestion(f"no method is called {unknown[0]!r}; there are: {', '.join(methods)}")
    return {name: made for name, made in methods.items() if not question.methods or name in question.methods}


def _detected(
    question: RephraseQuestion,
    made: Cut,
    split: Split,
    methods: Mapping[str, Baseline],
    folder: Path,
    step: Step,
) -> dict[str, list[Detection]]:
    """Learn from one part of the log and detect in the other. Only labels know anything of the truth."""
    sessions, labels = supervision(
        question.labels, question.corpus, split, made.train, question.sessions, step
    )
    judged = _sessions(split.judged, made.judged, question.sessions)
    found = {}
    for name, train in methods.items():
        step(f"{split.name}: {name}", None)
        setup = Setup(
            encoder=question.encoder,
            layers=question.layers,
            seed=question.seed,
            folder=folder,
            step=lambda what, share, name=name: step(f"{split.name}: {name}: {what}", share),  # type: ignore[misc]
        )
        found[name] = train(sessions, labels, setup).detect(judged)
    return found


def _sessions(turns: Sequence[Turn], log: CorpusLog, settings: SessionSettings) -> list[Session]:
    ids = {turn.turn_id for turn in turns}
    signals: list[Signal] = [signal for signal in log.signals if signal.turn_id in ids]
    return list(sessions_of(turns, signals, settings))


def _compared(
    judge: Judge, judged: Mapping[str, Method], scored: Mapping[str, Mapping[str, JsonValue]]
) -> dict[str, JsonValue]:
    """Hold the model against the baseline with the best F1, of all and of those without context."""
    if MODEL not in judged:
        return {}
    found: dict[str, JsonValue] = {}
    for key, names in (
        ("against_best_baseline", tuple(scored)),
        ("against_best_without_context", _WITHOUT_CONTEXT),
    ):
        there = [name for name in names if name in scored]
        if there:
            best = max(there, key=lambda name: _number(scored[name]["f1"]))
            found[key] = {"baseline": best, **judge.against(judged[MODEL], judged[best])}
    return found


def _number(value: JsonValue) -> float:
    assert isinstance(value, (int, float))
    return float(value)


def _made_from(question: RephraseQuestion, paths: Mapping[str, Path], made: Cut) -> dict[str, JsonValue]:
    by_folds = len(made.splits) > 1
    about: dict[str, JsonValue] = {
        "task": "rephrase",
        "corpus": question.corpus,
        "derived": question.source.derived,
        "inputs": inputs(question.source, paths),
        "judged": "cross-validation" if by_folds else "test",
        "seed": question.seed,
        "learned_from": {
            "turns": len(made.train.turns),
            "customers": len({turn.customer_id for turn in made.train.turns}),
            "labels": [*question.labels],
        },
        "settings": {
            "sessions": question.sessions.model_dump(mode="json", exclude_defaults=True),
            "layers": question.layers,
            **({"encoder": question.encoder} if question.encoder else {}),
        },
    }
    return about | ({"folds": question.folds} if by_folds else {})
