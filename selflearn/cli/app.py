"""The command line: our commands, those of plugins, and the flags before them."""

import json
import logging
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from selflearn.cli.chosen import Chosen
from selflearn.cli.plugins import load, plugins

__all__ = ["app", "main"]

#: Where each command is; a module is loaded when its command is asked for, so that each needs its own extra only.
_COMMANDS: dict[str, str] = {
    "quickstart": "selflearn.cli.quickstart",
    "ingest": "selflearn.cli.ingest",
    "mapping": "selflearn.cli.mapping",
    "learn": "selflearn.cli.learn",
    "rephrase": "selflearn.cli.rephrase",
    "table": "selflearn.cli.table",
    "failing": "selflearn.cli.failing",
    "explain": "selflearn.cli.explain",
    "serve": "selflearn.cli.serve",
    "keys": "selflearn.cli.keys",
    "switch": "selflearn.cli.switch",
    "backup": "selflearn.cli.backup",
    "restore": "selflearn.cli.restore",
    "retain": "selflearn.cli.retain",
    "upgrade": "selflearn.cli.upgrade",
    "schema": "selflearn.cli.schema",
}


class _Commands(TyperGroup):
    """Our commands in the order in which they are used, then those of plugins."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [*_COMMANDS, *(name for name in plugins() if name not in _COMMANDS)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name in _COMMANDS:
            found: typer.Typer | None = import_module(_COMMANDS[cmd_name]).app
        else:
            point = plugins().get(cmd_name)
            found = None if point is None else load(point)
        if found is None:
            return None
        command = get_command(found)
        command.name = cmd_name
        return command


app = typer.Typer(
    name="selflearn",
    cls=_Commands,
    help="Learn better requests from dialogue logs, and serve them.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(version_of("selflearn"))
        raise typer.Exit


@app.callback()
def _before(
    context: typer.Context,
    settings: Annotated[
        Path | None,
        typer.Option(help="The settings' file; default: SELFLEARN_SETTINGS, or ./selflearn.toml."),
    ] = None,
    data_folder: Annotated[
        Path | None, typer.Option(help="Folder of archive, table, dead letters and decisions.")
    ] = None,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", help="One setting, section.name=value; may be repeated.")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log what is going on.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Note the flags before the command; settings are read when it wants them."""
    level = logging.INFO if verbose else logging.WARNING
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    chosen = list(overrides or ())
    if data_folder is not None:
        # Quoted as TOML wants it, so that a folder may be called 1 or true.
        chosen.append(f"data_folder={json.dumps(str(data_folder))}")
    context.obj = Chosen(settings, tuple(chosen))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line, and exit with the code that `selflearn.cli.exits` describes."""
    app(args=None if arguments is None else list(arguments))
