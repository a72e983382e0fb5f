"""The operations for those who run the service."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, Field

from rewrite_offline.table import Table
from selflearn.access import Principal, Scope
from selflearn.api.problems import responses
from selflearn.api.routes.parts import AskerPart, MetricsPart, RewriterPart, allowed

__all__ = ["Health", "Readiness", "health", "operating"]


class Health(BaseModel):
    """The process lives."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """Rewrites are served."""

    status: Literal["ready"] = "ready"
    table_version: str
    entries: int | None = Field(
        ge=0,
        description="Entries for the tenant of the key, for an operator's key all; null where no key was sent.",
    )


def health() -> APIRouter:
    """Make the operations that need no key."""
    operations = APIRouter(tags=["operating"])

    @operations.get("/healthz", operation_id="healthz", summary="Is the process alive?")
    async def healthz() -> Health:
        """Answer as long as the process can; a table need not be loaded."""
        return Health()

    @operations.get(
        "/readyz",
        operation_id="readyz",
        summary="Are rewrites served?",
        responses=responses("unauthenticated", "rate-limited", "not-ready", "store-unavailable"),
        openapi_extra={"security": [{}, {"key": []}]},
    )
    async def readyz(who: AskerPart, rewriter: RewriterPart) -> Readiness:
        """Say which table is served; status 503 as long as none could be loaded.

        A key is not needed. With one, it says how many entries are its tenant's too.
        """
        table = rewriter.loaded_table()
        return Readiness(table_version=table.version, entries=_entries(who, table))

    return operations


def operating() -> APIRouter:
    """Make the operations that need one."""
    operations = APIRouter(tags=["operating"])

    @operations.get(
        "/metrics",
        operation_id="metrics",
        summary="Metrics for Prometheus",
        response_class=PlainTextResponse,
        responses=responses("store-unavailable"),
    )
    def metrics(
        who: Annotated[Principal, Depends(allowed(Scope.ANALYST, Scope.ADMIN))], measured: MetricsPart
    ) -> PlainTextResponse:
        """Return metrics in Prometheus' text format: all of them to an operator's key, else the tenant's own.

        No utterance and no customer is among them.
        """
        text = measured.text(None if who.operator else who.tenant_id)
        return PlainTextResponse(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    return operations


def _entries(who: Principal | None, table: Table) -> int | None:
    if who is None:
        return None
    return len(table) if who.operator else table.manifest.tenants.get(who.tenant_id, 0)
