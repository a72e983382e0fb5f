"""Works that take turns in one process, so that what disturbs one disturbs the others."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["ratio", "take_turns"]

_Seconds = NDArray[np.float64]


def take_turns(works: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, _Seconds]:
    """Let works take turns, once unmeasured and then round by round.

    Returns
    -------
    dict
        Of each, shape (rounds, 2): seconds of the clock and of the processor.
    """
    for work in works.values():
        work()
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            taken[name].append(_timed(work))
    return {name: np.array(those) for name, those in taken.items()}


def ratio(one: _Seconds, other: _Seconds) -> list[float]:
    """Give the medians over rounds of what one takes of the other's time: by the clock, and by the processor."""
    return [float(found) for found in np.median(one / other, axis=0)]


def _timed(work: Callable[[], Any]) -> tuple[float, float]:
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processor
