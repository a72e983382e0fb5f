"""The question `evaluate rewrites` asks, and its answer: one JSON object that says what it is from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from pydantic import JsonValue

from evaluation.baselines import next_hypothesis, without_interpretations
from evaluation.corpora import CorpusLog, corpus_named
from evaluation.errors import NothingLearned
from evaluation.fingerprints import fingerprint
from evaluation.metrics import score
from evaluation.rewrites import Learned, Learner, Report, evaluate, refuse_unjudged
from evaluation.splits import Split, caller_folds, shared_callers, train_and_test
from selflearn.steps import Step

__all__ = ["Answer", "LearnerFrom", "Question", "answer_of"]


@dataclass(frozen=True, slots=True)
class Question:
    """Which rewrites to judge, and by what.

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
    ratings
        Whether the training callers' own verdicts may be learned from.
    baselines
        Whether the baselines are judged too.
    conditions
        What else the figures depend on, told in the answer as it is.
    """

    corpus: str
    train: Path
    test: Path | None = None
    folds: int = 5
    seed: int = 0
    ratings: bool = False
    baselines: bool = True
    conditions: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came out.

    Attributes
    ----------
    figures
        The JSON object: the score's keys, and beside them what it is from.
    report
        Decisions and judgements behind it.
    warnings
        What the reader of the figures should know.
    """

    figures: Mapping[str, JsonValue]
    report: Report
    warnings: list[str] = field(default_factory=list)


class LearnerFrom(Protocol):
    """Makes the learner that is judged, once it is known what it will learn from."""

    def __call__(self, made_from: Mapping[str, JsonValue]) -> Learner:
        """Make a learner; `made_from` names the inputs, how they are cut, and the conditions."""
        ...


def answer_of(question: Question, learner_from: LearnerFrom, step: Step) -> Answer:
    """Read, learn, decide, judge.

    Raises
    ------
    EvaluationError
        If a file cannot be used, rewrites cannot be judged on the corpus, nothing can be learned, or nobody
        spoke in any turn.
    """
    corpus = corpus_named(question.corpus)
    refuse_unjudged(corpus)
    made_from = _made_from(question)
    step("reading the corpus", None)
    train = corpus.read(question.train, ratings=question.ratings)
    judged = train if question.test is None else corpus.read(question.test, train=question.train)
    warnings = [] if question.test is None else _warnings(train, judged)
    learner = learner_from(made_from)

    def judge_with(learns: Learner) -> Report:
        return evaluate(corpus, _splits(question, train, judged), judged.truths, learns, step)

    report = judge_with(learner)
    if len(nothing := report.nothing()) == len(report.learned):
        raise NothingLearned(nothing[0])
    warnings += nothing
    figures = made_from | report.to_json()
    if question.baselines:
        scores: dict[str, JsonValue] = {}
        for name, baseline in _baselines(learner).items():
            compared = judge_with(baseline)
            scores[name] = score(compared.judged).to_json()
            warnings += [f"baseline {name}: {reason}" for reason in compared.nothing()[:1]]
        figures["baselines"] = scores
    return Answer(figures | {"warnings": [*warnings]}, report, warnings)


def _made_from(question: Question) -> dict[str, JsonValue]:
    files = {"train": question.train} | ({"test": question.test} if question.test else {})
    cut: dict[str, JsonValue] = (
        {"judged": "test"}
        if question.test
        else {"judged": "cross-validation", "folds": question.folds, "seed": question.seed}
    )
    return {
        "task": "rewrites",
        "corpus": question.corpus,
        "inputs": {name: {"file": path.name, "sha256": fingerprint(path)} for name, path in files.items()},
        **cut,
        **question.conditions,
    }


def _splits(question: Question, train: CorpusLog, judged: CorpusLog) -> Iterator[Split]:
    if question.test is None:
        return caller_folds(train, question.folds, question.seed)
    return iter((train_and_test(train, judged),))


def _warnings(train: CorpusLog, test: CorpusLog) -> list[str]:
    shared = shared_callers(train, test)
    if not shared:
        return []
    return [
        f"{len(shared)} customers are in both logs, for instance {shared[0]}: what is learned about them is "
        "judged on them, so the figures flatter"
    ]


def _baselines(learner: Learner) -> dict[str, Learner]:
    """Name what else is judged: the same miner without interpretations, and the recogniser's next hypothesis."""

    def chain_over_texts(split: Split, step: Step) -> Learned:
        bare = replace(split, name=f"{split.name}-texts", turns=without_interpretations(split.turns))
        return learner(bare, step)

    def nbest_next(split: Split, step: Step) -> Learned:
        return Learned(next_hypothesis(split.turns), {})

    return {"chain_over_texts": chain_over_texts, "nbest_next": nbest_next}
