"""Templates: rewrites of a way to say things, whatever it is said about.

"nobody is in the nursery anymore" is too rare for an entry; "nobody is in the {room} anymore" is not. A customer who
says it again and names the same room shows which words stand for the slot. The chain is counted once more over such
templates, with the same guards, and what it finds serves between the table's entries and the emission model. Learning
them is part of `mine` (extra `learn`). Names are loaded when they are asked for.
"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

if _TYPE_CHECKING:
    from rewrite_offline.templates.entries import ATTACHMENT, MINER, Entry, Templates
    from rewrite_offline.templates.mining import mine_templates

__all__ = ["ATTACHMENT", "MINER", "Entry", "Templates", "mine_templates"]

_WHERE = {
    "ATTACHMENT": "entries",
    "MINER": "entries",
    "Entry": "entries",
    "Templates": "entries",
    "mine_templates": "mining",
}


def __getattr__(name: str) -> _Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(_import_module(f"{__name__}.{_WHERE[name]}"), name)
