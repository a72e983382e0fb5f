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
├── CannotWrite                  a file that was asked for cannot be written
├── BenchFailed                  a command that was to be measured did not end well
└── BadQuestion                  options that do not go together
"""

from collections.abc import Sequence
from pathlib import Path

__all__ = [
    "BadQuestion",
    "BenchFailed",
    "CannotWrite",
    "CorpusError",
    "CorpusNotFound",
    "EmptyCorpus",
    "EvaluationError",
    "LearningFailed",
    "NotJudged",
    "NothingToScore",
    "UnknownCorpus",
    "UnreadableCorpus",
    "WrongCorpus",
]


class EvaluationError(Exception):
    """Anything that evaluation/ refuses."""


class UnknownCorpus(EvaluationError):
    """No reader of that name."""

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

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(f"{path}: {detail}")
        self.path = path


class CorpusNotFound(CorpusError):
    """There is no such file."""


class UnreadableCorpus(CorpusError):
    """Cut off, not gzip, or not JSON lines."""


class WrongCorpus(CorpusError):
    """JSON, but not dialogues of the corpus that was named."""


class EmptyCorpus(CorpusError):
    """No dialogue in it."""


class NothingToScore(EvaluationError):
    """No turn that could be judged."""


class NotJudged(EvaluationError):
    """A corpus that cannot judge what was asked of it."""


class LearningFailed(EvaluationError):
    """The product could not learn from the log that it was given."""


class CannotWrite(EvaluationError):
    """A file that was asked for cannot be written."""


class BadQuestion(EvaluationError):
    """Options that do not go together."""


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
