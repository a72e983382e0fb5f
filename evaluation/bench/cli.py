"""The command group `selflearn bench`: it joins the CLI through the entry points `selflearn.commands`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from evaluation.bench.table import measure_table
from evaluation.terminal import print_json, print_score, refusing, steps

__all__ = ["app"]

app = typer.Typer(name="bench", help="Measure how fast it is, and how much memory it takes.")


@app.callback()
def bench() -> None:
    """Measure how fast it is, and how much memory it takes."""


@app.command()
def table(
    turns: Annotated[int, typer.Option(min=1_000, help="About how many turns the log has.")] = 1_000_000,
    seed: Annotated[int, typer.Option(help="Seed of the log.")] = 7,
    workdir: Annotated[
        Path | None, typer.Option(help="Keep log and archive here; default: a temporary folder.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """From an archive of a million turns to a published table: seconds and peak memory."""
    with refusing(), _folder(workdir) as folder, steps() as step:
        answer = measure_table(turns, seed, folder, step)
    if as_json:
        print_json(answer)
    else:
        print_score("from archive to table", answer)


@contextmanager
def _folder(workdir: Path | None) -> Iterator[Path]:
    if workdir is None:
        with TemporaryDirectory(prefix="selflearn-bench-") as folder:
            yield Path(folder)
    else:
        workdir.mkdir(parents=True, exist_ok=True)
        yield workdir
