"""`selflearn failing`: what customers ask for in vain."""

from typing import Annotated

import typer

from selflearn.cli.chosen import chosen
from selflearn.cli.terminal import print_json, print_table, refusing

__all__ = ["app"]

app = typer.Typer()


@app.command()
def failing(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help="How many to show.")] = 20,
    rewritten: Annotated[
        bool | None,
        typer.Option(
            "--rewritten/--not-rewritten", help="Only those with, or without, an entry in the table."
        ),
    ] = None,
    tenant: Annotated[str, typer.Option(help="Whose.")] = "default",
    version: Annotated[
        str | None, typer.Option(help="Version of the table; default: the current one.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """List the requests that most often fail, over all customers, with the rewrite where one was found.

    The list is of the log that made the table; what fewer customers said than `mining.min_customers` is not in it.
    """
    with refusing(as_json):
        from rewrite_offline.errors import NothingKnown
        from rewrite_offline.mining.traces import FAILING, read_trace
        from rewrite_offline.table import Table

        table = Table.open(chosen(context).table_folder, version)
        path = table.attachment(FAILING, tenant)
        if path is None:
            raise NothingKnown(
                f"version {table.version} has no list of failing requests of tenant {tenant!r}; "
                "make one with `selflearn learn rewrites`"
            )
        rows = read_trace(FAILING, path.read_bytes())
        for row in rows:
            row["served"] = table.lookup(row["text"], row["asked"], tenant) is not None
        if rewritten is not None:
            rows = [row for row in rows if row["served"] is rewritten]
        if as_json:
            print_json({"version": table.version, "requests": rows[:limit], "of": len(rows)})
        else:
            print_table(
                f"the {min(limit, len(rows))} worst of {len(rows)} requests, version {table.version}",
                ("request", "asked", "failures", "rate", "turns", "customers", "rewrite", "refused by"),
                (
                    (
                        row["text"],
                        row["asked"],
                        f"{row['failures']:.1f}",
                        f"{row['failure_rate']:.0%}",
                        row["turns"],
                        row["customers"],
                        row["rewrite"],
                        row["refused"],
                    )
                    for row in rows[:limit]
                ),
            )
