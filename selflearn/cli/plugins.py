"""Commands from outside: entry points of the group `selflearn.commands`, loaded when they are asked for."""

from importlib.metadata import EntryPoint, entry_points

import typer

from selflearn.cli.terminal import warn

__all__ = ["GROUP", "load", "plugins"]

GROUP = "selflearn.commands"


def plugins() -> dict[str, EntryPoint]:
    """Return the entry points of commands, by name, none of them loaded."""
    return {point.name: point for point in sorted(entry_points(group=GROUP), key=lambda point: point.name)}


def load(point: EntryPoint) -> typer.Typer | None:
    """Load the commands of an entry point; None, with a warning, where they are broken.

    Whatever is wrong with somebody else's package, our own commands go on working.
    """
    try:
        app = point.load()
    except Exception as error:
        _broken(point, f"{type(error).__name__}: {error}")
        return None
    if not isinstance(app, typer.Typer):
        _broken(point, f"{point.value} is a {type(app).__name__}, not a typer.Typer")
        return None
    return app


def _broken(point: EntryPoint, why: str) -> None:
    origin = "" if point.dist is None else f" of {point.dist.name} {point.dist.version}"
    warn(f"the command `{point.name}`{origin} is left out: it cannot be loaded ({why})")
