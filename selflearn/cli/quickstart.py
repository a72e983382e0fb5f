"""`selflearn quickstart`: from a bundled log to a served table."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from selflearn.cli.chosen import chosen
from selflearn.cli.terminal import refusing

__all__ = ["app"]

app = typer.Typer()


@app.command()
def quickstart(
    context: typer.Context,
    check: Annotated[bool, typer.Option(help="Probe the API and end, instead of serving.")] = False,
    data: Annotated[
        Path | None, typer.Option(help="Folder for everything; default: quickstart/ in the data folder.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Port; default: `api.port`, with --check a free one."),
    ] = None,
) -> None:
    """Learn a rewrite table from a bundled log, serve it, and show what to ask.

    Exit codes: 0 ended, or all answers were right; 1 not so; 2 wrong settings; else as of `learn rewrites`.
    """
    with refusing():
        from selflearn.quickstart.run import run

        settings = chosen(context)
        listening = port if port is not None else 0 if check else settings.api.port
        run(
            settings.model_copy(
                update={
                    "data_folder": data or settings.data_folder / "quickstart",
                    "api": settings.api.model_copy(update={"port": listening}),
                }
            ),
            Console(),
            check=check,
        )
