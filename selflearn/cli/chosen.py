"""The settings that the flags before a command chose, read when the command wants them."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import typer

from selflearn.settings import Settings, load_settings

__all__ = ["Chosen", "chosen"]


@dataclass
class Chosen:
    """What the flags before the command said.

    Attributes
    ----------
    file
        The settings' file; None: the usual one.
    overrides
        `section.name=value`, each.
    """

    file: Path | None = None
    overrides: tuple[str, ...] = ()

    @cached_property
    def settings(self) -> Settings:
        """All settings, read once.

        Raises
        ------
        SettingsError
            Some are wrong.
        """
        return load_settings(self.file, self.overrides)


def chosen(context: typer.Context) -> Settings:
    """Return the settings for a command."""
    found = context.find_object(Chosen)
    return (found or Chosen()).settings
