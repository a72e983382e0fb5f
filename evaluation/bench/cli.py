"""The command group `selflearn bench`: it joins the CLI through the entry points `selflearn.commands`."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from pydantic import JsonValue

from evaluation.terminal import print_json, print_score, refusing, steps

__all__ = ["app"]

app = typer.Typer(name="bench", help="Measure how fast it is, and how much memory it takes.")


@app.callback()
def bench() -> None:
    """Measure how fast it is, and how much memory it takes."""


_Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]
_Workdir = Annotated[
    Path | None, typer.Option(help="Keep log and archive here; default: a temporary folder.")
]


@app.command()
def chain(
    states: Annotated[int, typer.Option(min=1_000, help="States of the graph.")] = 1_000_000,
    seed: Annotated[int, typer.Option(help="Seed of the graph.")] = 7,
    sample: Annotated[int, typer.Option(min=1, help="Sources that the series solves.")] = 10_000,
    as_json: _Json = False,
) -> None:
    """Every source's winner, certified, on one core; against sparse LU and a truncated Neumann series."""
    from evaluation.bench.chain import measure_chain

    with refusing(as_json), steps() as step:
        answer = measure_chain(states=states, seed=seed, sample=sample, step=step)
    _show("the chain's winners", answer, as_json)


@app.command()
def encoder(
    texts: Annotated[int, typer.Option(min=64, help="Distinct texts that are read, at most.")] = 2_000,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds in which all take turns.")] = 7,
    at: Annotated[int, typer.Option(min=0, max=6, help="Layers of the trunk.")] = 3,
    tasks: Annotated[int, typer.Option(min=1, help="Tasks that share it.")] = 4,
    threads: Annotated[int, typer.Option(min=1, help="Of torch and of onnxruntime.")] = 2,
    as_json: _Json = False,
) -> None:
    """The encoder exported and in int8 against torch; one trunk with tops against an encoder a task."""
    from evaluation.bench.encoder import measure_encoder

    with refusing(as_json), _folder(None) as folder, steps() as step:
        answer = measure_encoder(texts, rounds, at, tasks, threads, folder, step)
    _show("the encoder", answer, as_json)


@app.command()
def rephrase(
    sessions: Annotated[int, typer.Option(min=16, help="Sessions that are read, at most.")] = 1_000,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds in which all take turns.")] = 5,
    threads: Annotated[int, typer.Option(min=1, help="Of torch and of onnxruntime.")] = 2,
    as_json: _Json = False,
) -> None:
    """Sessions a second of the shipped detector against plain torch, and the cost of a session by its length."""
    from evaluation.bench.rephrase import measure_rephrase

    with refusing(as_json), _folder(None) as folder, steps() as step:
        answer = measure_rephrase(sessions, rounds, threads, folder, step)
    _show("rephrase detection", answer, as_json)


@app.command()
def lookup(
    entries: Annotated[int, typer.Option(min=1_000, help="Entries of the table.")] = 1_000_000,
    seconds: Annotated[float, typer.Option(min=1, help="Length of one run under load.")] = 1.0,
    rounds: Annotated[int, typer.Option(min=1, help="Runs of each server; they take turns.")] = 20,
    connections: Annotated[int, typer.Option(min=1, help="Connections that ask at once.")] = 16,
    seed: Annotated[int, typer.Option(help="Seed of the table and of what is asked.")] = 7,
    workdir: _Workdir = None,
    as_json: _Json = False,
) -> None:
    """Rewrites served over HTTP against a bare endpoint with the same models, and in process."""
    from evaluation.bench.lookup import measure_lookup

    with refusing(as_json), _folder(workdir) as folder, steps() as step:
        answer = measure_lookup(
            entries=entries, seconds=seconds, rounds=rounds, connections=connections,
            seed=seed, folder=folder, step=step,
        )  # fmt: skip
    _show("lookups", answer, as_json)


@app.command()
def ingest(
    turns: Annotated[int, typer.Option(min=1_000, help="About how many turns the log has.")] = 1_000_000,
    seed: Annotated[int, typer.Option(help="Seed of the log.")] = 7,
    workdir: _Workdir = None,
    as_json: _Json = False,
) -> None:
    """From files and from Kafka to archive and counts, against a loop that only polls and decodes."""
    from evaluation.bench.ingest import measure_ingest

    with refusing(as_json), _folder(workdir) as folder, steps() as step:
        answer = measure_ingest(turns=turns, seed=seed, folder=folder, step=step)
    _show("ingestion", answer, as_json)


@app.command()
def table(
    turns: Annotated[int, typer.Option(min=1_000, help="About how many turns the log has.")] = 1_000_000,
    seed: Annotated[int, typer.Option(help="Seed of the log.")] = 7,
    workdir: _Workdir = None,
    as_json: _Json = False,
) -> None:
    """From an archive of a million turns to a published table: seconds and peak memory."""
    from evaluation.bench.table import measure_table

    with refusing(as_json), _folder(workdir) as folder, steps() as step:
        answer = measure_table(turns, seed, folder, step)
    _show("from archive to table", answer, as_json)


def _show(title: str, answer: Mapping[str, JsonValue], as_json: bool) -> None:
    if as_json:
        print_json(answer)
    else:
        print_score(title, answer)


@contextmanager
def _folder(workdir: Path | None) -> Iterator[Path]:
    if workdir is None:
        with TemporaryDirectory(prefix="selflearn-bench-") as folder:
            yield Path(folder)
    else:
        workdir.mkdir(parents=True, exist_ok=True)
        yield workdir
