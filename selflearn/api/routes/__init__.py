"""The operations of the API, one file a group."""

from fastapi import APIRouter

from selflearn.api.routes.operating import operating
from selflearn.api.routes.rewriting import MAX_BATCH, rewriting

__all__ = ["MAX_BATCH", "router"]


def router() -> APIRouter:
    """Put all operations together."""
    operations = APIRouter()
    for group in (rewriting, operating):
        operations.include_router(group())
    return operations
