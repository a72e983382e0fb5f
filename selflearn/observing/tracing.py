"""Traces (extra `telemetry`): a span for every request, every rewrite and every loading of a table.

Nothing here is imported, and nothing is wrapped, where `telemetry.enabled` is off: then it costs nothing.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from selflearn.errors import SettingsError
from selflearn.settings.telemetry import TelemetrySettings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span, Tracer

__all__ = ["Tracing", "trace_app"]

_MISSING = "telemetry.enabled needs OpenTelemetry: pip install 'selflearn[telemetry]', or set it to false"


def trace_app(app: Any, settings: TelemetrySettings, exporter: "SpanExporter | None" = None) -> "Tracing":
    """Make an app of `create_app` tell of itself in traces.

    Parameters
    ----------
    app
        The app; its rewriter, and the table that this reads, are made to tell too.
    settings
        Where traces go, and what they call this service.
    exporter
        What takes spans, instead of OTLP over HTTP to the settings' endpoint.

    Returns
    -------
    Tracing
        The app, traced; its `close` sends what waits.

    Raises
    ------
    SettingsError
        The extra is not installed.
    """
    try:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
        from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
    except ModuleNotFoundError as error:
        raise SettingsError(_MISSING) from error
    provider = TracerProvider(
        resource=Resource.create({"service.name": settings.service}),
        sampler=ParentBased(TraceIdRatioBased(settings.share)),
        shutdown_on_exit=False,
    )
    if exporter is None:
        provider.add_span_processor(BatchSpanProcessor(_otlp(settings.endpoint)))
    else:
        provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("selflearn")
    rewriter = app.state.rewriter
    _wrap(rewriter, "rewrite", tracer, "rewrite", _of_answer)
    _wrap(rewriter, "write", tracer, "rewrite", lambda span, written: _of_answer(span, written.answer))
    _wrap(rewriter, "rewrite_batch", tracer, "rewrite batch", _of_answers)
    if hasattr(rewriter._source, "refresh"):
        _wrap(
            rewriter._source, "refresh", tracer, "load table", lambda span, loaded: _of_load(span, rewriter)
        )
    return Tracing(app, tracer, provider.shutdown)


class Tracing:
    """ASGI middleware: a span for every request, part of the caller's trace where `traceparent` names one.

    Parameters
    ----------
    app
        What answers.
    tracer
        Makes the spans.
    close
        Sends what waits, and ends.
    """

    def __init__(self, app: Any, tracer: "Tracer", close: Callable[[], None]) -> None:
        self._app = app
        self._tracer = tracer
        self.close = close

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer within a span."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        from opentelemetry.trace import SpanKind, StatusCode
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        # W3C's trace only: baggage may hold anything, and is not ours to pass on.
        carried = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        parent = TraceContextTextMapPropagator().extract(carried)
        method = scope["method"]
        with self._tracer.start_as_current_span(
            method, parent, SpanKind.SERVER, record_exception=False, set_status_on_exception=False
        ) as span:

            async def noting(message: Any) -> None:
                if message["type"] == "http.response.start":
                    status = message["status"]
                    span.set_attribute("http.response.status_code", status)
                    if status >= 500:
                        span.set_status(StatusCode.ERROR)
                await send(message)

            try:
                await self._app(scope, receive, noting)
            finally:
                route = getattr(scope.get("route"), "path", None)
                span.set_attribute("http.request.method", method)
                if route is not None:
                    span.update_name(f"{method} {route}")
                    span.set_attribute("http.route", route)


def _wrap(
    owner: Any, name: str, tracer: "Tracer", span_name: str, describe: Callable[["Span", Any], None]
) -> None:
    """Put a span around one method of one object."""
    from opentelemetry.trace import StatusCode

    plain = getattr(owner, name)

    def spanned(*args: Any, **options: Any) -> Any:
        # An exception's message may quote a request: its kind is all that a span says of it.
        with tracer.start_as_current_span(
            span_name, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                result = plain(*args, **options)
            except Exception as error:
                span.set_status(StatusCode.ERROR, type(error).__qualname__)
                raise
            describe(span, result)
            return result

    setattr(owner, name, spanned)


def _of_answer(span: "Span", answer: Any) -> None:
    span.set_attribute("selflearn.request_id", answer.request_id)
    span.set_attribute("selflearn.outcome", str(answer.outcome))
    span.set_attribute("selflearn.table_version", answer.table_version)


def _of_answers(span: "Span", answers: Any) -> None:
    span.set_attribute("selflearn.requests", len(answers))


def _of_load(span: "Span", rewriter: Any) -> None:
    table = rewriter.table
    if table is not None:
        span.set_attribute("selflearn.table_version", table.version)


def _otlp(endpoint: str) -> "SpanExporter":
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ModuleNotFoundError as error:
        raise SettingsError(_MISSING) from error
    return OTLPSpanExporter(endpoint=endpoint)
