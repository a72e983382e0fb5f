"""The task `world`: a simulated log beside a real one, statistic by statistic, and what it teaches."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from evaluation.corpora import CorpusLog, Dstc2
from evaluation.fingerprints import fingerprint
from evaluation.splits import shared_callers
from evaluation.world.calls import calls_of
from evaluation.world.measuring import Figure, measure, widened
from evaluation.world.simulated import simulated_log
from evaluation.world.statistics import STATISTICS
from evaluation.world.transfer import LEARNERS, MAIN, Transfer, transfer
from selflearn.steps import Step
from simulator.world import load_world
from streams.errors import OutcomeError

__all__ = ["RealCalls", "WorldAnswer", "WorldQuestion", "real_calls", "statistics_beside", "world_answer"]


@dataclass(frozen=True, slots=True)
class RealCalls:
    """Where the real calls are; None where there are none."""

    train: Path | None = None
    test: Path | None = None


def real_calls(corpora: Path) -> RealCalls:
    """Find DSTC2's calls in the folder of the corpora."""
    train, test = (corpora / "dstc2" / f"dstc2_{split}.jsonl.gz" for split in ("train", "dev"))
    return RealCalls(train if train.is_file() else None, test if test.is_file() else None)


@dataclass(frozen=True, slots=True)
class WorldQuestion:
    """Which world to hold against which log.

    Attributes
    ----------
    world
        A shipped world's name, or a file.
    train, test
        Real calls: to compare with and to learn from; to judge what was learned. None: there are none here.
    customers, days
        How many simulated ones; None: as the world says.
    seed
        Of the simulation.
    """

    world: str
    train: Path | None = None
    test: Path | None = None
    customers: int | None = None
    days: int | None = None
    seed: int = 7


@dataclass(frozen=True, slots=True)
class WorldAnswer:
    """What came out.

    Attributes
    ----------
    figures
        One JSON object.
    warnings
        What the reader of the figures should know.
    judged
        What both models of the transfer test said; None where there was no test.
    """

    figures: Mapping[str, JsonValue]
    warnings: list[str]
    judged: Transfer | None


def world_answer(question: WorldQuestion, step: Step) -> WorldAnswer:
    """Simulate, measure, compare, and learn on either side.

    Raises
    ------
    EvaluationError, SimulatorError
        If a file or the world cannot be used.
    """
    world = load_world(question.world)
    inputs = {name: path for name, path in (("train", question.train), ("test", question.test)) if path}
    fingerprints: dict[str, JsonValue] = {
        name: {"file": path.name, "sha256": fingerprint(path)} for name, path in inputs.items()
    }
    simulated = simulated_log(
        world, question.seed, customers=question.customers, days=question.days, step=step
    )
    warnings = []
    real = test = None
    step("reading the real calls", None)
    if question.train is None:
        warnings.append(
            "no real calls here: only what was simulated is told (--train FILE, or SELFLEARN_DATA)"
        )
    else:
        real = Dstc2().read(question.train, ratings=True)
        if not world.file.line:
            warnings.append(f"{world.file.name} is no telephone line: it need not fit real calls of one")
    if question.test is not None:
        test = Dstc2().read(question.test, train=question.train)
        if real is not None and (shared := shared_callers(real, test)):
            warnings.append(f"{len(shared)} callers are in both logs, for instance {shared[0]}: it flatters")
    step("measuring", None)
    statistics = statistics_beside(simulated, real)
    transfers = _transfers(simulated, real, test, warnings, step)
    figures: dict[str, JsonValue] = {
        "task": "world",
        "world": world.file.name,
        "digest": world.digest,
        "seed": question.seed,
        "inputs": fingerprints,
        "simulated": _size(simulated),
        "real": _size(real) if real is not None else None,
        "statistics": {**statistics},
        "fit": sum(row["fits"] is True for row in statistics.values()),
        "of": sum(row["fits"] is not None for row in statistics.values()),
        "transfer": _transfer_figures(transfers),
        "warnings": [*warnings],
    }
    return WorldAnswer(figures, warnings, transfers.get(MAIN))


def statistics_beside(simulated: CorpusLog, real: CorpusLog | None) -> dict[str, dict[str, JsonValue]]:
    """Measure two logs, and say of each statistic whether the simulated figure lies where the real one does.

    Returns
    -------
    dict
        Name → `simulated`; `real` with `low` and `high`, its 95% interval over callers widened by a tenth; `fits`;
        `about`. What a log holds nothing for is null.
    """
    ours = measure(calls_of(simulated.turns, simulated.signals, simulated.truths), draws=1)
    theirs = {} if real is None else measure(calls_of(real.turns, real.signals, real.truths))
    return {name: _beside(name, ours[name], theirs.get(name)) for name in STATISTICS}


def _beside(name: str, ours: Figure, theirs: Figure | None) -> dict[str, JsonValue]:
    bounds = widened(theirs) if theirs is not None else None
    fits = None
    if bounds is not None:
        fits = ours.value is not None and bounds[0] <= ours.value <= bounds[1]
    return {
        "simulated": ours.value,
        "real": theirs.value if theirs is not None else None,
        "low": bounds[0] if bounds else None,
        "high": bounds[1] if bounds else None,
        "fits": fits,
        "about": STATISTICS[name].about,
    }


def _transfers(
    simulated: CorpusLog, real: CorpusLog | None, test: CorpusLog | None, warnings: list[str], step: Step
) -> dict[str, Transfer]:
    found = {}
    if real is not None and test is not None:
        for name, learn in LEARNERS.items():
            step(f"learning from {name}, on either side", None)
            try:
                found[name] = transfer(simulated, real, test, learn)
            except OutcomeError as fault:
                warnings.append(f"learning from {name}: {fault}")
    return found


def _transfer_figures(transfers: Mapping[str, Transfer]) -> dict[str, JsonValue] | None:
    """Tell the main learner's figures first, and all learners' by name."""
    if not transfers:
        return None
    main = transfers[MAIN].to_json() if MAIN in transfers else {}
    return {
        **main,
        "learned_from": MAIN,
        "by_learner": {name: found.to_json() for name, found in transfers.items()},
    }


def _size(log: CorpusLog) -> dict[str, JsonValue]:
    return {
        "customers": len({turn.customer_id for turn in log.turns}),
        "calls": len({turn.session_id for turn in log.turns}),
        "turns": len(log.turns),
    }
