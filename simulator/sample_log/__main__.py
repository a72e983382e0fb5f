"""Write the sample log: turns and signals into a folder; the truth, on request, into a file of its own."""

from pathlib import Path
from typing import Annotated

import typer

from simulator.sample_log.log import lines, make, write
from streams.records import Signal, Turn


def main(
    out: Annotated[Path, typer.Option(help="Folder for one file of turns and one of signals.")],
    truth: Annotated[Path | None, typer.Option(help="File for what really happened, JSONL(.gz).")] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same log.")] = 7,
    customers: Annotated[int, typer.Option(min=1)] = 280,
    days: Annotated[int, typer.Option(min=1)] = 35,
) -> None:
    """Write a household log with known truth."""
    log = make(seed, customers, days)
    write(lines(log.turns), out / f"{Turn.topic}.jsonl.gz")
    write(lines(log.signals), out / f"{Signal.topic}.jsonl.gz")
    if truth is not None:
        write(lines(log.truths), truth)
    typer.echo(f"{len(log.turns)} turns and {len(log.signals)} signals of {customers} customers in {out}")


typer.run(main)
