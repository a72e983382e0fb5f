"""`selflearn rephrase`: train a detector of rephrases, look at one, and let it read the archive."""

import sys
from pathlib import Path
from typing import Annotated

import orjson
import typer

from selflearn.cli.chosen import chosen
from selflearn.cli.terminal import print_json, print_table, refusing, steps

__all__ = ["app"]

app = typer.Typer(
    help="Detect rephrases: which later request says an earlier one again.", no_args_is_help=True
)


@app.command()
def train(
    context: typer.Context,
    labels: Annotated[
        Path, typer.Option(help="Label records, JSON lines: rephrases and best_rephrase by turn.")
    ],
    out: Annotated[Path, typer.Option(help="The detector's folder; one that is there is replaced.")],
    data: Annotated[str, typer.Option(help="What the log is, for the model card.")] = "a log",
    licence: Annotated[str, typer.Option(help="Of the log, for the model card.")] = "not stated",
    encoder: Annotated[
        str | None, typer.Option(help="A folder or a Hugging Face name; default: the package's encoder.")
    ] = None,
    layers: Annotated[int, typer.Option(min=1, help="Upper layers that are the detector's own.")] = 1,
    epochs: Annotated[int, typer.Option(min=1, help="At most.")] = 4,
    seed: Annotated[int, typer.Option(min=0, help="Of shuffling, dropout and who is held out.")] = 7,
    tenant: Annotated[str, typer.Option(help="Whose sessions.")] = "default",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Train a detector on the archive's sessions and on labels, and write it down as an artifact.

    A training that was broken off goes on where it was. Needs the extra `train`.
    """
    with refusing(as_json):
        from selflearn.rephrase_training import Wanted, train_on_archive

        wanted = Wanted(labels, out, data, licence, encoder, layers, epochs, seed, tenant)
        with steps() as step:
            answer = train_on_archive(chosen(context), wanted, step)
        if as_json:
            print_json(answer)
        else:
            print_table(
                f"detector in {out}", ("", ""), [(name, str(value)) for name, value in answer.items()]
            )


@app.command()
def detect(
    context: typer.Context,
    tenant: Annotated[str, typer.Option(help="Whose sessions.")] = "default",
    detector: Annotated[
        str | None, typer.Option(help="`shipped` or a folder; default: the setting rephrase.detector.")
    ] = None,
) -> None:
    """Read the archive's sessions and write a line for each rephrase found: turn_id, rephrase, confidence."""
    with refusing(True):
        from rewrite_offline import Portion
        from selflearn.errors import SettingsError
        from selflearn.rephrasing import find_rephrases, open_detector
        from streams.archive import Archive

        settings = chosen(context)
        if detector is not None:
            named = settings.rephrase.model_copy(update={"detector": detector})
            settings = settings.model_copy(update={"rephrase": named})
        opened = open_detector(settings)
        if opened is None:
            raise SettingsError("no detector is named; give --detector shipped, or set rephrase.detector")
        portion = Portion(Archive(settings.archive_folder), settings.sessions, tenant)
        with steps() as step:
            links = find_rephrases(settings, opened, portion, step)
        for turn_id, (later, confidence) in sorted(links.found.items()):
            if confidence >= opened.calibration.threshold:
                line = {"turn_id": turn_id, "rephrase": later, "confidence": round(confidence, 6)}
                sys.stdout.write(orjson.dumps(line).decode() + "\n")


@app.command()
def show(
    folder: Annotated[Path | None, typer.Argument(help="A detector; default: the shipped one.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Show a detector's model card, after checking that its files are what was written."""
    with refusing(as_json):
        from backbone.artifact import read_artifact
        from rewrite_offline.rephrase import SHIPPED
        from rewrite_offline.rephrase.reading import COMMAND

        artifact = read_artifact(folder or SHIPPED, command=COMMAND)
        if as_json:
            print_json({**artifact.card.model_dump(mode="json"), "content": artifact.content})
        else:
            sys.stdout.write(artifact.card.markdown())
