"""`selflearn restore`: a backup takes the place of the data folder."""

from pathlib import Path
from typing import Annotated

import typer

from selflearn.cli.chosen import chosen
from selflearn.cli.terminal import print_json, refusing, say, steps, warn

__all__ = ["app"]

app = typer.Typer()


@app.command()
def restore(
    context: typer.Context,
    backup: Annotated[Path, typer.Argument(help="A folder that `selflearn backup` made.")],
    force: Annotated[bool, typer.Option(help="Although there is data already: it is put aside.")] = False,
    check: Annotated[bool, typer.Option(help="Verify the backup; restore nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Restore the data folder from a backup, every file verified. End servers and workers before.

    Exit codes: 0 done, 2 wrong settings, 5 the backup is damaged, there is data already, or it cannot be written.
    """
    with refusing(as_json):
        from selflearn.upkeep import restore as bring_back
        from selflearn.upkeep import verify

        settings = chosen(context)
        with steps() as step:
            if check:
                contents, folder, former = verify(backup, step), None, None
            else:
                done = bring_back(backup, settings.data_folder, force=force, step=step)
                contents, folder, former = done.contents, done.folder, done.former
        if as_json:
            answer = {
                "status": "whole" if check else "restored",
                "folder": None if folder is None else str(folder),
                "former": None if former is None else str(former),
                "created": contents.created.isoformat(),
                "selflearn": contents.selflearn,
                "files": len(contents.files),
                "bytes": contents.bytes,
                "store": contents.store,
            }
            print_json(answer)
        say(f"{len(contents.files)} files of {contents.created.isoformat(timespec='seconds')} are whole")
        if folder is not None:
            say(f"they are in {folder}")
        if former is not None:
            warn(f"what was there is in {former}; remove it when nothing of it is wanted")
        if contents.store == "elsewhere":
            warn("the store was in PostgreSQL and is not in this backup: restore it with pg_restore")
