"""What is known to be true of the corpora's files, so that a wrong or cut copy, or a wrong reader, is noticed."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from evaluation.corpora.corpus import CorpusLog

__all__ = ["FILES", "CorpusFile", "broken_rules", "count"]


@dataclass(frozen=True, slots=True)
class CorpusFile:
    """One file of a corpus.

    Attributes
    ----------
    corpus
        Its reader's name.
    path, train
        In the folder of all corpora; `train` where the truth depends on the training log.
    expected
        Figure → what `count` gives for the true file.
    """

    corpus: str
    path: str
    expected: Mapping[str, int]
    train: str | None = None


FILES: tuple[CorpusFile, ...] = (
    CorpusFile(
        "dstc2",
        "dstc2/dstc2_train.jsonl.gz",
        {
            "sessions": 1612,
            "customers": 138,
            "turns": 11677,
            "speech": 11188,
            "defects": 2643,
            "rephrased": 1611,
            "best_rephrases": 1130,
            "asr": 2023,
            "nlu": 620,
            "result": 270,
            "false_wake": 62,
            "unsupported": 543,
        },
    ),
    CorpusFile(
        "dstc2",
        "dstc2/dstc2_dev.jsonl.gz",
        {
            "sessions": 286,
            "customers": 23,
            "turns": 2300,
            "speech": 2149,
            "defects": 617,
            "rephrased": 365,
            "best_rephrases": 249,
        },
        train="dstc2/dstc2_train.jsonl.gz",
    ),
    CorpusFile("cqr", "alexa_cqr/cqr_kvret_dev_public.json.gz", {"sessions": 271, "turns": 744}),
    CorpusFile("sgd", "sgd/sgd_train.jsonl.gz", {"sessions": 12174, "turns": 111878}),
    CorpusFile(
        "sgd",
        "sgd/sgd_dev.jsonl.gz",
        {"sessions": 2098, "turns": 19384, "goals": 5139, "goals_failed": 89, "goals_met": 3993},
    ),
)


def count(log: CorpusLog) -> dict[str, int]:
    """Count what a file holds, and what is true of it; failure points by stage."""
    truths = log.truths.values()
    goals = {truth.goal_id: truth.goal_success for truth in truths if truth.goal_id is not None}
    stages = Counter(truth.failure_point.value for truth in truths if truth.failure_point is not None)
    return {
        "sessions": len({turn.session_id for turn in log.turns}),
        "customers": len({turn.customer_id for turn in log.turns}),
        "turns": len(log.turns),
        "signals": len(log.signals),
        "truths": len(log.truths),
        "speech": sum(truth.speech for truth in truths),
        "defects": sum(truth.defect is True for truth in truths),
        "rephrased": sum(bool(truth.rephrases) for truth in truths),
        "best_rephrases": sum(truth.best_rephrase is not None for truth in truths),
        "unsupported": sum(truth.unsupported for truth in truths),
        "goals": len(goals),
        "goals_met": sum(met is True for met in goals.values()),
        "goals_failed": sum(met is False for met in goals.values()),
    } | {stage: stages[stage] for stage in sorted(stages)}


def broken_rules(log: CorpusLog) -> list[str]:
    """Check what must hold in any log with truth.

    Returns
    -------
    list of str
        The rules that do not hold, for a person; empty where all do.
    """
    turns = {turn.turn_id: turn for turn in log.turns}
    faults = []
    if len(turns) < len(log.turns):
        faults.append(f"{len(log.turns) - len(turns)} turns share an id with another")
    if strangers := log.truths.keys() - turns.keys():
        faults.append(f"{len(strangers)} truths are about no turn, for instance {min(strangers)}")
    if strangers := {signal.turn_id for signal in log.signals} - turns.keys():
        faults.append(f"{len(strangers)} signals are about no turn, for instance {min(strangers)}")
    for truth in log.truths.values():
        for later in truth.rephrases:
            here, there = turns.get(truth.turn_id), turns.get(later)
            same = here is not None and there is not None and here.session_id == there.session_id
            if not same or here is None or there is None or there.time <= here.time:
                faults.append(f"{later} is no later turn of the session of {truth.turn_id}, its request")
        if truth.best_rephrase is not None and truth.best_rephrase not in truth.rephrases:
            faults.append(f"{truth.best_rephrase}, the best rephrase of {truth.turn_id}, is none of them")
        if truth.defect and not truth.speech:
            faults.append(f"{truth.turn_id} is a defect, but nobody spoke")
    return faults
