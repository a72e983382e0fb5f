"""What a table's own rewrites did: evidence about them, read off the log in which they are.

A turn that was rewritten says nothing about what its customer would have said next, and much about the rewrite. Such
turns are counted apart (`Counts.rewritten`), and held against the turns in which the same request was left alone
(Ponnusamy et al. 2022). Names are loaded when they are asked for: serving needs `Known` alone, and no SciPy.
"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

if _TYPE_CHECKING:
    from rewrite_offline.self_aware.knowing import Knowledge, know
    from rewrite_offline.self_aware.known import ATTACHMENT, Known, Pair, Side, Verdict
    from rewrite_offline.self_aware.posterior import Judged, judge
    from rewrite_offline.self_aware.trials import Trial, newest

__all__ = [
    "ATTACHMENT",
    "Judged",
    "Knowledge",
    "Known",
    "Pair",
    "Side",
    "Trial",
    "Verdict",
    "judge",
    "know",
    "newest",
]

_WHERE = {
    "ATTACHMENT": "known",
    "Judged": "posterior",
    "Knowledge": "knowing",
    "Known": "known",
    "Pair": "known",
    "Side": "known",
    "Trial": "trials",
    "Verdict": "known",
    "judge": "posterior",
    "know": "knowing",
    "newest": "trials",
}


def __getattr__(name: str) -> _Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(_import_module(f"{__name__}.{_WHERE[name]}"), name)
