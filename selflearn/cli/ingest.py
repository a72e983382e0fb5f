"""`selflearn ingest`: a log into the archive."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from selflearn.cli.chosen import chosen
from selflearn.cli.exits import UNREADABLE
from selflearn.cli.terminal import print_json, print_table, refusing, steps, warn
from selflearn.ending import until_told

__all__ = ["app"]

app = typer.Typer()


@app.command()
def ingest(
    context: typer.Context,
    place: Annotated[
        str, typer.Argument(help="A folder or file of JSONL or Parquet, or kafka://host:port/topic.")
    ],
    mapping: Annotated[
        Path | None, typer.Option(help="A mapping file, for a log that is not in our records.")
    ] = None,
    follow: Annotated[bool, typer.Option(help="Go on waiting for more.")] = False,
    group: Annotated[str, typer.Option(help="Consumer group in Kafka.")] = "selflearn-ingest",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Bring a log's turns and signals into the archive; what does not parse goes to the dead letters.

    A second run takes up what is new. On Ctrl-C or SIGTERM what was read is brought in and remembered first. Where
    the disk is full it says so, reads no more, and goes on when there is room.

    Exit codes: 0 done, 2 wrong settings or mapping, 3 nothing there, 5 nothing of it could be read.
    """
    with refusing(as_json):
        from selflearn.ingestion import ingest as bring_in

        settings = chosen(context)
        with steps() as step, until_told() as ended:
            done = bring_in(
                settings,
                place,
                mapping=mapping,
                follow=follow,
                group=group,
                until=ended,
                on_progress=lambda counts: step(f"{counts.read:,} read, {counts.kept:,} kept", None),
                on_wait=lambda why: step("going on" if why is None else "waiting for room on the disk", None),
            )
        counts = done.counts
        refused: Mapping[str, int] = dict(counts.refused.most_common())
        answer = {
            "status": "ingested",
            "read": counts.read,
            "kept": counts.kept,
            "refused": refused,
            "archive": str(done.archive),
            "dead_letters": done.dead_letters if refused else None,
            "personal": dict(done.caught),
            "uncommitted": done.uncommitted,
        }
        if as_json:
            print_json(answer)
        else:
            personal = [(f"taken out: {kind}", count) for kind, count in sorted(done.caught.items())]
            rows = [("read", counts.read), ("kept", counts.kept), *refused.items(), *personal]
            print_table(f"into {done.archive}", ("", "entries"), rows)
        if done.uncommitted:
            warn(
                f"ended while the disk was full; {done.uncommitted} of the entries read were not kept and come again"
            )
        if refused:
            warn(f"{sum(refused.values())} of {counts.read} entries went to {done.dead_letters}")
        if counts.read and not counts.kept:
            warn("nothing of it could be read; a log that is not in our records needs --mapping FILE")
            raise typer.Exit(UNREADABLE)
