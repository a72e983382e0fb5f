"""The chain's benchmark: the certified solver against sparse LU and a truncated Neumann series."""

from evaluation.bench.chain.measure import measure_chain

__all__ = ["measure_chain"]
