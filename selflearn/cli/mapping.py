"""`selflearn mapping`: foreign logs."""

from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from selflearn.cli.exits import UNREADABLE
from selflearn.cli.terminal import print_json, print_table, refusing, say, warn

__all__ = ["app"]

app = typer.Typer(help="Foreign logs: how fields become turns and signals.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Foreign logs: how fields become turns and signals."""


@app.command()
def check(
    mapping: Annotated[Path, typer.Argument(help="The mapping file (TOML).")],
    log: Annotated[Path, typer.Argument(help="The log, or a sample of it: a folder or a file.")],
    sample: Annotated[int, typer.Option(min=1, help="Entries to look at.")] = 1000,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Apply a mapping to a sample of its log, and show what becomes of it and what would be lost.

    Exit codes: 0 it fits, 2 the mapping is none, 5 the log cannot be read or some of it would be refused.
    """
    with refusing(as_json):
        from streams.mapping import Mapping, check_mapping, log_source

        loaded = Mapping.load(mapping)
        source = log_source(log)
        report = check_mapping(loaded, islice(source.poll(sample, 0.0), sample))
        source.close()
        if as_json:
            print_json(
                {
                    "status": "fits" if report.fits else "does not fit",
                    "entries": report.entries,
                    "turns": report.turns,
                    "signals": report.signals,
                    "refused": dict(report.refused),
                    "refusals": [why for _, why in report.refusals],
                    "repeated_ids": report.repeated_ids,
                    "filled": dict(report.filled.most_common()),
                    "lost": [
                        {"path": lost.path, "entries": lost.entries, "example": lost.example}
                        for lost in report.lost
                    ],
                    "examples": [
                        turn.model_dump(mode="json", exclude_unset=True) for turn in report.examples
                    ],
                }
            )
        else:
            made = f"{report.entries} entries: {report.turns} turns, {report.signals} signals"
            print_table(made, ("field", "records that hold it"), report.filled.most_common())
            lost = [(one.path, one.entries, one.example) for one in report.lost]
            print_table("not read by the mapping", ("field of the log", "entries", "example"), lost)
            for entry, why in report.refusals:
                say(f"{entry.partition} at {entry.offset}: {why}")
        if report.refused:
            warn(f"{sum(report.refused.values())} of {report.entries} entries would go to the dead letters")
        if report.repeated_ids:
            warn(f"{report.repeated_ids} turns have an id that another has; only the first would be kept")
        if not report.fits:
            raise typer.Exit(UNREADABLE)
