"""Does the API answer as it should? Asked over HTTP, as a stranger would."""

from collections.abc import Sequence
from typing import Any

from selflearn.errors import ProbeFailed
from selflearn.quickstart.asking import Reply, ask
from streams.records import Rewrite

__all__ = ["probe", "question"]

_UNKNOWN = "a request that nobody ever made xyzzy"


def question(rewrite: Rewrite) -> dict[str, Any]:
    """Make the request that a table's entry answers."""
    if rewrite.asked is None:
        return {"utterance": rewrite.source}
    return {"utterance": rewrite.source, "context": {"asked": rewrite.asked}}


def probe(address: str, version: str, entries: Sequence[Rewrite]) -> list[str]:
    """Ask everything that the API offers, and compare with the table.

    Parameters
    ----------
    address
        `http://host:port`.
    version
        The table version that should answer.
    entries
        Entries of it.

    Returns
    -------
    list of str
        What was found to be right, in words.

    Raises
    ------
    ProbeFailed
        At the first answer that is not as it should be.
    """
    _expect("healthz", ask(address, "/healthz"), 200)
    ready = _expect("readyz", ask(address, "/readyz"), 200).json()
    _same("readyz: table_version", ready["table_version"], version)
    for entry in entries:
        answer = _expect("rewrite", ask(address, "/v1/rewrite", question(entry)), 200).json()
        _same(f"rewrite of {entry.source!r}", answer["rewrite"], entry.target)
        _same("rewrite: table_version", answer["table_version"], version)
    alone = _expect("rewrite", ask(address, "/v1/rewrite", {"utterance": _UNKNOWN}), 200).json()
    _same("rewrite of an unknown request", alone["rewrite"], None)
    questions = [*map(question, entries), {"utterance": _UNKNOWN}]
    batch = _expect("batch", ask(address, "/v1/rewrite:batch", {"requests": questions}), 200).json()
    _same(
        "rewrites of the batch",
        [answer["rewrite"] for answer in batch["answers"]],
        [*(entry.target for entry in entries), None],
    )
    metrics = _expect("metrics", ask(address, "/metrics"), 200).body
    _holds("metrics name the product", "selflearn_" in metrics)
    problem = _expect("a wrong request", ask(address, "/v1/rewrite", {"utter": 1}), 422)
    _same("media type of a problem", problem.media_type, "application/problem+json")
    _holds("a problem has a type", bool(problem.json()["type"]))
    lost = _expect("an unknown path", ask(address, "/nowhere"), 404)
    _same("media type of a problem", lost.media_type, "application/problem+json")
    _holds("the docs page lists the operations", "/v1/rewrite" in ask(address, "/docs").body)
    _expect("openapi.json", ask(address, "/openapi.json"), 200)
    return [
        f"alive and ready with table {version}",
        f"{len(entries)} rewrites, one by one and as a batch; an unknown request left alone",
        "metrics, docs page and OpenAPI document",
        "wrong requests and paths answered with problem documents",
    ]


def _expect(what: str, reply: Reply, status: int) -> Reply:
    if reply.status != status:
        raise ProbeFailed(f"{what}: status {reply.status}, not {status}: {reply.body[:300]}")
    return reply


def _same(what: str, found: object, expected: object) -> None:
    if found != expected:
        raise ProbeFailed(f"{what}: {found!r}, not {expected!r}")


def _holds(what: str, true: bool) -> None:
    if not true:
        raise ProbeFailed(f"not so: {what}")
