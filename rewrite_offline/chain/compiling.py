"""Compiled inner loops: numba, imported when the first module that needs it is."""

from collections.abc import Callable
from typing import TypeVar, cast

import numba

__all__ = ["compiled"]

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """Compile when first called, and keep what was compiled beside the module for the next process."""
    return cast(F, numba.njit(cache=True)(function))
