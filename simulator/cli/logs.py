"""The commands `selflearn world what-if` and `draw`: what a written log tells by its truth."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import JsonValue

from simulator.assistant import Answer
from simulator.cli.terminal import print_json, print_table, refusing, steps
from simulator.errors import NotSayable
from simulator.simulation.counterfactual import counterfactual
from simulator.simulation.picture import draw_log
from simulator.simulation.written import written_turn
from simulator.world.grammar import sayable

__all__ = ["draw", "what_if"]


def what_if(
    log: Annotated[Path, typer.Argument(help="A folder that selflearn simulate has written.")],
    turn: Annotated[str, typer.Argument(help="Id of one of its turns.")],
    text: Annotated[str, typer.Argument(help="What the NLU is to get in place of what was heard.")],
    truth: Annotated[Path | None, typer.Option(help="Folder of the truth; default: LOG/truth.")] = None,
    world: Annotated[
        str | None, typer.Option(help="The world's file; default: the shipped world of the log's name.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Tell how a simulated turn would have ended with another text: the counterfactual of a rewrite."""
    with refusing(as_json):
        found = written_turn(log, turn, truth=truth, world=world)
        if not sayable(text):
            raise NotSayable(text)
        with steps() as step:
            step("training the assistant", None)
            was = counterfactual(found.world, found.truth, found.turn.utterance)
            would = counterfactual(found.world, found.truth, text)
        told = {"as_it_was": _ended(found.turn.utterance, was), "with_text": _ended(text, would)}
        if as_json:
            print_json({"turn_id": turn, "said": found.truth.transcription, **told})
            return
        typer.echo(f"{turn}: somebody said {found.truth.transcription!r}")
        rows = [[name, *(_shown(each[name]) for each in told.values())] for name in told["as_it_was"]]
        print_table("what if", ("", "as it was", "with the text"), rows)


def draw(
    log: Annotated[Path, typer.Argument(help="A folder that selflearn simulate has written.")],
    out: Annotated[Path, typer.Option(help="The picture: .png, .svg or .pdf.")],
    truth: Annotated[Path | None, typer.Option(help="Folder of the truth; default: LOG/truth.")] = None,
    world: Annotated[
        str | None, typer.Option(help="The world's file; default: the shipped world of the log's name.")
    ] = None,
) -> None:
    """Draw a simulated log: where failures begin, day by day, and a day in one home."""
    with refusing():
        days = draw_log(log, out, truth=truth, world=world)
        typer.echo(f"{out}: {days} days")


def _ended(text: str, answer: Answer) -> dict[str, JsonValue]:
    return {
        "text": text,
        "nlu": answer.nlu[0].key,
        "entities": [each.entity_id for each in answer.entities],
        "response": answer.response.text,
        "status": answer.response.status and answer.response.status.value,
        "action": answer.response.action,
        "defect": answer.defect,
        "failure_point": answer.failure_point.value,
        "wrong": list(answer.wrong),
        "unsupported": answer.unsupported,
    }


def _shown(value: JsonValue) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value in (None, "") else str(value)
