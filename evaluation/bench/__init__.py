"""Benchmarks: `selflearn bench`."""

from evaluation.bench.cli import app

__all__ = ["app"]
