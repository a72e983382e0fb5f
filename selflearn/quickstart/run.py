"""The quickstart from end to end: ingest the bundled log, learn a table, serve it, ask it."""

import gzip
import json
import shlex
import sys
from collections.abc import Sequence
from importlib.resources import as_file, files
from pathlib import Path

import orjson
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)

from rewrite_offline.lookup import LearnedLookup
from rewrite_offline.table import Table
from selflearn.access import refuse_open
from selflearn.api import create_app
from selflearn.ending import until_told
from selflearn.errors import NothingNew
from selflearn.ingestion import ingest
from selflearn.learning import learn_rewrites
from selflearn.quickstart.asking import ask, curl
from selflearn.quickstart.examples import example_of_a_template, examples
from selflearn.quickstart.probe import probe, question
from selflearn.quickstart.server import listen, serving
from selflearn.settings import Settings
from streams.records import Rewrite

__all__ = ["run"]

_LOG = "selflearn.quickstart.household"


def run(settings: Settings, console: Console, *, check: bool = False) -> None:
    """Take the bundled log to served rewrites, and serve until Ctrl-C.

    Over the data of a former run it goes on: what was read is not read twice, and where nothing is new the table
    stays.

    Parameters
    ----------
    settings
        Where data goes and where to listen.
    console
        Where to tell of it.
    check
        Probe the API, and end.

    Raises
    ------
    OpenToOthers
        The address can be reached from elsewhere: the quickstart asks for no keys.
    QuickstartError
        The port is taken, the server does not come up, or an answer is not as it should be.
    SelflearnError, StreamError, RewriteOfflineError
        As ingestion and learning raise them.
    """
    # Before anything is learned: a taken port should not cost a minute to find out.
    asking = _open(settings)
    with listen(settings.api.host, settings.api.port) as listener:
        _learn(settings, console)
        table = Table.open(settings.table_folder)
        shown = examples(table)
        templated = example_of_a_template(LearnedLookup(table), _said())
        shown += [templated] if templated is not None else []
        with serving(create_app(asking), listener) as address:
            if check:
                for fact in probe(address, table.version, shown):
                    console.print(f"[green]✓[/green] {escape(fact)}")
                return
            with until_told() as ended:
                _show(console, settings, table, address, shown)
                ended.wait()
    console.print("\nStopped. `make quickstart` serves again, in seconds.")


def _open(settings: Settings) -> Settings:
    """Ask for no keys: whoever tries the quickstart has none."""
    chosen = settings.model_copy(update={"access": settings.access.model_copy(update={"open": True})})
    refuse_open(chosen.access, settings.api.host)
    return chosen


def _learn(settings: Settings, console: Console) -> None:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress, as_file(files(_LOG)) as log:
        reading = progress.add_task("Reading the bundled log", total=_lines(log))
        read = ingest(
            settings,
            str(log),
            on_progress=lambda counts: progress.update(reading, completed=counts.read),
        )
        told = (
            f"{read.counts.kept:,} records into the archive"
            if read.counts.read
            else "The log was read before"
        )
        progress.update(reading, description=told, total=1, completed=1)
        learning = progress.add_task("Learning", total=None)

        def step(what: str, share: float | None) -> None:
            total = None if share is None else 100
            progress.update(
                learning, description=what.capitalize(), total=total, completed=100 * (share or 0)
            )

        try:
            learned = learn_rewrites(_detecting(settings), step=step)
            told = (
                f"{learned.manifest.entries} rewrites, {learned.mined.templates} templates "
                f"from {learned.mined.turns:,} turns"
            )
        except NothingNew as same:
            told = f"Nothing new to learn: table {same.version} stays"
        progress.update(learning, description=told, total=1, completed=1)
    if read.counts.refused:
        refused = ", ".join(f"{count} {reason}" for reason, count in read.counts.refused.items())
        console.print(f"Refused: {refused}; see {read.dead_letters}")


def _detecting(settings: Settings) -> Settings:
    """Read the log with the shipped detector of rephrases, unless something else is asked for."""
    if "detector" in settings.rephrase.model_fields_set:
        return settings
    return settings.model_copy(
        update={"rephrase": settings.rephrase.model_copy(update={"detector": "shipped"})}
    )


def _said() -> dict[str, str]:
    """Read what was said in the bundled log, by turn."""
    with as_file(files(_LOG)) as log, gzip.open(log / "dialogue.turns.jsonl.gz") as lines:
        return {turn["turn_id"]: turn["utterance"] for turn in map(orjson.loads, lines)}


def _lines(log: Path) -> int:
    """Count what there is to read, for the bar."""
    total = 0
    for path in sorted(log.glob("*.jsonl.gz")):
        with gzip.open(path) as lines:
            total += sum(1 for _ in lines)
    return total


def _show(console: Console, settings: Settings, table: Table, address: str, shown: Sequence[Rewrite]) -> None:
    console.print(f"\nServing {len(table)} rewrites at [bold]{address}[/bold]. Try in another terminal:\n")
    for entry in shown:
        body = question(entry)
        answer = ask(address, "/v1/rewrite", body).json()
        # Plain and unwrapped, so that it can be copied.
        console.print(
            curl(address, "/v1/rewrite", body), style="cyan", markup=False, highlight=False, soft_wrap=True
        )
        console.print(json.dumps(answer, ensure_ascii=False), markup=False, highlight=False, soft_wrap=True)
        console.print()
    for what, where in (
        ("Docs page", f"{address}/docs"),
        ("Metrics", f"{address}/metrics"),
        ("Table", settings.table_folder / "versions" / table.version),
    ):
        console.print(f"{what:<12}{where}", markup=False, soft_wrap=True)
    command = f"{shlex.quote(sys.argv[0])} --data-folder {shlex.quote(str(settings.data_folder))}"
    console.print("\nLook into it:\n")
    explained = [f"explain {shlex.quote(entry.source)}" for entry in shown[:1]]
    for arguments in ("table show", "failing", *explained):
        console.print(f"{command} {arguments}", style="cyan", markup=False, soft_wrap=True)
    console.print("\nCtrl-C ends.")
