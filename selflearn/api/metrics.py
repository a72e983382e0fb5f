"""What Prometheus sees: how much, how fast, from which table. Never what anybody said."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from selflearn.messages import RewriteAnswer
from selflearn.rewriter import Rewriter

__all__ = ["Metrics"]

_BUCKETS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Metrics:
    """The metrics of one app, in a registry of their own.

    Parameters
    ----------
    rewriter
        Its table and its log of decisions are looked at when metrics are asked for.
    """

    def __init__(self, rewriter: Rewriter) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "selflearn_http_requests", "HTTP requests.", ["route", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "selflearn_http_request_seconds",
            "Time to answer an HTTP request.",
            ["route"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._rewrites = Counter(
            "selflearn_rewrite_requests", "Requests for a rewrite.", ["answer"], registry=self.registry
        )
        for answer in ("rewritten", "left_alone"):
            self._rewrites.labels(answer)
        self.registry.register(_TableMetrics(rewriter))

    def observe(self, route: str, status: int, seconds: float) -> None:
        """Count one HTTP request."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def count(self, answer: RewriteAnswer) -> None:
        """Count one answer."""
        self._rewrites.labels("left_alone" if answer.rewrite is None else "rewritten").inc()


class _TableMetrics(Collector):
    """Read when they are asked for, so that they never differ from what is served."""

    def __init__(self, rewriter: Rewriter) -> None:
        self._rewriter = rewriter

    def collect(self) -> Iterator[Metric]:
        table = self._rewriter.table
        info = GaugeMetricFamily("selflearn_table_info", "The version that is served.", labels=["version"])
        entries = GaugeMetricFamily("selflearn_table_entries", "Entries of the version that is served.")
        created = GaugeMetricFamily(
            "selflearn_table_created_timestamp_seconds", "When the version that is served was published."
        )
        if table is not None:
            info.add_metric([table.version], 1)
            entries.add_metric([], len(table))
            created.add_metric([], table.manifest.created.timestamp())
        yield from (info, entries, created)
        yield CounterMetricFamily(
            "selflearn_table_load_failures",
            "How often a new version, or a changed blocklist, could not be loaded.",
            self._rewriter.load_failures,
        )
        dropped = 0 if self._rewriter.decisions is None else self._rewriter.decisions.dropped
        yield CounterMetricFamily(
            "selflearn_decisions_dropped", "Decisions that could not be written.", dropped
        )
