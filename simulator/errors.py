"""The errors of this package.

SimulatorError                   anything that simulator/ refuses
├── WorldNotFound                no shipped world of that name, and no such file
└── BadWorld                     a world file with a mistake, told with its line
"""

from pathlib import Path

from selflearn.cli.exits import NO_INPUT, USAGE

__all__ = ["BadWorld", "SimulatorError", "WorldNotFound"]


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
