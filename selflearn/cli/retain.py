"""`selflearn retain`: what is older than the settings allow goes."""

from dataclasses import asdict
from typing import Annotated

import typer

from selflearn.cli.chosen import chosen
from selflearn.cli.terminal import print_json, print_table, refusing

__all__ = ["app"]

app = typer.Typer()


@app.command()
def retain(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option(help="Tell what would go; remove nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Remove turns, signals, decisions, feedback and dead letters that are older than `retention` allows.

    For a scheduler, once a day. Exit codes: 0 done, 2 wrong settings, 5 something cannot be removed, 6 learning is
    at work: try again soon.
    """
    with refusing(as_json):
        from selflearn.upkeep import retain as remove_old

        found = remove_old(chosen(context), dry_run=dry_run)
        if as_json:
            print_json(
                {"status": "retained", "dry_run": dry_run, "kinds": {k: asdict(v) for k, v in found.items()}}
            )
            return
        rows = [
            (kind, one.kept_days or "for ever", one.files, one.records, one.bytes)
            for kind, one in found.items()
        ]
        title = "would be removed" if dry_run else "removed"
        print_table(title, ("kind", "days kept", "files", "records", "bytes"), rows)
