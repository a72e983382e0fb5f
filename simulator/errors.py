"""The errors of this package.

SimulatorError                   anything that simulator/ refuses
├── WorldNotFound                no shipped world of that name, and no such file
├── BadWorld                     a world file with a mistake, told with its line
├── CannotWriteWorld             a world file that cannot be written
├── UnknownCorpus                no world can be made from a corpus of that name
├── CorpusMissing                a file of a corpus that is not there
├── CorpusUnreadable             a file of a corpus that is damaged
├── CannotWriteHere              a folder that cannot be made or written to
├── OtherSimulation              a folder that holds another simulation's days, or something else
├── NoSimulation                 a folder that no simulation has written
├── UnknownTurn                  a turn that is not in a log
├── NotSayable                   a text that is not as speech recognition writes
├── TruthInLog                   a folder for the truth that would be read as a part of the log
└── SimulationFailed             a process that ended before its days
"""

from pathlib import Path

from selflearn.cli.exits import NO_INPUT, UNREADABLE, USAGE

__all__ = [
    "BadWorld",
    "CannotWriteHere",
    "CannotWriteWorld",
    "CorpusMissing",
    "CorpusUnreadable",
    "NoSimulation",
    "NotSayable",
    "OtherSimulation",
    "SimulationFailed",
    "SimulatorError",
    "TruthInLog",
    "UnknownCorpus",
    "UnknownTurn",
    "WorldNotFound",
]


class SimulatorError(Exception):
    """Anything that simulator/ refuses.

    Attributes
    ----------
    exit_code : int
        What a command ends with; numbers mean what they mean for the product's commands.
    """

    exit_code = 1


class WorldNotFound(SimulatorError):
    """No shipped world of that name, and no such file."""

    exit_code = NO_INPUT

    def __init__(self, name: str, shipped: tuple[str, ...]) -> None:
        super().__init__(f"{name}: no such file, and no shipped world; there are: {', '.join(shipped)}")
        self.name = name


class BadWorld(SimulatorError):
    """A world file with a mistake.

    Parameters
    ----------
    path
        The file.
    line
        The line of the mistake, from 1.
    reason
        What is wrong, and what to do, for a person.
    """

    exit_code = USAGE

    def __init__(self, path: Path, line: int, reason: str) -> None:
        super().__init__(f"{path}:{line}: {reason}")
        self.path = path
        self.line = line
        self.reason = reason


class CannotWriteHere(SimulatorError):
    """A folder that cannot be made or written to."""

    exit_code = UNREADABLE

    def __init__(self, folder: Path, fault: OSError) -> None:
        super().__init__(f"{folder} cannot be written to: {fault}")
        self.folder = folder


class OtherSimulation(SimulatorError):
    """A folder that holds another simulation's days, or something else."""

    exit_code = USAGE

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(f"{folder} {reason}")
        self.folder = folder


class NoSimulation(SimulatorError):
    """A folder that no simulation has written."""

    exit_code = NO_INPUT

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(f"{folder} {reason}")
        self.folder = folder


class UnknownTurn(SimulatorError):
    """A turn that is not in a log."""

    exit_code = USAGE

    def __init__(self, turn_id: str, log: Path) -> None:
        super().__init__(f"no turn of {log} has the id {turn_id!r}; ids are in {log}/dialogue.turns/*.jsonl")
        self.turn_id = turn_id


class NotSayable(SimulatorError):
    """A text that is not as speech recognition writes."""

    exit_code = USAGE

    def __init__(self, text: str) -> None:
        super().__init__(
            f"{text!r} is not as ASR writes: lower case, single spaces, apostrophes, no other signs"
        )


class SimulationFailed(SimulatorError):
    """A process that ended before its days."""


class CannotWriteWorld(SimulatorError):
    """A world file that cannot be written."""

    exit_code = UNREADABLE

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: cannot be written: {why}")
        self.path = path


class UnknownCorpus(SimulatorError):
    """No world can be made from a corpus of that name."""

    exit_code = USAGE

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(f"no world can be made from a corpus {name!r}; there are: {', '.join(known)}")
        self.name = name


class CorpusMissing(SimulatorError):
    """A file of a corpus that is not there."""

    exit_code = NO_INPUT

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path}: no such file; name the folder of the corpora with --data or SELFLEARN_DATA"
        )
        self.path = path


class CorpusUnreadable(SimulatorError):
    """A file of a corpus that is damaged."""

    exit_code = UNREADABLE

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why}; fetch it anew")
        self.path = path


class TruthInLog(SimulatorError):
    """A folder for the truth that would be read as a part of the log."""

    exit_code = USAGE

    def __init__(self, truth: Path, out: Path) -> None:
        super().__init__(
            f"{truth} is a part of {out}, and would be read as turns; take {out}/truth, or a folder elsewhere"
        )
        self.folder = truth
