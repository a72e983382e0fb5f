"""`selflearn backup`: all that cannot be made again, in one folder."""

from pathlib import Path
from typing import Annotated

import typer

from selflearn.cli.chosen import chosen
from selflearn.cli.terminal import print_json, print_table, refusing, steps

__all__ = ["app"]

app = typer.Typer()


@app.command()
def backup(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="A new folder, which appears when the backup is whole.")],
    since: Annotated[
        Path | None,
        typer.Option(help="An earlier backup on the same disk: what has not changed is linked, not copied."),
    ] = None,
    without_store: Annotated[
        bool, typer.Option(help="Leave out a store that is in PostgreSQL; back it up with pg_dump.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Back up archive, table, decisions, feedback, dead letters, store and offsets, while all goes on.

    Exit codes: 0 done, 2 wrong settings, 3 there is no data folder, 5 it cannot be made, 6 another is at work.
    """
    with refusing(as_json):
        from selflearn.upkeep import backup as copy_all

        with steps() as step:
            done = copy_all(chosen(context), folder, since=since, without_store=without_store, step=step)
        contents = done.contents
        if as_json:
            answer = {
                "status": "backed_up",
                "folder": str(done.folder),
                "files": len(contents.files),
                "bytes": contents.bytes,
                "linked": done.linked,
                "store": contents.store,
                "parts": contents.parts(),
            }
            print_json(answer)
            return
        rows = [(name, part["files"], part["bytes"]) for name, part in contents.parts().items()]
        rows.append(("all", len(contents.files), contents.bytes))
        print_table(f"backed up to {done.folder}", ("part", "files", "bytes"), rows)
