"""What a person sees: the product's own manners, for what is refused and printed here."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from selflearn.cli import terminal
from selflearn.cli.terminal import print_json, print_table, say, steps, warn
from simulator.errors import SimulatorError

__all__ = ["print_json", "print_table", "refusing", "say", "steps", "warn"]


@contextmanager
def refusing(as_json: bool = False) -> Iterator[None]:
    """Turn what simulator/ or the product refuses into a message on standard error and its exit code.

    Parameters
    ----------
    as_json
        Print one JSON object on standard output as well, for the program that asked for one.
    """
    with terminal.refusing(as_json):
        try:
            yield
        except SimulatorError as fault:
            kind, code = type(fault).__name__, fault.exit_code
            say(f"error {kind}: {fault}")
            if as_json:
                print_json({"status": "failed", "error": kind, "message": str(fault), "exit_code": code})
            raise typer.Exit(code) from fault
