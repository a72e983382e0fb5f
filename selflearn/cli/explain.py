"""`selflearn explain`: what led to an entry, or why one request was rewritten or not."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from selflearn.cli.chosen import chosen
from selflearn.cli.terminal import print_json, print_table, refusing, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rewrite_offline.self_aware import Pair, Side
    from rewrite_offline.table import Table
    from streams.records import Rewrite

__all__ = ["app"]

app = typer.Typer()


@app.command()
def explain(
    context: typer.Context,
    utterance: Annotated[str | None, typer.Argument(help="The request.")] = None,
    request: Annotated[
        str | None, typer.Option(help="Instead of the utterance: the id of a request that was answered.")
    ] = None,
    asked: Annotated[str | None, typer.Option(help="Slot that the assistant had asked for.")] = None,
    tenant: Annotated[str, typer.Option(help="Whose table.")] = "default",
    version: Annotated[
        str | None, typer.Option(help="Version of the table; default: the current one.")
    ] = None,
    draw: Annotated[
        Path | None, typer.Option("--draw", "--out", help="Draw it into this PNG, SVG or PDF.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many meanings to show.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Show what a request may have meant, where its customers ended satisfied, and what is said instead.

    With --request: what was decided on one request that was answered, and why.

    Exit codes: 0 explained, 2 no decision on a request of this id is kept, 4 the table's log says nothing about this
    request, 5 the table or the drawing cannot be read or written.
    """
    if (utterance is None) is (request is None):
        raise typer.BadParameter("name an utterance, or a request by --request")
    if request is not None:
        _explain_request(context, request, tenant, draw, as_json)
    elif utterance is not None:
        _explain_utterance(context, utterance, asked, tenant, version, draw, limit, as_json)


def _explain_request(
    context: typer.Context, request_id: str, tenant: str, draw: Path | None, as_json: bool
) -> None:
    with refusing(as_json):
        from selflearn.decisions import DecisionFiles, entry_of, why
        from selflearn.errors import Unknown

        settings = chosen(context)
        files = DecisionFiles(settings.decision_folder)
        found = files.find(tenant, request_id)
        if found is None:
            files.begin()
            found = files.find(tenant, request_id)
        if found is None:
            raise Unknown(
                f"there is no decision on a request {request_id!r} of tenant {tenant!r}, or it expired"
            )
        entry = entry_of(found, settings.table_folder)
        told = why(found, entry)
        if draw is not None:
            from selflearn.decisions.drawing import draw_decision

            draw_decision(found, draw, entry)
        if as_json:
            print_json({"decision": found.model_dump(mode="json"), "why": told})
            return
        for sentence in told:
            typer.echo(sentence)


def _explain_utterance(
    context: typer.Context,
    utterance: str,
    asked: str | None,
    tenant: str,
    version: str | None,
    draw: Path | None,
    limit: int,
    as_json: bool,
) -> None:
    with refusing(as_json):
        from rewrite_offline import explain as explanation_of
        from rewrite_offline.errors import NothingKnown
        from rewrite_offline.table import Table

        table = Table.open(chosen(context).table_folder, version)
        try:
            found = explanation_of(table, utterance, asked, tenant=tenant)
        except NothingKnown:
            # Too few said this very text; what they said may still be an example of a template.
            if draw is not None or not _explain_template(table, utterance, asked, tenant, as_json):
                raise
            return
        rewrite, likely = found.rewrite, found.meant[:limit]
        pairs = _pairs(table, found.asked, found.utterance, tenant)
        if draw is not None:
            from rewrite_offline.drawing import draw as draw_into

            draw_into(found, draw)
        if as_json:
            print_json(
                {
                    "version": table.version,
                    "utterance": found.utterance,
                    "asked": found.asked,
                    "rewrite": None if rewrite is None else rewrite.model_dump(mode="json"),
                    "self_aware": [pair.to_json() for pair in pairs],
                    "meant": [{"state": one.state, "emitted": one.emitted, "end": one.end} for one in likely],
                    "steps": [
                        {"from": a, "to": b, "probability": data["probability"], "kind": data["kind"]}
                        for a, b, data in found.graph.subgraph(
                            ["source", *(one.state for one in likely)]
                        ).edges(data=True)
                    ],
                }
            )
            return
        print_table(
            f"“{found.utterance}”: {len(likely)} of {len(found.meant)} meanings, version {table.version}",
            ("meaning", "P(meant)", "P(ends there satisfied)"),
            (
                (found.graph.nodes[one.state]["label"], f"{one.emitted:.3f}", f"{one.end:.3f}")
                for one in likely
            ),
        )
        _print_pairs(pairs)
        if rewrite is None:
            if not _explain_template(table, utterance, asked, tenant, as_json):
                say("no rewrite: no meaning is sure enough, or a guard refused it (see `selflearn failing`)")
            return
        print_table(
            "its rewrite",
            ("", ""),
            (*_rows_of(rewrite),),
        )


