"""`selflearn upgrade`: what an older release wrote becomes what this one writes."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from selflearn.cli.chosen import chosen
from selflearn.cli.exits import USAGE
from selflearn.cli.terminal import print_json, print_table, refusing, say, steps

__all__ = ["app"]

app = typer.Typer()


@app.command()
def upgrade(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option(help="Tell the formats; change nothing.")] = False,
    backup: Annotated[Path | None, typer.Option(help="A new folder for a backup, made before.")] = None,
    no_backup: Annotated[bool, typer.Option("--no-backup", help="There is a backup already.")] = False,
    again: Annotated[
        bool, typer.Option(help="Filter the archive again, after the filter was turned on or changed.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Bring archive, table and store to the newest formats. End workers and servers before.

    Exit codes: 0 done or nothing to do, 2 say --backup FOLDER or --no-backup, 5 something cannot be read or
    written, or a newer release wrote it, 6 another is at work.
    """
    with refusing(as_json):
        from selflearn.upkeep import formats
        from selflearn.upkeep import upgrade as bring_up

        settings = chosen(context)
        found = formats(settings)
        old = again or any(one.is_old for one in found.values())
        if old and not dry_run and (backup is None) == (not no_backup):
            say("say where the backup goes that is made before (--backup FOLDER), or --no-backup")
            raise typer.Exit(USAGE)
        done = None
        if not dry_run:
            with steps() as step:
                done = bring_up(settings, backup_to=backup, again=again, step=step)
        answer = {
            "status": "unchanged" if not old else "old" if done is None else "upgraded",
            "formats": {name: asdict(one) for name, one in found.items()},
            "backup": None if done is None or done.backup is None else str(done.backup),
            "archive": None if done is None or done.archive is None else done.archive._asdict(),
            "caught": {} if done is None else dict(done.caught),
        }
        if as_json:
            print_json(answer)
            return
        rows = [(name, one.found, one.newest) for name, one in found.items()]
        print_table(str(answer["status"]), ("part", "found", "newest"), rows)
        if done is not None and done.archive is not None:
            say(
                f"{done.archive.changed} of {done.archive.records} records were filtered: {dict(done.caught)}"
            )
