"""The task `rephrase`: which later request of a session says an earlier one again, judged by what is true.

Names are loaded when they are asked for: the command's options need nothing of what it takes to answer.
"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

if _TYPE_CHECKING:
    from evaluation.rephrase.answer import METHODS, RephraseAnswer, rephrase_answer
    from evaluation.rephrase.labels import labels_of
    from evaluation.rephrase.logs import SOURCES
    from evaluation.rephrase.question import RephraseQuestion

__all__ = ["METHODS", "SOURCES", "RephraseAnswer", "RephraseQuestion", "labels_of", "rephrase_answer"]

_WHERE = {
    "METHODS": "answer",
    "RephraseAnswer": "answer",
    "RephraseQuestion": "question",
    "SOURCES": "logs",
    "labels_of": "labels",
    "rephrase_answer": "answer",
}


def __getattr__(name: str) -> _Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(_import_module(f"{__name__}.{_WHERE[name]}"), name)
