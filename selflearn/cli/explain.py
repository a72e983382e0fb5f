"""`selflearn explain`: what led to an entry."""

from pathlib import Path
from typing import Annotated

import typer

from selflearn.cli.chosen import chosen
from selflearn.cli.terminal import print_json, print_table, refusing, say

__all__ = ["app"]

app = typer.Typer()


@app.command()
def explain(
    context: typer.Context,
    utterance: Annotated[str, typer.Argument(help="The request.")],
    asked: Annotated[str | None, typer.Option(help="Slot that the assistant had asked for.")] = None,
    tenant: Annotated[str, typer.Option(help="Whose table.")] = "default",
    version: Annotated[
        str | None, typer.Option(help="Version of the table; default: the current one.")
    ] = None,
    draw: Annotated[
        Path | None, typer.Option(help="Draw the neighbourhood into this PNG, SVG or PDF.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many meanings to show.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Show what a request may have meant, where its customers ended satisfied, and what is said instead.

    Exit codes: 0 explained, 4 the table's log says nothing about this request, 5 the table or the drawing cannot be
    read or written.
    """
    with refusing(as_json):
        from rewrite_offline import explain as explanation_of
        from rewrite_offline.table import Table

        table = Table.open(chosen(context).table_folder, version)
        found = explanation_of(table, utterance, asked, tenant=tenant)
        rewrite, likely = found.rewrite, found.meant[:limit]
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
        if rewrite is None:
            say("no rewrite: no meaning is sure enough, or a guard refused it (see `selflearn failing`)")
            return
        evidence = rewrite.evidence
        print_table(
            "its rewrite",
            ("", ""),
            (
                ("say instead", rewrite.target),
                ("wins with probability", f"{rewrite.win_probability:.3f}"),
                ("turns", evidence.turns),
                ("customers", evidence.customers),
                ("P(success) as it is", f"{evidence.source_success:.3f}"),
                ("P(success) of what is said instead", f"{evidence.target_success:.3f}"),
                ("improvement, at least", f"{evidence.improvement_low:.3f}"),
                ("blocked", rewrite.blocked),
                ("some of the turns", ", ".join(evidence.turn_ids)),
            ),
        )
