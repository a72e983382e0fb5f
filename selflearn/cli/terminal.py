"""What a person sees: progress, warnings and errors on standard error; standard output is the answer alone."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from selflearn.cli.exits import NOTHING_NEW, USAGE, exit_code_of
from selflearn.errors import NothingNew
from selflearn.steps import Step

__all__ = ["print_json", "print_table", "refusing", "say", "steps", "warn"]

#: Modules that an extra brings, to tell which one is missing.
_EXTRAS = {
    **dict.fromkeys(("duckdb", "pyarrow", "kafka", "scipy", "networkx", "jellyfish", "matplotlib"), "learn"),
    **dict.fromkeys(
        ("alembic", "fastapi", "prometheus_client", "sqlalchemy", "starlette", "uvicorn"), "serve"
    ),
    "psycopg": "postgres",
}

#: Columns of a table where standard output is a file or a pipe.
_WIDTH = 160


def _errors() -> Console:
    return Console(stderr=True, highlight=False, soft_wrap=True)


@contextmanager
def refusing(as_json: bool = False) -> Iterator[None]:
    """Turn what is refused into a message on standard error and its exit code.

    Parameters
    ----------
    as_json
        Print one JSON object on standard output as well, for the program that asked for one.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        extra = _EXTRAS.get((error.name or "").split(".")[0])
        if extra is None:
            raise
        _refuse(f"this needs {error.name}: pip install 'selflearn[{extra}]'", error, USAGE, as_json)
    except NothingNew as same:
        say(str(same))
        if as_json:
            print_json({"status": "unchanged", "version": same.version, "exit_code": NOTHING_NEW})
        raise typer.Exit(NOTHING_NEW) from same
    except Exception as error:
        code = exit_code_of(error)
        if code is None:
            raise
        _refuse(str(error), error, code, as_json)


def _refuse(message: str, error: Exception, code: int, as_json: bool) -> None:
    line = Text.assemble(("error ", "bold red"), (f"{type(error).__name__}: ", "bold"), message)
    _errors().print(line)
    if as_json:
        print_json({"status": "failed", "error": type(error).__name__, "message": message, "exit_code": code})
    raise typer.Exit(code) from error


def say(message: str) -> None:
    """Tell a person, on standard error."""
    _errors().print(Text(message))


def warn(message: str) -> None:
    """Say something that a person should know, and go on."""
    _errors().print(Text.assemble(("warning ", "bold yellow"), message))


@contextmanager
def steps() -> Iterator[Step]:
    """Show what is going on, and how far it is; on one line each where nobody watches."""
    columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("starting", total=None)

        def step(what: str, share: float | None) -> None:
            total = None if share is None else 1.0
            progress.update(task, description=what, total=total, completed=share or 0.0)

        yield step


def print_json(answer: Any) -> None:
    """Print one JSON object on one line."""
    typer.echo(orjson.dumps(answer, default=str).decode())


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows; texts come from logs, so they are never read as markup."""
    table = Table(*columns, title=title, title_justify="left")
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    Console(width=None if sys.stdout.isatty() else _WIDTH).print(table)
