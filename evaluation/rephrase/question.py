"""What is asked: which log, how it is cut, which methods; and the parts that come of the cut."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from evaluation.corpora import CorpusLog
from evaluation.errors import BadQuestion, CorpusNotFound
from evaluation.rephrase.logs import SOURCES, Source, simulated_days, source_named
from evaluation.rephrase.supervision import KINDS
from evaluation.splits import Split, caller_folds, shared_callers, train_and_test
from selflearn.steps import Step
from streams.records import Turn
from streams.sessions import SessionSettings

__all__ = ["Cut", "RephraseQuestion", "cut"]

#: Where train and test are one file: one in so many of the customers is judged.
_ONE_IN = 3


@dataclass(frozen=True, slots=True)
class RephraseQuestion:
    """Which log to judge rephrase detection on.

    Attributes
    ----------
    corpus
        Name of a source (`evaluation.rephrase.logs`).
    train
        The log to learn from; None: the household is simulated.
    test
        The log to judge; None: the training log itself, fold by fold of customers, or a simulated one.
    cross_validate
        Judge the training log itself.
    folds, seed
        Of the cross-validation; the seed also of assembled sessions and of training.
    dialogues
        How many dialogues of SGD are assembled, at most; None: as `logs` says.
    methods
        Only these; empty: all.
    labels
        Which kinds of labels all methods learn from (`evaluation.rephrase.supervision`).
    encoder
        Name or folder of the encoder; None: the default one.
    layers
        How many of the encoder's layers the model trains itself; all of them: nothing is shared.
    sessions
        How turns become sessions.
    """

    corpus: str
    train: Path | None = None
    test: Path | None = None
    cross_validate: bool = False
    folds: int = 5
    seed: int = 0
    dialogues: int | None = None
    methods: tuple[str, ...] = ()
    labels: tuple[str, ...] = ("truth",)
    encoder: str | None = None
    layers: int = 1
    sessions: SessionSettings = field(default_factory=SessionSettings)

    @property
    def source(self) -> Source:
        """Where the rephrases are from."""
        return source_named(self.corpus)

    def paths(self, folder: Path, step: Step) -> Mapping[str, Path]:
        """Find the logs; days of the household that are not named are simulated into a folder.

        Raises
        ------
        BadQuestion, CorpusNotFound
            If the options do not go together, or a file is not there.
        """
        if not self.labels or set(self.labels) - set(KINDS):
            raise BadQuestion(f"labels are any of {', '.join(KINDS)}, not {', '.join(self.labels)}")
        if self.cross_validate and self.test is not None:
            raise BadQuestion("give either --test or --cross-validate")
        if self.train is None:
            if self.source is not SOURCES["household"] or self.test is not None:
                raise BadQuestion(f"--corpus {self.corpus} needs --train, and --test or --cross-validate")
            return simulated_days(folder, step, test=not self.cross_validate)
        if self.test is None and not self.cross_validate:
            raise BadQuestion("give either --test or --cross-validate")
        found = {"train": self.train} | ({"test": self.test} if self.test is not None else {})
        for path in found.values():
            if not path.exists():
                raise CorpusNotFound(path, "no such file or folder")
        return found


@dataclass(frozen=True, slots=True)
class Cut:
    """What is learned from and what is judged.

    Attributes
    ----------
    train, judged
        The log to learn from, and the one to judge; the same one in a cross-validation.
    splits
        Who learns from whom.
    warnings
        What the reader of the figures should know.
    """

    train: CorpusLog
    judged: CorpusLog
    splits: Sequence[Split]
    warnings: list[str]


def cut(question: RephraseQuestion, paths: Mapping[str, Path], step: Step) -> Cut:
    """Read the logs and cut them.

    Raises
    ------
    EvaluationError
        If a file cannot be used, or folds cannot be made.
    """
    step("reading the corpus", None)
    source, path = question.source, paths["train"]
    train = source.read(path, path, question.seed, question.dialogues)
    if "test" not in paths:
        return Cut(train, train, list(caller_folds(train, question.folds, question.seed)), [])
    if source.fingerprint(paths["test"]) == source.fingerprint(path):
        split, judged = _apart(train, question.seed)
        warning = (
            f"train and test are the same: a third of the customers ({_customers(judged.turns)}) are judged, "
            f"after learning from the others ({_customers(split.turns)})"
        )
        return Cut(train, judged, [split], [warning])
    test = source.read(paths["test"], path, question.seed, question.dialogues)
    return Cut(train, test, [train_and_test(train, test)], list(_shared(question, train, test)))


def _apart(log: CorpusLog, seed: int) -> tuple[Split, CorpusLog]:
    """Judge the first third of the customers, shuffled."""
    split = next(caller_folds(log, _ONE_IN, seed))
    held = {turn.turn_id for turn in split.judged}
    judged = CorpusLog(
        tuple(split.judged),
        tuple(signal for signal in log.signals if signal.turn_id in held),
        {turn_id: truth for turn_id, truth in log.truths.items() if turn_id in held},
    )
    return split, judged


def _customers(turns: Sequence[Turn]) -> int:
    return len({turn.customer_id for turn in turns})


def _shared(question: RephraseQuestion, train: CorpusLog, test: CorpusLog) -> Iterator[str]:
    both = {turn.turn_id for turn in train.turns} & {turn.turn_id for turn in test.turns}
    if both:
        yield f"{len(both)} turns are in both logs, for instance {min(both)}: the figures flatter"
    # Elsewhere the same id is not the same customer: two simulations count theirs alike.
    if question.corpus == "dstc2" and (shared := shared_callers(train, test)):
        yield f"{len(shared)} callers are in both logs, for instance {shared[0]}: the figures flatter"
