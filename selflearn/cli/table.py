"""`selflearn table`: what is in the table, what was, and what must not be served."""

from pathlib import Path
from typing import Annotated, Any

import typer

from rewrite_offline.lookup import LearnedLookup
from rewrite_offline.self_aware import Pair
from rewrite_offline.table import (
    Blocklist,
    Table,
    TableDiff,
    diff,
    export_csv,
    restore,
    unblock,
    versions,
)
from rewrite_offline.table import block as block_entries
from rewrite_offline.table import history as switches
from rewrite_offline.templates import Entry
from selflearn.cli.chosen import chosen
from selflearn.cli.terminal import print_json, print_table, refusing, say
from selflearn.errors import CannotWrite
from streams.records import Rewrite
from streams.text import normalise

__all__ = ["app"]

app = typer.Typer(help="Look at the rewrite table, and change what is served.", no_args_is_help=True)

_Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]

_COLUMNS = ("request", "asked", "say instead", "P(win)", "turns", "customers", "blocked")


def _row(rewrite: Rewrite) -> tuple[object, ...]:
    evidence = rewrite.evidence
    return (
        rewrite.source,
        rewrite.asked,
        rewrite.target,
        f"{rewrite.win_probability:.3f}",
        evidence.turns,
        evidence.customers,
        rewrite.blocked,
    )


@app.command("show")
def show(
    context: typer.Context,
    version: Annotated[str | None, typer.Argument(help="Default: the current one.")] = None,
    search: Annotated[
        str | None, typer.Option(help="Only entries with this text in request or target.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many entries to show.")] = 20,
    as_json: _Json = False,
) -> None:
    """Show a version: what it was made from, and its entries, those that matter most first."""
    with refusing(as_json):
        table = Table.open(chosen(context).table_folder, version)
        wanted = None if search is None else normalise(search)
        entries = [
            rewrite
            for rewrite in table
            if wanted is None or wanted in rewrite.source or wanted in normalise(rewrite.target)
        ]
        entries.sort(key=lambda r: (-r.evidence.turns * r.win_probability, r.source, r.asked or ""))
        manifest = table.manifest
        templates = _templates(table, wanted)
        pairs = _pairs(table, wanted)
        if as_json:
            shown = [rewrite.model_dump(mode="json") for rewrite in entries[:limit]]
            print_json(
                {
                    "manifest": manifest.model_dump(mode="json"),
                    "entries": shown,
                    "of": len(entries),
                    "templates": [
                        {"tenant_id": tenant, **entry.to_json()} for tenant, entry in templates[:limit]
                    ],
                    "templates_of": len(templates),
                    "self_aware": [{"tenant_id": tenant, **pair.to_json()} for tenant, pair in pairs[:limit]],
                    "self_aware_of": len(pairs),
                }
            )
            return
        print_table(
            f"version {table.version}",
            ("", ""),
            (
                ("created", manifest.created.isoformat(timespec="seconds")),
                ("after", manifest.parent),
                ("entries", manifest.entries),
                *((f"tenant {name}", count) for name, count in manifest.tenants.items()),
                *(
                    (f"{name}: {key}", value)
                    for name, made_from in manifest.made_from.items()
                    for key, value in made_from.items()
                    if not isinstance(value, dict)
                ),
            ),
        )
        shown_now = min(limit, len(entries))
        print_table(f"{shown_now} of {len(entries)} entries", _COLUMNS, map(_row, entries[:limit]))
        if templates:
            print_table(
                f"{min(limit, len(templates))} of {len(templates)} templates",
                ("asked", "source", "target", "wins", "turns", "customers"),
                (
                    (
                        entry.asked,
                        entry.source,
                        entry.target,
                        f"{entry.win_probability:.2f}",
                        entry.evidence.turns,
                        entry.evidence.customers,
                    )
                    for _, entry in templates[:limit]
                ),
            )

        if pairs:
            print_table(
                f"{min(limit, len(pairs))} of {len(pairs)} rewrites that were served, by what they did",
                (
                    "asked",
                    "source",
                    "target",
                    "rewritten",
                    "P(success)",
                    "left alone",
                    "P(success)",
                    "P(better)",
                    "verdict",
                ),
                (
                    (
                        pair.asked,
                        pair.source,
                        pair.target,
                        pair.rewritten.turns,
                        f"{pair.rewritten.mean:.2f}",
                        pair.plain.turns,
                        f"{pair.plain.mean:.2f}",
                        f"{pair.better:.2f}",
                        pair.verdict.value,
                    )
                    for _, pair in pairs[:limit]
                ),
            )


