"""Recall by kind, false alarms, and what the filter touches in whole logs."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from evaluation.privacy.cases import cases, hard_negatives
from streams.privacy import Finder, PatternFinder, RecordFilter
from streams.records import Record

__all__ = ["measure_privacy"]


def measure_privacy(
    logs: Mapping[str, Iterable[Record]],
    seed: int,
    of_each: int = 500,
    finder: Finder | None = None,
    step: Callable[[str, float | None], None] = lambda what, share: None,
) -> dict[str, Any]:
    """Measure a finder.

    Parameters
    ----------
    logs
        By name: records of which to tell how many it touches, and what the cheap question costs for each.
    seed, of_each
        Of the made requests, and how many there are of each kind.
    finder
        What to measure; None: the patterns.
    step
        Told how far it is.

    Returns
    -------
    dict
        `recall` by kind, a thing counting as found where no piece of it is left; `recall_all`; `precision`: of the
        requests, made and hard, in which something was found, the share with something in them;
        `false_alarms`: hard requests that were taken for personal; `logs`: by name, records, share touched, share
        of requests touched, what was caught, and microseconds of `suspects` a record.
    """
    finder = finder or PatternFinder()
    made, found = Counter[str](), Counter[str]()
    for case in cases(seed, of_each):
        step("made requests", sum(made.values()) / (8 * of_each))
        made[case.kind] += 1
        start = case.text.index(case.thing)
        covered = {at for one in finder.find(case.text) for at in range(one.start, one.end)}
        found[case.kind] += covered.issuperset(range(start, start + len(case.thing)))
    hard = hard_negatives()
    alarms = [text for text in hard if finder.find(text)]
    hits = sum(found.values())
    return {
        "seed": seed,
        "made": sum(made.values()),
        "hard": len(hard),
        "recall": {kind: found[kind] / count for kind, count in made.items()},
        "recall_all": hits / sum(made.values()),
        "precision": hits / (hits + len(alarms)),
        "false_alarms": alarms,
        "logs": {name: _log(name, log, finder, step) for name, log in logs.items()},
    }


def _log(
    name: str, log: Iterable[Record], finder: Finder, step: Callable[[str, float | None], None]
) -> dict[str, Any]:
    step(name, None)
    records = list(log)
    filtering = RecordFilter(finder)
    texts = [filtering.words_of(record) for record in records]
    began = time.perf_counter()
    for words in texts:
        filtering.suspects(words)
    took = time.perf_counter() - began
    requests = 0
    for record in records:
        requests += getattr(filtering.filtered(record), "utterance", None) != getattr(
            record, "utterance", None
        )
    return {
        "records": len(records),
        "touched": filtering.records / len(records),
        "requests_touched": requests / len(records),
        "caught": dict(filtering.caught),
        "suspects_us": took / len(records) * 1e6,
        "suspects_us_a_text": took / sum(map(len, texts)) * 1e6,
    }
