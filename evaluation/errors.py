"""The errors of this package.

EvaluationError                  anything that evaluation/ refuses
├── UnknownCorpus                no reader of that name
├── CorpusError                  a file of a corpus that cannot be used
│   ├── CorpusNotFound           there is no such file
│   ├── UnreadableCorpus         cut off, not gzip, or not JSON lines
│   ├── WrongCorpus              JSON, but not dialogues of the corpus that was named
│   └── EmptyCorpus              no dialogue in it
├── NothingToScore               no turn that could be judged
├── NotJudged                    a corpus that cannot judge what was asked of it
├── LearningFailed               the product could not learn from the log that it was given
│   └── NothingLearned           … because the log teaches nothing, or nothing sure enough
├── CannotWrite                  a file that was asked for cannot be written
├── BenchFailed                  a command that was to be measured did not end well
├── BrokerFailed                 no Kafka broker here, or one that does not come up
├── TrialFailed                  a trial that could not be carried through
└── BadQuestion                  options that do not go together
"""

from collections.abc import Sequence
from pathlib import Path

from selflearn.cli.exits import NO_INPUT, NOTHING_TO_LEARN, UNREADABLE, USAGE

__all__ = [
    "BadQuestion",
    "BenchFailed",
    "BrokerFailed",
    "CannotWrite",
    "CorpusError",
    "CorpusNotFound",
    "EmptyCorpus",
    "EvaluationError",
    "LearningFailed",
    "NotJudged",
    "NothingLearned",
    "NothingToScore",
    "TrialFailed",
    "UnknownCorpus",
    "UnreadableCorpus",
    "WrongCorpus",
]


class EvaluationError(Exception):
    """Anything that evaluation/ refuses.

    Attributes
    ----------
    exit_code : int
        What a command ends with; numbers mean what they mean for the product's commands.
    """

    exit_code = 1


class UnknownCorpus(EvaluationError):
    """No reader of that name."""

    exit_code = USAGE

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(f"no corpus is called {name!r}; there are: {', '.join(known)}")
        self.name = name


class CorpusError(EvaluationError):
    """A file of a corpus that cannot be used.

    Parameters
    ----------
    path
        The file.
    detail
        What is wrong with it, and what to do, for a person.
    """

    exit_code = UNREADABLE

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(f"{path}: {detail}")
        self.path = path


class CorpusNotFound(CorpusError):
    """There is no such file."""

    exit_code = NO_INPUT


class UnreadableCorpus(CorpusError):
    """Cut off, not gzip, or not JSON lines."""


class WrongCorpus(CorpusError):
    """JSON, but not dialogues of the corpus that was named."""


class EmptyCorpus(CorpusError):
    """No dialogue in it."""

    exit_code = NO_INPUT


class NothingToScore(EvaluationError):
    """No turn that could be judged."""

    exit_code = NOTHING_TO_LEARN


class NotJudged(EvaluationError):
    """A corpus that cannot judge what was asked of it."""

    exit_code = USAGE


class LearningFailed(EvaluationError):
    """The product could not learn from the log that it was given."""

    exit_code = UNREADABLE


class NothingLearned(LearningFailed):
    """The log teaches nothing, or nothing that is sure enough."""

    exit_code = NOTHING_TO_LEARN


class CannotWrite(EvaluationError):
    """A file that was asked for cannot be written."""

    exit_code = UNREADABLE


class BadQuestion(EvaluationError):
    """Options that do not go together."""

    exit_code = USAGE


class BenchFailed(EvaluationError):
    """A command that was to be measured did not end well.

    Parameters
    ----------
    command
        What was run.
    code
        Its exit code.
    output
        The end of what it printed.
    """

    def __init__(self, command: Sequence[str], code: int, output: str) -> None:
        super().__init__(f"`{' '.join(command)}` ended with {code}: {output.strip()}")
        self.command = tuple(command)
        self.code = code
        self.output = output


class BrokerFailed(EvaluationError):
    """No Kafka broker on this machine, or one that does not come up."""


class TrialFailed(EvaluationError):
    """A trial that could not be carried through: something did not start, end, or come to the point in time."""
