"""The operations of the API, one file a group."""

from fastapi import APIRouter

from selflearn.api.problems import responses
from selflearn.api.routes.decisions import decisions
from selflearn.api.routes.feedback import feedback
from selflearn.api.routes.operating import health, operating
from selflearn.api.routes.rewriting import MAX_BATCH, rewriting
from selflearn.api.routes.switches import switches

__all__ = ["MAX_BATCH", "router"]

#: What every operation that asks for a key may answer.
_GUARDED = ("unauthenticated", "forbidden", "rate-limited")


def router() -> APIRouter:
    """Put all operations together."""
    operations = APIRouter()
    for group in (rewriting, feedback, decisions, switches, operating):
        operations.include_router(group(), responses=responses(*_GUARDED))
    operations.include_router(health())
    return operations