def _explain_template(table: "Table", utterance: str, asked: str | None, tenant: str, as_json: bool) -> bool:
    """Tell of the template that a request is an example of; False where there is none."""
    from rewrite_offline.lookup import LearnedLookup
    from rewrite_offline.table import RewriteQuery

    query = RewriteQuery(utterance, asked=asked, tenant_id=tenant)
    lookup = LearnedLookup(table)
    templates = lookup.templates(tenant)
    example, rewrite = (None if templates is None else templates.example_of(query)), lookup.find(query)
    if example is None or rewrite is None:
        return False
    entry, values = example
    pairs = [*_pairs(table, asked, entry.source, tenant), *_pairs(table, asked, rewrite.source, tenant)]
    if as_json:
        print_json(
            {
                "version": table.version,
                "utterance": rewrite.source,
                "asked": asked,
                "rewrite": rewrite.model_dump(mode="json"),
                "template": entry.to_json(),
                "values": values,
                "self_aware": [pair.to_json() for pair in pairs],
                "meant": [],
                "steps": [],
            }
        )
        return True
    print_table(
        f"“{rewrite.source}” is an example of “{entry.source}”, version {table.version}",
        ("", ""),
        (
            *((f"{{{name}}}", value) for name, value in values.items()),
            ("template of it", entry.target),
            *_rows_of(rewrite),
        ),
    )
    _print_pairs(pairs)
    return True


def _pairs(table: "Table", asked: str | None, source: str, tenant: str) -> "list[Pair]":
    """Give what the rewrites of a request, or of a template, did."""
    from rewrite_offline.lookup import LearnedLookup

    known = LearnedLookup(table).known(tenant)
    return [] if known is None else known.pairs_of(asked, source)


def _print_pairs(pairs: "Sequence[Pair]") -> None:
    for pair in pairs:
        print_table(f"what “{pair.source}” → “{pair.target}” did", ("", ""), _rows_of_pair(pair))


def _rows_of_pair(pair: "Pair") -> list[tuple[str, object]]:
    """Tell the posteriors of a rewrite."""
    return [
        *(
            (f"{name}: turns, customers, votes won and lost, P(success)", _told(side))
            for name, side in (("rewritten", pair.rewritten), ("left alone", pair.plain))
        ),
        ("P(better)", f"{pair.better:.3f}"),
        ("verdict", pair.verdict.value),
    ]


def _told(side: "Side") -> str:
    return f"{side.turns}, {side.people}, {side.won:.1f} and {side.lost:.1f}, {side.mean:.2f}"


def _rows_of(rewrite: "Rewrite") -> list[tuple[str, object]]:
    """Tell what is said instead, and what speaks for it."""
    evidence = rewrite.evidence
    return [
        ("say instead", rewrite.target),
        ("wins with probability", f"{rewrite.win_probability:.3f}"),
        ("turns", evidence.turns),
        ("customers", evidence.customers),
        ("P(success) as it is", f"{evidence.source_success:.3f}"),
        ("P(success) of what is said instead", f"{evidence.target_success:.3f}"),
        ("improvement, at least", f"{evidence.improvement_low:.3f}"),
        ("blocked", rewrite.blocked),
        ("some of the turns", ", ".join(evidence.turn_ids)),
    ]
