"""Where what is made once and used again is kept."""

import os
from pathlib import Path

__all__ = ["cache_folder"]


def cache_folder() -> Path:
    """Return the folder for what can be made again: `SELFLEARN_CACHE`, or `selflearn` in the user's cache folder."""
    if named := os.environ.get("SELFLEARN_CACHE"):
        return Path(named)
    caches = os.environ.get("XDG_CACHE_HOME")
    return (Path(caches) if caches else Path.home() / ".cache") / "selflearn"