def _pairs(table: Table, wanted: str | None) -> list[tuple[str, Pair]]:
    """List rewrites that were served with their tenants, those that were applied most often first."""
    lookup = LearnedLookup(table)
    found = [
        (tenant, pair)
        for tenant in table.manifest.attachments
        if (known := lookup.known(tenant)) is not None
        for pair in known.pairs
        if wanted is None or wanted in pair.source or wanted in pair.target
    ]
    return sorted(found, key=lambda one: (-one[1].rewritten.turns, one[1].source, one[1].target))


def _templates(table: Table, wanted: str | None) -> list[tuple[str, Entry]]:
    """List templates with their tenants, those with most to win first."""
    lookup = LearnedLookup(table)
    found = [
        (tenant, entry)
        for tenant in table.manifest.attachments
        if (templates := lookup.templates(tenant)) is not None
        for entry in templates.entries
        if wanted is None or wanted in entry.source or wanted in entry.target
    ]
    return sorted(found, key=lambda one: (-one[1].evidence.turns * one[1].win_probability, one[1].source))


@app.command("versions")
def versions_(context: typer.Context, as_json: _Json = False) -> None:
    """List all versions, newest first; the current one is marked."""
    with refusing(as_json):
        found = versions(chosen(context).table_folder)
        if as_json:
            print_json(
                {
                    "versions": [
                        {
                            "version": one.version,
                            "current": one.current,
                            "manifest": None
                            if one.manifest is None
                            else one.manifest.model_dump(mode="json"),
                            "problem": one.problem,
                        }
                        for one in found
                    ]
                }
            )
            return
        print_table(
            "versions",
            ("", "version", "entries", "blocked", "after", "problem"),
            (
                (
                    "*" if one.current else "",
                    one.version,
                    one.manifest.entries if one.manifest else None,
                    one.manifest.blocked if one.manifest else None,
                    one.manifest.parent if one.manifest else None,
                    one.problem,
                )
                for one in found
            ),
        )


@app.command("history")
def history_(context: typer.Context, as_json: _Json = False) -> None:
    """List when which version became current, oldest first."""
    with refusing(as_json):
        lines = list(switches(chosen(context).table_folder))
        if as_json:
            print_json({"history": lines})
        else:
            columns = ("time", "action", "version", "previous")
            print_table("history", columns, ([line[name] for name in columns] for line in lines))


@app.command("diff")
def diff_(
    context: typer.Context,
    old: Annotated[str, typer.Argument(help="A version.")],
    new: Annotated[str | None, typer.Argument(help="Another; default: the current one.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many entries of each kind to show.")] = 20,
    as_json: _Json = False,
) -> None:
    """Compare two versions: entries that were added, removed, or changed in target, probability or block."""
    with refusing(as_json):
        found = diff(chosen(context).table_folder, old, new)
        if as_json:
            print_json(_diff_as_json(found))
            return
        say(
            f"{found.old} → {found.new}: {len(found.added)} added, {len(found.removed)} removed, "
            f"{len(found.changed)} changed, {found.unchanged} unchanged"
        )
        print_table("added", _COLUMNS, map(_row, found.added[:limit]))
        print_table("removed", _COLUMNS, map(_row, found.removed[:limit]))
        print_table(
            "changed",
            ("request", "asked", "said", "P(win)", "says", "P(win)"),
            (
                (
                    change.after.source,
                    change.after.asked,
                    change.before.target,
                    f"{change.before.win_probability:.3f}",
                    change.after.target,
                    f"{change.after.win_probability:.3f}",
                )
                for change in found.changed[:limit]
            ),
        )


