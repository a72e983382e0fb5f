"""The command group `selflearn world`: which worlds there are, whether a file is one, and what it holds."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from pydantic import JsonValue

from simulator.cli.logs import draw, what_if
from simulator.cli.terminal import print_json, print_table, refusing
from simulator.errors import UnknownCorpus
from simulator.world import SHIPPED, load_world
from simulator.world.figures import figures_of, told
from simulator.world.from_corpus import CORPORA, made_from, write_world

__all__ = ["app"]

app = typer.Typer(
    name="world", help="Look at simulated worlds, check them, make further ones.", no_args_is_help=True
)

app.command("what-if")(what_if)
app.command()(draw)

_AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


@app.command("list")
def list_worlds(as_json: _AsJson = False) -> None:
    """List the worlds that come with the package."""
    with refusing(as_json):
        worlds = [load_world(name).file for name in SHIPPED]
        if as_json:
            print_json({"worlds": [{"name": file.name, "about": file.about} for file in worlds]})
        else:
            rows = [[file.name, file.customers, file.days, file.about] for file in worlds]
            print_table("worlds", ("name", "customers", "days", "about"), rows)


@app.command()
def check(
    file: Annotated[str, typer.Argument(help="A world file, or the name of a shipped world.")],
    as_json: _AsJson = False,
) -> None:
    """Check a world file; a mistake is told with its line and its reason."""
    with refusing(as_json):
        world = load_world(file)
        if as_json:
            print_json({"status": "ok", "name": world.file.name, "digest": world.digest})
        else:
            typer.echo(f"{file}: the world {world.file.name!r} holds together (digest {world.digest[:12]})")


@app.command()
def show(
    world: Annotated[str, typer.Argument(help="A shipped world, or a file.")], as_json: _AsJson = False
) -> None:
    """Show what a world holds: intents, ways to say them, catalogue, and what changes by day."""
    with refusing(as_json):
        loaded = load_world(world)
        figures = figures_of(loaded)
        if as_json:
            print_json(figures)
            return
        typer.echo(f"{loaded.file.name}: {loaded.file.about}")
        columns = ("kind", "share", "wordings", "phrasings", "seen")
        _print_rows("intents", "intent", columns, figures["intents"])
        _print_rows("catalogue", "slot", ("items", "unavailable", "tail", "head"), figures["slots"])
        if loaded.file.drift:
            print_table("what changes", ("day", "what"), told(loaded))


@app.command("from-corpus")
def from_corpus(
    corpus: Annotated[str, typer.Option(help=f"One of: {', '.join(CORPORA)}.")],
    out: Annotated[Path, typer.Option(help="The world file to write.")],
    data: Annotated[
        Path | None, typer.Option(help="Folder of the corpora; default: SELFLEARN_DATA, or ../shared/data.")
    ] = None,
    as_json: _AsJson = False,
) -> None:
    """Make a world from a public corpus: its intents, its wordings with the values cut out, its values."""
    with refusing(as_json):
        if corpus not in CORPORA:
            raise UnknownCorpus(corpus, list(CORPORA))
        root = data or Path(os.environ.get("SELFLEARN_DATA", "../shared/data"))
        told_of = CORPORA[corpus]
        note = (
            f"Made by `selflearn world from-corpus --corpus {corpus}`.\n"
            f"Texts: {told_of.licence}. Not to be committed."
        )
        write_world(made_from(corpus, root / corpus), out, note)
        world = load_world(out)
        held = {
            "intents": len(world.file.intents),
            "wordings": sum(len(intent.wordings) for intent in world.file.intents),
            "slots": len(world.file.slots),
            "values": sum(len(slot.items) for slot in world.file.slots.values()),
        }
        if as_json:
            print_json({"status": "ok", "name": corpus, "file": str(out), "digest": world.digest, **held})
        else:
            typer.echo(f"{out}: " + ", ".join(f"{count} {what}" for what, count in held.items()))


def _print_rows(title: str, first: str, columns: tuple[str, ...], found: JsonValue) -> None:
    assert isinstance(found, Mapping)
    rows = ((name, row) for name, row in found.items() if isinstance(row, Mapping))
    print_table(
        title, (first, *columns), ([name, *(row[column] for column in columns)] for name, row in rows)
    )
