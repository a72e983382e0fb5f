"""The emission model: rewrites for requests that nobody has counted.

A table has an entry where enough customers said the very same. Most misheard requests are said once; but their words,
sounds and n-best lists were all heard before. The model learns P(what was meant | request) from them, and serves
beside the table. `fit` learns it (extra `learn`); `EmissionModel` answers with NumPy alone. Names are loaded when they
are asked for.
"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from rewrite_offline.emission.settings import EmissionSettings

if _TYPE_CHECKING:
    from rewrite_offline.emission.fitting import fit
    from rewrite_offline.emission.model import ATTACHMENT, MINER, EmissionModel
    from rewrite_offline.emission.sample import Example, Sample, first_people

__all__ = [
    "ATTACHMENT",
    "MINER",
    "EmissionModel",
    "EmissionSettings",
    "Example",
    "Sample",
    "first_people",
    "fit",
]

_WHERE = {
    "ATTACHMENT": "model",
    "MINER": "model",
    "EmissionModel": "model",
    "Example": "sample",
    "Sample": "sample",
    "first_people": "sample",
    "fit": "fitting",
}


def __getattr__(name: str) -> _Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(_import_module(f"{__name__}.{_WHERE[name]}"), name)
