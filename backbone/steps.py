"""How a long run tells what it is doing."""

from collections.abc import Callable

__all__ = ["Step", "silent"]

#: Told what is going on, and which share of it is done (None: not known).
Step = Callable[[str, float | None], None]


def silent(what: str, share: float | None) -> None:
    """Tell nobody."""
