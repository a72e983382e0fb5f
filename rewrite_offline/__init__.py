"""Precomputed rewrites: a table request to better request, mined from everybody's sessions.

`mine` learns rewrites from sessions; `rewrite_offline.table` publishes, serves and restores them; `explain` tells
what led to one. Names are loaded when they are asked for: reading a table needs nothing of the extra `learn`.
"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from rewrite_offline.settings import MiningSettings

if _TYPE_CHECKING:
    from rewrite_offline.explaining import Explanation, Meant, explain
    from rewrite_offline.mining import (
        FailingRequest,
        LexicalRephraseTest,
        Mined,
        Portion,
        RephraseTest,
        mine,
        mine_archive,
    )

__all__ = [
    "Explanation",
    "FailingRequest",
    "LexicalRephraseTest",
    "Meant",
    "Mined",
    "MiningSettings",
    "Portion",
    "RephraseTest",
    "explain",
    "mine",
    "mine_archive",
]

_EXPLAINING = frozenset({"Explanation", "Meant", "explain"})


def __getattr__(name: str) -> _Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = "explaining" if name in _EXPLAINING else "mining"
    return getattr(_import_module(f"{__name__}.{module}"), name)