def _diff_as_json(found: TableDiff) -> dict[str, Any]:
    return {
        "old": found.old,
        "new": found.new,
        "added": [rewrite.model_dump(mode="json") for rewrite in found.added],
        "removed": [rewrite.model_dump(mode="json") for rewrite in found.removed],
        "changed": [
            {"before": change.before.model_dump(mode="json"), "after": change.after.model_dump(mode="json")}
            for change in found.changed
        ],
        "unchanged": found.unchanged,
    }


@app.command("restore")
def restore_(
    context: typer.Context,
    version: Annotated[str, typer.Argument(help="The version to serve again.")],
    as_json: _Json = False,
) -> None:
    """Serve an older version again; nothing is deleted, and servers pick it up."""
    with refusing(as_json):
        manifest = restore(chosen(context).table_folder, version)
        if as_json:
            print_json({"status": "restored", "version": manifest.version, "entries": manifest.entries})
        else:
            say(f"version {manifest.version} is current, with {manifest.entries} entries")


@app.command("block")
def block(
    context: typer.Context,
    rewrite_id: Annotated[str | None, typer.Option("--id", help="One entry, by its rewrite_id.")] = None,
    source: Annotated[str | None, typer.Option(help="Entries for this request.")] = None,
    asked: Annotated[str | None, typer.Option(help="… after the question for this slot only.")] = None,
    target: Annotated[str | None, typer.Option(help="Entries that say this instead.")] = None,
    tenant: Annotated[str | None, typer.Option(help="Only this tenant's.")] = None,
    reason: Annotated[str, typer.Option(help="Why; it is shown and logged.")] = "blocked by a person",
    as_json: _Json = False,
) -> None:
    """Forbid entries, in every version that is or will be; servers heed it within `table.check_every`."""
    if rewrite_id is None and source is None and target is None:
        raise typer.BadParameter("say which entries: --id, --source or --target")
    with refusing(as_json):
        root = chosen(context).table_folder
        line = block_entries(
            root,
            rewrite_id=rewrite_id,
            source=source,
            asked=asked,
            target=target,
            tenant_id=tenant,
            reason=reason,
        )
        if as_json:
            print_json({"status": "blocked", **line.model_dump(mode="json")})
        else:
            say(f"blocked; lift it with `selflearn table unblock {line.block_id}`")


@app.command("unblock")
def unblock_(
    context: typer.Context,
    block_id: Annotated[str, typer.Argument(help="As `selflearn table blocks` shows it.")],
    as_json: _Json = False,
) -> None:
    """Lift a block."""
    with refusing(as_json):
        line = unblock(chosen(context).table_folder, block_id)
        if as_json:
            print_json({"status": "unblocked", **line.model_dump(mode="json")})
        else:
            say(f"block {line.block_id} is lifted")


@app.command("blocks")
def blocks(context: typer.Context, as_json: _Json = False) -> None:
    """List all blocks."""
    with refusing(as_json):
        lines = [line.model_dump(mode="json") for line in Blocklist.read(chosen(context).table_folder).blocks]
        if as_json:
            print_json({"blocks": lines})
        else:
            columns = ("block_id", "time", "reason", "tenant_id", "rewrite_id", "source", "asked", "target")
            print_table("blocks", columns, ([line[name] for name in columns] for line in lines))


@app.command("export")
def export(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="The CSV file to write.")],
    version: Annotated[str | None, typer.Option(help="Default: the current one.")] = None,
    as_json: _Json = False,
) -> None:
    """Write a version as CSV. The same lies as Parquet in the version's own folder."""
    with refusing(as_json):
        try:
            count = export_csv(chosen(context).table_folder, version, path)
        except OSError as error:
            raise CannotWrite(f"cannot write {path}: {error}") from error
        if as_json:
            print_json({"status": "exported", "path": str(path), "entries": count})
        else:
            say(f"{count} entries are in {path}")
