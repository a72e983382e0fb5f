"""The command group `selflearn evaluate`: it joins the CLI through the entry points `selflearn.commands`."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from pydantic import JsonValue

from evaluation.answers import Question, answer_of
from evaluation.corpora import CORPORA, corpus_named
from evaluation.corpora.facts import FILES, CorpusFile, broken_rules, count
from evaluation.decisions import write_decisions
from evaluation.drawing import draw_curve
from evaluation.errors import BadQuestion, CorpusNotFound, WrongCorpus
from evaluation.metrics import curve as curve_of
from evaluation.outcome import OutcomeQuestion, outcome_answer
from evaluation.places import can_be_written, kept_or_temporary
from evaluation.product import Product
from evaluation.rephrase.cli import rephrase
from evaluation.rephrase.in_split import DetectorInSplit
from evaluation.rephrase.labels import labels_of
from evaluation.self_aware import self_aware
from evaluation.terminal import print_facts, print_json, print_outcome, print_score, refusing, steps, warn
from selflearn.cli.chosen import chosen
from selflearn.settings import Settings

__all__ = ["app"]

app = typer.Typer(name="evaluate", help="Judge what was learned by what is true.", no_args_is_help=True)
app.command()(rephrase)
app.command("self-aware")(self_aware)

#: The sections of the product's settings that decide what is learned.
_TOLD = {"mining", "outcome", "rephrase", "sessions"}


@app.command()
def rewrites(
    context: typer.Context,
    corpus: Annotated[str, typer.Option(help=f"One of: {', '.join(sorted(CORPORA))}.")],
    train: Annotated[Path, typer.Option(help="The log to learn from; its truth is not looked at.")],
    test: Annotated[Path | None, typer.Option(help="The log to judge.")] = None,
    cross_validate: Annotated[
        bool, typer.Option("--cross-validate", help="Judge the training log itself, fold by fold of callers.")
    ] = False,
    folds: Annotated[int, typer.Option(help="Folds of the cross-validation.")] = 5,
    seed: Annotated[int, typer.Option(help="Seed of the cut into folds.")] = 0,
    baselines: Annotated[bool, typer.Option(help="Judge the baselines too.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
    decisions: Annotated[Path | None, typer.Option(help="Write every turn's decision to this file.")] = None,
    curve: Annotated[Path | None, typer.Option(help="Draw wins a loss against defects removed here.")] = None,
    train_detector: Annotated[
        bool,
        typer.Option(
            "--train-detector",
            help="Mine with a detector of rephrases that is trained, split by split, on the truth of the training log.",
        ),
    ] = False,
    workdir: Annotated[
        Path | None, typer.Option(help="Keep archives and tables here; default: a temporary folder.")
    ] = None,
) -> None:
    """Learn a rewrite table from a log, rewrite what other callers said, and count wins and losses."""
    with refusing(as_json):
        if (test is None) != cross_validate:
            raise BadQuestion("give either --test FILE or --cross-validate")
        can_be_written(decisions, curve)
        settings = chosen(context)
        question = Question(
            corpus,
            train,
            test,
            folds,
            seed,
            ratings=settings.outcome.origin == "ratings",
            baselines=baselines,
            conditions={
                "outcome": settings.outcome.origin,
                "settings": settings.model_dump(mode="json", exclude_defaults=True, include=_TOLD),
                **({"detector": "trained"} if train_detector else {}),
            },
        )
        with kept_or_temporary(workdir) as folder, steps() as step:
            detector = _in_split(question, settings, folder) if train_detector else None
            answer = answer_of(question, lambda made: Product(folder, settings, made, detector), step)
        for warning in answer.warnings:
            warn(warning)
        if decisions is not None:
            write_decisions(answer.report.decisions, decisions)
        if as_json:
            print_json(answer.figures)
        else:
            print_score(f"rewrites on {corpus}", answer.figures)
        if curve is not None:
            draw_curve(curve_of(answer.report.judged), f"rewrites on {corpus}", curve)


def _in_split(question: Question, settings: Settings, folder: Path) -> DetectorInSplit:
    """Let a detector be trained where something is learned; of the truth it gets that of the training log."""
    log = corpus_named(question.corpus).read(question.train)
    return DetectorInSplit(labels_of(log), settings.sessions, folder, question.corpus, question.seed)


@app.command()
def outcome(
    context: typer.Context,
    corpus: Annotated[str, typer.Option(help=f"One of: {', '.join(sorted(CORPORA))}.")],
    train: Annotated[Path, typer.Option(help="The log to learn from; its truth is not learned from.")],
    test: Annotated[
        Path | None,
        typer.Option(help="The log to judge; default: the training log, fold by fold of callers."),
    ] = None,
    folds: Annotated[int, typer.Option(help="Folds of the cross-validation.")] = 5,
    seed: Annotated[int, typer.Option(help="Seed of the cut into folds.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Weigh the signals of success without truth, and judge how well they tell the requests that were not met."""
    with refusing(as_json):
        question = OutcomeQuestion(corpus, train, test, folds, seed, chosen(context).sessions)
        with steps() as step:
            answer = outcome_answer(question, step)
        for warning in answer.warnings:
            warn(warning)
        if as_json:
            print_json(answer.figures)
        else:
            print_outcome(f"outcome on {corpus}", answer.figures)


