"""All scenarios, or those that are asked for, and what they add up to."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from evaluation.broker import broker_command
from evaluation.durability.broker import broker_consuming, broker_producing
from evaluation.durability.full_disk import full_disk
from evaluation.durability.group import group
from evaluation.durability.lateness import lateness
from evaluation.durability.learning import learning
from evaluation.durability.publishing import publishing
from evaluation.durability.serving import serving
from evaluation.durability.trials import Trials
from evaluation.durability.worker import worker_files, worker_kafka
from evaluation.errors import BadQuestion
from selflearn.steps import Step

__all__ = ["SCENARIOS", "measure_durability"]

#: By name: the scenario, the share of `runs` that it takes, and whether it needs a broker.
SCENARIOS: Mapping[str, tuple[Callable[[Trials, int], dict[str, Any]], float, bool]] = {
    "worker_files": (worker_files, 1.0, False),
    "worker_kafka": (worker_kafka, 1.0, True),
    "broker_producing": (broker_producing, 0.05, True),
    "broker_consuming": (broker_consuming, 0.05, True),
    "group": (group, 0.05, True),
    "serving": (serving, 0.05, False),
    "publishing": (publishing, 0.5, False),
    "learning": (learning, 0.05, False),
    "full_disk": (full_disk, 0.09, False),
    "lateness": (lateness, 0.05, False),
}

#: What must be nought in every scenario.
_FAULTS = ("lost", "doubled", "changed", "copies_after_compaction", "letters_lost", "halves")
_ADDED = ("kills", "replays", "turns_sent", *_FAULTS)


def measure_durability(
    runs: int, seed: int, folder: Path, step: Step, only: Sequence[str] | None = None
) -> dict[str, Any]:
    """Kill real processes with SIGKILL, start them again, and count what was lost or doubled.

    A trial that is done is noted in `folder`: the same question asked again there goes on where it was ended.

    Parameters
    ----------
    runs
        Points at which the worker is killed, over files and over Kafka each; other scenarios take a share.
    seed
        Of what is sent and of the points.
    folder
        Where trials work. Those in which something was lost or doubled stay there to be looked at.
    step
        Told of the progress.
    only
        Names of scenarios, or beginnings of them; None: all. Those that need a broker are left out, and
        said so, where there is none and they were not asked for by name.

    Returns
    -------
    dict
        The sums over all scenarios (`kills`, `replays`, `turns_sent`, and what must be nought: `lost`,
        `doubled`, `changed`, `copies_after_compaction`, `letters_lost`, `halves`), and `scenarios` with the
        figures of each.

    Raises
    ------
    BadQuestion
        There is no such scenario.
    TrialFailed, BrokerFailed
        A trial could not be carried through.
    """
    asked = _asked(only)
    found: dict[str, dict[str, Any]] = {}
    for name in asked:
        scenario, share, needs_broker = SCENARIOS[name]
        if needs_broker and only is None and broker_command() is None:
            found[name] = {"skipped": "there is no Kafka broker here; set KAFKA_HOME"}
            continue
        step(name, None)
        found[name] = scenario(Trials(name, seed, folder, step), max(1, round(runs * share)))
    done = [figures for figures in found.values() if "skipped" not in figures]
    return {
        "runs": runs,
        "seed": seed,
        **{name: sum(figures.get(name, 0) for figures in done) for name in _ADDED},
        "scenarios": found,
    }


def _asked(only: Sequence[str] | None) -> list[str]:
    if only is None:
        return [*SCENARIOS]
    wanted = [word.strip().replace("-", "_") for words in only for word in words.split(",")]
    for word in wanted:
        if not any(name.startswith(word) for name in SCENARIOS):
            raise BadQuestion(f"there is no scenario {word!r}; there are: {', '.join(SCENARIOS)}")
    return [name for name in SCENARIOS if any(name.startswith(word) for word in wanted)]
