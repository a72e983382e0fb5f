"""`bench chain`: the certified solver against sparse LU and a truncated Neumann series."""

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from pydantic import JsonValue

from evaluation.bench.chain.graph import generate
from evaluation.bench.chain.peers import Factored, factored, giant, truncated
from evaluation.bench.chain.sweeping import sweep
from evaluation.bench.commands import run

__all__ = ["measure_chain"]

Step = Callable[[str, float | None], None]

#: LU is factored on the so many most popular states of the giant component, as far as that is done in this time.
_PARTS, _FACTOR_SECONDS, _ROWS = (2_000, 4_000, 8_000, 16_000, 32_000), 120.0, 20
#: Thresholds below which the series drops entries, tried in this order until every winner of the sample is ours.
_PRUNED = (1e-3, 1e-4, 1e-5, 1e-6, 1e-7)
#: No threshold is given more sources than can be done in about this time.
_SERIES_SECONDS = 240.0


def measure_chain(states: int, seed: int, sample: int, step: Step) -> dict[str, JsonValue]:
    """Settle every source of a generated graph, and compare.

    Times are processor seconds of one thread, ours and the peers' alike.

    Parameters
    ----------
    states, seed
        Of the graph; `evaluation.bench.chain.graph` says how it is made.
    sample
        Sources, drawn evenly, on which the Neumann series is measured and its winners compared with ours.
    step
        Told what is going on.

    Returns
    -------
    dict
        `speedup_vs_lu` (extrapolated to the giant component), `speedup_vs_lu_measured` (at the largest part that was
        factored), `speedup_vs_neumann`, `certified`, `tied`, `seconds`, `peak_memory_mb`, `incremental_cost_ratio`
        (traffic as it comes), `days`, `quieter_days_cost_ratio` (by share of the states), `lu`, `neumann`, `sweep`,
        and what the graph is like.
    """
    with TemporaryDirectory(prefix="selflearn-bench-") as folder:
        out = Path(folder) / "winners.npz"
        step("settling every source, and two days after", None)
        ours = run(
            [sys.executable, "-m", "evaluation.bench.chain.ours", str(states), str(seed), str(out)],
            {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        )
        said: dict[str, Any] = json.loads(ours.output.strip().splitlines()[-1])
        winners = np.load(out)["target"]
    chain = generate(states, seed).chain
    a_source = said["seconds"] / states
    step("factoring parts of the giant component", None)
    parts = _factored(chain, seed, step)
    exponent, row = _extrapolated(parts, said["largest_scc"])
    step("summing up series", None)
    series = _series(chain, winners, sample, seed, step)
    step("sweeping the absorption", None)
    swept = sweep(seed, step)
    same = series[-1]
    return {
        "states": states,
        "seed": seed,
        "seconds": said["seconds"],
        "speedup_vs_lu": row / a_source,
        "speedup_vs_lu_measured": parts[-1].row_seconds / a_source,
        "speedup_vs_neumann": same["seconds_a_source"] / a_source,
        "certified": said["certified"],
        "tied": said["tied"],
        "peak_memory_mb": said["peak_memory_mb"],
        "incremental_cost_ratio": said["days"]["popular"]["cost_ratio"],
        "days": said["days"],
        "quieter_days_cost_ratio": said["quieter_days_cost_ratio"],
        "lu": {
            "parts": [part._asdict() for part in parts],
            "rows_sampled": _ROWS,
            "growth_exponent": exponent,
            "row_seconds_extrapolated": row,
        },
        "neumann": {"sample": sample, "thresholds": series, "no_wrong_winner": same["wrong"] == 0},
        "sweep": swept,
        "graph": {
            key: value
            for key, value in said.items()
            if key not in ("days", "quieter_days_cost_ratio", "seconds")
        },
    }


def _factored(chain: Any, seed: int, step: Step) -> list[Factored]:
    """LU of growing parts, until one takes longer than allowed."""
    states, parts = giant(chain), list[Factored]()
    for size in _PARTS:
        if size > len(states):
            break
        parts.append(factored(chain, states[:size], _ROWS, seed))
        step(
            f"LU of {size} states: {parts[-1].factor_seconds:.1f} s, a row {parts[-1].row_seconds:.4f} s",
            None,
        )
        # The next one has twice the states, and takes eight times as long.
        if parts[-1].factor_seconds * 8 > _FACTOR_SECONDS:
            break
    return parts


def _extrapolated(parts: Sequence[Factored], states: int) -> tuple[float, float]:
    """Growth of a row's time with the states, from the last two parts, and that time for so many states."""
    if len(parts) < 2:
        return 1.0, parts[-1].row_seconds
    small, large = parts[-2], parts[-1]
    exponent = float(np.log(large.row_seconds / small.row_seconds) / np.log(large.states / small.states))
    # A row cannot cost more than a dense triangle's, which grows with the square.
    exponent = min(exponent, 2.0)
    return exponent, large.row_seconds * (max(states, large.states) / large.states) ** exponent


def _series(chain: Any, winners: Any, sample: int, seed: int, step: Step) -> list[dict[str, Any]]:
    """Thresholds, coarse to fine, until no winner of the sample is wrong."""
    sources = np.random.default_rng(seed).choice(len(winners), min(sample, len(winners)), replace=False)
    found: list[dict[str, Any]] = []
    expected = 0.0
    for pruned in _PRUNED:
        if expected > _SERIES_SECONDS:
            break
        summed = truncated(chain, sources, pruned)
        wrong = int((summed.target != winners[sources]).sum())
        found.append(
            {
                "pruned_below": pruned,
                "wrong": wrong,
                "terms": summed.terms,
                "seconds_a_source": summed.seconds / len(sources),
            }
        )
        step(f"series pruned at {pruned:g}: {wrong} of {len(sources)} wrong", None)
        if wrong == 0:
            break
        expected = 4 * summed.seconds
    return found