@app.command()
def corpora(
    data: Annotated[
        Path | None, typer.Option(help="Folder of the corpora; default: SELFLEARN_DATA, or ../shared/data.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Count what the corpora hold, and check it against what is known to be true of them."""
    with refusing(as_json):
        root = _corpora_folder(data)
        facts = {}
        with steps() as step:
            for done, file in enumerate(FILES):
                step(f"reading {file.path}", done / len(FILES))
                facts[file.path] = _facts(file, root)
        if as_json:
            print_json({path: {**found} for path, found in facts.items()})
        else:
            print_facts(facts)
        wrong = sorted(path for path, found in facts.items() if found.get("faults"))
        if wrong:
            raise WrongCorpus(root, f"not as they should be: {', '.join(wrong)}; fetch them anew")
        if not any("counts" in found for found in facts.values()):
            raise CorpusNotFound(root, "none of the corpora is in this folder")


@app.command()
def channel(
    data: Annotated[
        Path | None, typer.Option(help="Folder of the corpora; default: SELFLEARN_DATA, or ../shared/data.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
    figure: Annotated[Path | None, typer.Option(help="Draw the errors an utterance here.")] = None,
) -> None:
    """Compare what the noise channel mishears with what real recognisers did, of the same utterances."""
    from evaluation.channel.measure import measure_channel
    from evaluation.channel.table import draw_errors, print_compared

    with refusing(as_json):
        can_be_written(figure)
        with steps() as step:
            answer, compared = measure_channel(_corpora_folder(data), step)
        if figure is not None:
            draw_errors(compared, figure)
        if as_json:
            print_json(answer)
        else:
            print_compared(compared)


@app.command()
def durability(
    runs: Annotated[int, typer.Option(min=1, help="Points at which the worker is killed.")] = 100,
    seed: Annotated[int, typer.Option(help="Seed of the points.")] = 7,
    only: Annotated[
        list[str] | None, typer.Option(help="Only this scenario; may be repeated. Default: all.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
    workdir: Annotated[
        Path | None, typer.Option(help="Keep logs and archives here; default: a temporary folder.")
    ] = None,
) -> None:
    """Kill worker, broker, server and table job for real, start them again, and count what was lost or doubled."""
    from evaluation.durability import measure_durability

    with refusing(as_json), kept_or_temporary(workdir) as folder, steps() as step:
        answer = measure_durability(runs=runs, seed=seed, folder=folder, step=step, only=only)
    _print(f"killed and started again, seed {seed}", answer, as_json)


@app.command()
def malformed(
    records: Annotated[int, typer.Option(min=100, help="Malformed records to make.")] = 100_000,
    seed: Annotated[int, typer.Option(help="Seed of what is made.")] = 7,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
    workdir: Annotated[
        Path | None, typer.Option(help="Keep logs and archives here; default: a temporary folder.")
    ] = None,
) -> None:
    """Mix malformed records of stated kinds among good ones: the bad are refused with a reason, the good kept."""
    from evaluation.malformed import measure_malformed

    with refusing(as_json), kept_or_temporary(workdir) as folder, steps() as step:
        answer = measure_malformed(records=records, seed=seed, folder=folder, step=step)
    _print(f"malformed records, seed {seed}", answer, as_json)


@app.command()
def ab(
    world: Annotated[str, typer.Option(help="A shipped world's name, or a world file.")] = "household",
    seed: Annotated[int, typer.Option(help="Seed of all chance; the arms share it.")] = 7,
    customers: Annotated[
        int | None, typer.Option(min=1, help="How many; default: the world's own number.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, help="Days on which the arms differ.")] = 30,
    learn_days: Annotated[
        int, typer.Option(min=1, help="Days before them, on which the product only listens.")
    ] = 10,
    learns: Annotated[
        bool, typer.Option(help="The product learns anew every night, or keeps its first table.")
    ] = True,
    arm: Annotated[
        list[str] | None, typer.Option(help="Only this arm, beside `off`; may be repeated. Default: all.")
    ] = None,
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
    """Let the people of a simulated world live with rewriting off and on, and count what it changed."""
    from evaluation.ab import AbQuestion, ab_answer, draw_course, print_arms, write_seen

    with refusing(as_json):
        can_be_written(decisions, figure)
        question = AbQuestion(world, seed, customers, learn_days, days, learns, tuple(arm or ()))
        with kept_or_temporary(workdir) as folder, steps() as step:
            answer = ab_answer(question, folder, step)
        if decisions is not None:
            write_seen(answer.seen, decisions)
        if figure is not None:
            draw_course(answer.figures, figure)
        if as_json:
            print_json(answer.figures)
        else:
            print_arms(answer.figures)


@app.command()
def poisoning(
    world: Annotated[str, typer.Option(help="A shipped world's name, or a world file.")] = "household",
    seed: Annotated[int, typer.Option(help="Seed of the honest traffic.")] = 7,
    customers: Annotated[
        int | None, typer.Option(min=1, help="Honest ones; default: the world's own number.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, help="Days of honest traffic.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
    workdir: Annotated[
        Path | None, typer.Option(help="Keep data folders here; default: a temporary folder.")
    ] = None,
) -> None:
    """Let customers who do not exist plant a rewrite, and say how many of them it takes."""
    from evaluation.poisoning import PoisoningQuestion, measure_poisoning, print_poisoning

    with refusing(as_json):
        with kept_or_temporary(workdir) as folder, steps() as step:
            answer = measure_poisoning(PoisoningQuestion(world, seed, customers, days), folder, step)
        if as_json:
            print_json(answer)
        else:
            print_poisoning(answer)


def _corpora_folder(named: Path | None) -> Path:
    root = named or Path(os.environ.get("SELFLEARN_DATA", "../shared/data"))
    if not root.is_dir():
        raise CorpusNotFound(root, "no such folder; name the corpora's with --data or SELFLEARN_DATA")
    return root


@app.command()
def world(
    world: Annotated[str, typer.Option(help="A shipped world's name, or a world file.")] = "restaurant-line",
    train: Annotated[
        Path | None, typer.Option(help="Real calls, of DSTC2; default: those of SELFLEARN_DATA, where there.")
    ] = None,
    test: Annotated[
        Path | None, typer.Option(help="Real calls to judge on what was learned; default: the same.")
    ] = None,
    customers: Annotated[
        int | None, typer.Option(min=1, help="How many are simulated; default: the world's own number.")
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, help="How many are simulated; default: the world's own number.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the simulation.")] = 7,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
    decisions: Annotated[
        Path | None, typer.Option(help="Write what both models said of every real test request to this file.")
    ] = None,
    figure: Annotated[Path | None, typer.Option(help="Draw the statistics here.")] = None,
) -> None:
    """Hold a simulated world against real calls: the same statistics of both, and what is learned on either."""
    from evaluation.world.answer import WorldQuestion, real_calls, world_answer
    from evaluation.world.showing import draw_world, print_world, write_judged

    with refusing(as_json):
        can_be_written(decisions, figure)
        found = real_calls(Path(os.environ.get("SELFLEARN_DATA", "../shared/data")))
        with steps() as step:
            answer = world_answer(
                WorldQuestion(world, train or found.train, test or found.test, customers, days, seed), step
            )
        for warning in answer.warnings:
            warn(warning)
        if decisions is not None and answer.judged is not None:
            write_judged(answer.judged, decisions)
        if figure is not None:
            draw_world(answer.figures, figure)
        if as_json:
            print_json(answer.figures)
        else:
            print_world(answer.figures)


def _print(title: str, answer: Mapping[str, JsonValue], as_json: bool) -> None:
    if as_json:
        print_json(answer)
    else:
        print_score(title, answer)


def _facts(file: CorpusFile, root: Path) -> Mapping[str, JsonValue]:
    path, train = root / file.path, root / file.train if file.train else None
    absent = [str(needed) for needed in (path, train) if needed is not None and not needed.is_file()]
    if absent:
        return {"absent": [*absent]}
    log = corpus_named(file.corpus).read(path, train=train)
    counts = count(log)
    faults = [
        f"{name} is {counts.get(name, 0)}, should be {wanted}"
        for name, wanted in file.expected.items()
        if counts.get(name, 0) != wanted
    ]
    return {"counts": {**counts}, "faults": [*faults, *broken_rules(log)]}
