"""What a person sees: progress and warnings on standard error; standard output is for the answer alone."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import orjson
import typer
from pydantic import JsonValue
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from evaluation.errors import EvaluationError
from evaluation.rewrites import Step

__all__ = ["print_facts", "print_json", "print_score", "refusing", "steps", "warn"]

_FAILED = 1


@contextmanager
def refusing() -> Iterator[None]:
    """Turn what evaluation/ refuses into a message on standard error and exit code 1."""
    try:
        yield
    except EvaluationError as fault:
        Console(stderr=True).print(f"[bold red]error[/] {type(fault).__name__}: ", end="")
        Console(stderr=True).print(str(fault), markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(_FAILED) from fault


def warn(message: str) -> None:
    """Say something that the person should know, and go on."""
    Console(stderr=True).print(f"[bold yellow]warning[/] {message}", highlight=False, soft_wrap=True)


@contextmanager
def steps() -> Iterator[Step]:
    """Show what is going on, and how far it is."""
    columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("starting", total=None)

        def step(what: str, share: float | None) -> None:
            total = None if share is None else 1.0
            progress.update(task, description=what, total=total, completed=share or 0.0)

        yield step


def print_json(answer: Mapping[str, JsonValue]) -> None:
    """Print one JSON object on one line."""
    typer.echo(orjson.dumps(answer).decode())


def print_score(title: str, answer: Mapping[str, JsonValue]) -> None:
    """Print the figures of an answer, without its nested parts, as a table."""
    table = Table("figure", "value", title=title)
    for name, value in answer.items():
        if isinstance(value, float):
            table.add_row(name, f"{value:.4f}")
        elif isinstance(value, (int, str)):
            table.add_row(name, str(value))
        elif isinstance(value, list) and len(value) == 2 and all(isinstance(v, (int, float)) for v in value):
            table.add_row(name, f"{value[0]:.4f} to {value[1]:.4f}")
    Console().print(table)


def print_facts(facts: Mapping[str, Mapping[str, JsonValue]]) -> None:
    """Print what the corpora hold, one column a file, and what is wrong with them."""
    counted = {
        path: counts for path, found in facts.items() if isinstance(counts := found.get("counts"), dict)
    }
    table = Table("figure", *counted)
    for name in dict.fromkeys(name for counts in counted.values() for name in counts):
        table.add_row(name, *(str(counts.get(name, "")) for counts in counted.values()))
    console = Console()
    console.print(table)
    for path, found in facts.items():
        verdict = found.get("faults")
        if verdict is None:
            console.print(f"{path}: absent", highlight=False)
        else:
            console.print(f"{path}: {verdict or 'as known'}", highlight=False)
