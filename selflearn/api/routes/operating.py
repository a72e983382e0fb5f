"""The operations for those who run the service."""

from typing import Literal

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse
from prometheus_client import generate_latest
from pydantic import BaseModel, Field

from selflearn.api.problems import responses
from selflearn.api.routes.parts import MetricsPart, RewriterPart

__all__ = ["Health", "Readiness", "operating"]


class Health(BaseModel):
    """The process lives."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """Rewrites are served."""

    status: Literal["ready"] = "ready"
    table_version: str
    entries: int = Field(ge=0)


def operating() -> APIRouter:
    """Make the operations."""
    operations = APIRouter(tags=["operating"])

    @operations.get("/healthz", operation_id="healthz", summary="Is the process alive?")
    async def healthz() -> Health:
        """Answer as long as the process can; a table need not be loaded."""
        return Health()

    @operations.get(
        "/readyz",
        operation_id="readyz",
        summary="Are rewrites served?",
        responses=responses("not-ready"),
    )
    async def readyz(rewriter: RewriterPart) -> Readiness:
        """Say which table is served; status 503 as long as none could be loaded."""
        table = rewriter.loaded_table()
        return Readiness(table_version=table.version, entries=len(table))

    @operations.get(
        "/metrics",
        operation_id="metrics",
        summary="Metrics for Prometheus",
        response_class=PlainTextResponse,
    )
    def metrics(measured: MetricsPart) -> PlainTextResponse:
        """Return all metrics in Prometheus' text format. No utterance and no customer is among them."""
        return PlainTextResponse(
            generate_latest(measured.registry), media_type="text/plain; version=0.0.4; charset=utf-8"
        )

    return operations
