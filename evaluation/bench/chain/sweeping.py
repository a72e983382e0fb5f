"""Where push stops paying: the same graph with less and less absorption."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from pydantic import JsonValue

from evaluation.bench.chain.graph import generate
from evaluation.bench.chain.peers import factored
from evaluation.errors import CannotWrite
from rewrite_offline.chain import AbsorbingChain, CertifiedSolver
from rewrite_offline.chain.network import Network
from rewrite_offline.chain.settling import Knowledge, pass_over

__all__ = ["draw_sweep", "sweep"]

_STATES = 20_000
_ABSORPTION = (0.35, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005)
#: Push without columns is tried on so many sources, drawn evenly, with more and more steps.
_ALONE = 200
_BUDGETS = 60, 2_000, 100_000


def sweep(seed: int, step: Callable[[str, float | None], None]) -> list[dict[str, JsonValue]]:
    """Solve graphs of 20,000 states that absorb less and less.

    Returns
    -------
    list
        For each mean absorption: `certified`; processor seconds a source of the solver (`seconds_a_source`), of
        push alone, without columns (`push_alone_seconds_a_source`, of which `push_alone_settled` were settled), and of
        a row by sparse LU of the whole graph (`lu_row_seconds`); `followed`, steps that push followed a source; and
        `winner_is_hub`, the share of sources whose winner has a column.
    """
    CertifiedSolver(always_push=True).winners(generate(2_000, seed).chain)
    found: list[dict[str, JsonValue]] = []
    # The factors depend on where the steps lead, and not on how many absorb.
    row = factored(generate(_STATES, seed).chain, np.arange(_STATES), 20, seed).row_seconds
    for absorption in _ABSORPTION:
        step(f"{_STATES} states, absorption {absorption}", None)
        chain = generate(_STATES, seed, absorption).chain
        solver = CertifiedSolver(always_push=True)
        began = time.process_time()
        winners = solver.winners(chain)
        spent = time.process_time() - began
        known = solver.knowledge
        assert known is not None
        alone_seconds, alone_settled = _push_alone(chain, seed)
        found.append(
            {
                "absorption": absorption,
                "certified": bool(winners.certified.all()),
                "seconds_a_source": spent / _STATES,
                "followed": known.followed / _STATES,
                "winner_is_hub": float((known.hub_of[known.target] >= 0).mean()),
                "push_alone_seconds_a_source": alone_seconds,
                "push_alone_settled": alone_settled,
                "lu_row_seconds": row,
            }
        )
    return found


def _push_alone(chain: AbsorbingChain, seed: int) -> tuple[float, float]:
    """Processor seconds of a source without any columns, and the share of sources that this settles."""
    known = Knowledge.of_hubs(Network.of(chain), hubs=0)
    sources = np.random.default_rng(seed).choice(_STATES, _ALONE, replace=False).astype(np.int32)
    began = time.process_time()
    pass_over(known, np.arange(_STATES, dtype=np.int32))
    passes = time.process_time() - began
    began = time.process_time()
    for budget in _BUDGETS:
        sources = sources[known.fate[sources] == 0]
        known.push(sources, budget)
    left = int((known.fate[sources] == 0).sum())
    return passes / _STATES + (time.process_time() - began) / _ALONE, 1.0 - left / _ALONE


def draw_sweep(points: Sequence[Mapping[str, JsonValue]], path: Path) -> None:
    """Draw what a source costs against absorption.

    Parameters
    ----------
    points
        As `sweep` gives them.
    path
        Where to; the ending says the format.

    Raises
    ------
    CannotWrite
        If matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as fault:
        raise CannotWrite(f"{path}: drawing needs matplotlib; pip install 'selflearn[learn]'") from fault
    figure = Figure(figsize=(6.5, 4), layout="constrained")
    axes = figure.subplots()
    at = [_number(point["absorption"]) for point in points]
    for key, label in (
        ("seconds_a_source", "certified solver: passes, push, columns"),
        ("push_alone_seconds_a_source", "passes and push alone, 100,000 steps at most"),
        ("lu_row_seconds", "a row by sparse LU"),
    ):
        axes.plot(at, [1e6 * _number(point[key]) for point in points], marker="o", label=label)
    for point in points:
        if _number(point["push_alone_settled"]) < 1.0:
            axes.annotate(
                f"{100 * _number(point['push_alone_settled']):.0f}% settled",
                (_number(point["absorption"]), 1e6 * _number(point["push_alone_seconds_a_source"])),
                textcoords="offset points", xytext=(4, 6), fontsize=7,
            )  # fmt: skip
    axes.set(xscale="log", yscale="log", xlabel="mean absorption a step", ylabel="µs a source, one core")
    axes.set_title(f"{_STATES:,} states", fontsize=10)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    figure.savefig(path, dpi=150)


def _number(value: JsonValue) -> float:
    assert isinstance(value, (int, float))
    return float(value)
