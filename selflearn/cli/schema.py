"""`selflearn schema`: the contracts as files."""

import json
from pathlib import Path
from typing import Annotated

import typer

from selflearn.cli.terminal import refusing, say

__all__ = ["app"]

app = typer.Typer()


@app.command()
def schema(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Where to write openapi.json and schema/.")],
) -> None:
    """Write the JSON Schema of every record, and the OpenAPI document of the API."""
    with refusing():
        from selflearn.api import create_app
        from selflearn.cli.chosen import chosen
        from streams.files import written_beside
        from streams.records import RECORDS
        from streams.schema import write_schemas

        written = write_schemas(RECORDS, folder / "schema")
        document = json.dumps(create_app(chosen(context)).openapi(), indent=2, ensure_ascii=False)
        with written_beside(folder / "openapi.json") as beside:
            beside.write_text(f"{document}\n", encoding="utf-8")
        say(f"{len(written)} schemas and openapi.json are in {folder}")
