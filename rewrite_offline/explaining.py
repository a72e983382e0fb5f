"""Why a request is rewritten, or not: the neighbourhood in the chain that led to its entry."""

from dataclasses import dataclass
from typing import Any

import networkx as nx

from rewrite_offline.errors import NothingKnown
from rewrite_offline.mining.states import asked_of, key_of, text_state
from rewrite_offline.mining.traces import EMISSIONS, ENDS, STEPS, read_trace
from rewrite_offline.table import RewriteQuery, Table
from streams.records import Rewrite
from streams.text import normalise

__all__ = ["Explanation", "Meant", "explain"]


@dataclass(frozen=True)
class Meant:
    """Something that a request may have meant.

    Attributes
    ----------
    state
        The chain's name for it.
    emitted
        P(i | u): how strongly the logs connect the request with it.
    end
        Probability that a customer with this request ends there, satisfied.
    """

    state: str
    emitted: float
    end: float


@dataclass(frozen=True)
class Explanation:
    """What led to an entry.

    Attributes
    ----------
    utterance, asked
        The request, normalised, and the slot that had been asked for.
    rewrite
        Its entry; None where there is none.
    meant
        What it may have meant, the likeliest end first.
    graph
        The chain around it, for networkx: nodes carry `label`, `success` and `end`, edges `probability`. The
        request is the node `source`.
    """

    utterance: str
    asked: str | None
    rewrite: Rewrite | None
    meant: tuple[Meant, ...]
    graph: nx.DiGraph


def explain(
    table: Table, utterance: str, asked: str | None = None, *, tenant: str = "default"
) -> Explanation:
    """Find the neighbourhood that led to a request's entry.

    Parameters
    ----------
    table
        A version that was published with what `Mined.attachments` holds.
    utterance, asked
        The request, and the slot that the assistant had asked for.
    tenant
        Whose table it is.

    Returns
    -------
    Explanation
        The request, what it may have meant, and the steps between these meanings.

    Raises
    ------
    NothingKnown
        If the log that made this version does not hold the request often enough to say anything about it.
    """
    text = normalise(utterance)
    rewrite = table.find(RewriteQuery(utterance=text, asked=asked, tenant_id=tenant))
    if rewrite is not None:
        asked = rewrite.asked
    meant = tuple(
        sorted(
            (
                Meant(row["state"], row["emitted"], row["end"])
                for row in _trace(table, EMISSIONS, tenant)
                if row["text"] == text and row["asked"] == asked
            ),
            key=lambda m: (-m.end, -m.emitted, m.state),
        )
    )
    if not meant:
        raise NothingKnown(
            f"version {table.version} knows nothing about {text!r}"
            + (f" after a question for {asked!r}" if asked else "")
            + "; too few customers said it, or it never failed"
        )
    graph = _graph(text, asked, meant, _trace(table, STEPS, tenant), _trace(table, ENDS, tenant))
    return Explanation(text, asked, rewrite, meant, graph)


def _trace(table: Table, name: str, tenant: str) -> list[dict[str, Any]]:
    path = table.attachment(name, tenant)
    if path is None:
        raise NothingKnown(
            f"version {table.version} was published without {name}; "
            "learn the table again with `selflearn learn rewrites`"
        )
    return read_trace(name, path.read_bytes())


def _graph(
    text: str,
    asked: str | None,
    meant: tuple[Meant, ...],
    steps: list[dict[str, Any]],
    ends: list[dict[str, Any]],
) -> nx.DiGraph:
    """Connect the request with what it emits, and those with one another."""
    graph = nx.DiGraph()
    graph.add_node("source", label=f"“{text}”", success=None, end=None)
    near = {m.state: m for m in meant}
    success = {row["state"]: row["success"] for row in ends}
    for state, m in near.items():
        label = "said again, not understood" if state == text_state(asked, text) else key_of(state)
        graph.add_node(state, label=label, success=success.get(state, 0.0), end=m.end, asked=asked_of(state))
        if m.emitted > 0:
            graph.add_edge("source", state, probability=m.emitted, kind="emission")
    for row in steps:
        if row["state"] in near and row["to"] in near:
            graph.add_edge(row["state"], row["to"], probability=row["probability"], kind="step")
    return graph
