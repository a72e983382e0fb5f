"""What operations are given: the parts of the app that answer them."""

from typing import Annotated

from fastapi import Depends, Request

from selflearn.api.metrics import Metrics
from selflearn.rewriter import Rewriter

__all__ = ["MetricsPart", "RewriterPart"]


def _served(request: Request) -> Rewriter:
    rewriter: Rewriter = request.app.state.rewriter
    return rewriter


def _metrics(request: Request) -> Metrics:
    metrics: Metrics = request.app.state.metrics
    return metrics


RewriterPart = Annotated[Rewriter, Depends(_served)]
MetricsPart = Annotated[Metrics, Depends(_metrics)]
