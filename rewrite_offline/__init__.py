"""Precomputed rewrites: a table request to better request, mined from everybody's sessions.

`mine` learns rewrites from sessions; `rewrite_offline.table` publishes, serves and restores them; `explain` tells
what led to one.
"""

from rewrite_offline.explain import Explanation, Meant, explain
from rewrite_offline.mining import (
    FailingRequest,
    LexicalRephraseTest,
    Mined,
    MiningSettings,
    RephraseTest,
    mine,
)

__all__ = [
    "Explanation",
    "FailingRequest",
    "LexicalRephraseTest",
    "Meant",
    "Mined",
    "MiningSettings",
    "RephraseTest",
    "explain",
    "mine",
]
