"""`selflearn learn`: from the archive to what is served."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from selflearn.cli.chosen import chosen
from selflearn.cli.terminal import print_json, print_table, refusing, steps

__all__ = ["app"]

app = typer.Typer(help="Learn from the archive.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Learn from the archive."""


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date; write 2026-01-31 or 2026-01-31T12:00+01:00") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


_Moment = Annotated[
    datetime | None,
    typer.Option(parser=_moment, metavar="DATE", help="A date or time; UTC where no zone is given."),
]


@app.command()
def rewrites(
    context: typer.Context,
    since: _Moment = None,
    until: _Moment = None,
    tenant: Annotated[str, typer.Option(help="Whose sessions.")] = "default",
    force: Annotated[bool, typer.Option(help="Learn even where nothing is new.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Learn the rewrite table from the archive and publish it; servers pick it up.

    Sessions that begin from --since on and before --until are learned from: both together fill a range of dates
    again. The same archive and settings always give the same table.

    Exit codes: 0 published, 2 wrong settings, 3 no turns, 4 nothing to learn from, 5 archive or table cannot be read,
    6 another run is at work, 7 nothing is new since the current version.
    """
    with refusing(as_json):
        from selflearn.learning import learn_rewrites

        settings = chosen(context)
        with steps() as step:
            learned = learn_rewrites(
                settings, tenant=tenant, since=since, until=until, force=force, step=step
            )
        manifest, mined = learned.manifest, learned.mined
        refused: dict[str, int] = {}
        for proposal in mined.proposals:
            if proposal.refused is not None:
                refused[proposal.refused] = refused.get(proposal.refused, 0) + 1
        answer = {
            "status": "published",
            "version": manifest.version,
            "parent": manifest.parent,
            "table": str(settings.table_folder),
            "entries": manifest.entries,
            "rewrites": len(mined.rewrites),
            "templates": mined.templates,
            "refused": refused,
            "sessions": learned.sessions,
            "turns": mined.turns,
            "content": manifest.content,
            "made_from": manifest.made_from[tenant],
            "pruned": list(learned.pruned),
            "seconds": round(learned.seconds, 3),
        }
        if as_json:
            print_json(answer)
        else:
            rows = [
                ("entries", manifest.entries),
                ("templates", mined.templates),
                ("sessions", f"{learned.sessions:,}"),
                ("turns", f"{mined.turns:,}"),
                ("P(success) from", learned.outcome.origin),
                *((f"refused: {guard}", count) for guard, count in sorted(refused.items())),
                ("seconds", f"{learned.seconds:.1f}"),
            ]
            print_table(f"version {manifest.version} in {settings.table_folder}", ("", ""), rows)
