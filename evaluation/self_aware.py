"""`selflearn evaluate self-aware`."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from evaluation.errors import CannotWrite
from evaluation.terminal import print_json, refusing, steps

__all__ = ["self_aware"]


def self_aware(
    world: Annotated[str, typer.Option(help="A shipped world's name, or a world file.")] = "household",
    seed: Annotated[int, typer.Option(help="Seed of all chance; the arms share it.")] = 7,
    customers: Annotated[
        int | None, typer.Option(min=1, help="How many; default: the world's own number.")
    ] = None,
    days: Annotated[int, typer.Option(min=10, help="Days on which the product rewrites.")] = 30,
    learn_days: Annotated[
        int, typer.Option(min=1, help="Days before them, on which the product only listens.")
    ] = 10,
    model: Annotated[
        bool, typer.Option(help="Learn the emission model too, which takes twice as long.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
    decisions: Annotated[
        Path | None, typer.Option(help="Write what came of every request to this file.")
    ] = None,
    figure: Annotated[Path | None, typer.Option(help="Draw the course over the days here.")] = None,
    workdir: Annotated[
        Path | None,
        typer.Option(help="Keep the arms here, and take up what is finished; default: a temporary folder."),
    ] = None,
) -> None:
    """Let the product learn every night from its own traffic, knowing its own rewrites and not, and compare."""
    from evaluation.ab.seen import write_seen
    from evaluation.ab.self_aware import (
        SelfAwareQuestion,
        draw_self_aware,
        print_self_aware,
        self_aware_answer,
    )

    with refusing(as_json):
        for path in (decisions, figure):
            if path is not None and not path.absolute().parent.is_dir():
                raise CannotWrite(f"{path}: there is no folder {path.absolute().parent}")
        question = SelfAwareQuestion(world, seed, customers, learn_days, days, model)
        with TemporaryDirectory(prefix="selflearn-evaluate-") as temporary, steps() as step:
            folder = workdir or Path(temporary)
            folder.mkdir(parents=True, exist_ok=True)
            answer = self_aware_answer(question, folder, step)
        if decisions is not None:
            write_seen(answer.seen, decisions)
        if figure is not None:
            draw_self_aware(answer.figures, figure)
        if as_json:
            print_json(answer.figures)
        else:
            print_self_aware(answer.figures)
