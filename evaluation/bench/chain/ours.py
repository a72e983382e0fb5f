"""The certified solver on the benchmark's graph: a process of its own, so that its memory is its own."""

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np

from evaluation.bench.chain.day import after_a_day
from evaluation.bench.chain.graph import Graph, generate
from rewrite_offline.chain import CertifiedSolver

__all__ = ["main"]

#: Compiled, and read into the cache, on so many states before anything is timed.
_WARM_UP = 3_000
#: Shares of the states that quieter days change; what these cost is measured too.
_QUIETER = (0.001, 0.0001)


def main(states: int, seed: int, out: Path) -> dict[str, object]:
    """Settle every source, live through two days, and say what it took.

    Parameters
    ----------
    states, seed
        Of the graph.
    out
        Winners go here, as NumPy arrays, for the peers to be compared with.
    """
    _solve_and_change(generate(_WARM_UP, seed), seed)
    graph = generate(states, seed)
    solver = CertifiedSolver(always_push=True)
    wall, began = time.perf_counter(), time.process_time()
    winners = solver.winners(graph.chain)
    seconds, wall = time.process_time() - began, time.perf_counter() - wall
    said: dict[str, object] = {
        **graph.described(),
        "seconds": seconds,
        "wall_seconds": wall,
        "certified": bool(winners.certified.all()),
        "tied": int(winners.tied.sum()),
        "changed_by_rewriting": float((winners.target != np.arange(states)).mean()),
        "full_peak_memory_mb": _peak(),
    }
    np.savez(out, target=winners.target, tied=winners.tied)
    days = {}
    for number, draw in enumerate(("popular", "uniform")):
        day = after_a_day(graph, draw, 0.01, seed + 1 + number)  # type: ignore[arg-type]
        began = time.process_time()
        updated = solver.update(day.chain, day.changed)
        spent = time.process_time() - began
        again = CertifiedSolver(always_push=True).winners(day.chain)
        days[draw] = {
            "changed_states": len(day.changed),
            "turns": day.turns,
            "mean_mass_moved": day.mean_moved,
            "seconds": spent,
            "cost_ratio": spent / seconds,
            "certified": bool(updated.certified.all()),
            "winners_changed": int((updated.target != winners.target).sum()),
            "differ_from_full_solve": int(
                ((updated.target != again.target) | (updated.tied != again.tied)).sum()
            ),
        }
        graph, winners = Graph(day.chain, graph.popularity), updated
    quieter = {}
    for share in _QUIETER:
        day = after_a_day(graph, "popular", share, seed)
        began = time.process_time()
        solver.update(day.chain, day.changed)
        quieter[str(share)] = (time.process_time() - began) / seconds
        graph = Graph(day.chain, graph.popularity)
    return said | {"days": days, "quieter_days_cost_ratio": quieter, "peak_memory_mb": _peak()}


def _solve_and_change(graph: Graph, seed: int) -> None:
    solver = CertifiedSolver(always_push=True)
    solver.winners(graph.chain)
    day = after_a_day(graph, "popular", 0.01, seed)
    solver.update(day.chain, day.changed)


def _peak() -> float:
    """Peak resident memory of this process in MB; Linux counts in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))))
