"""What Prometheus sees: how much, how fast, from which table. Never what anybody said."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from shutil import disk_usage

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from selflearn.errors import SwitchesUnread
from selflearn.messages import RewriteAnswer
from selflearn.observing import take_note
from selflearn.rewriter import Rewriter

__all__ = ["OTHER", "Metrics"]

_BUCKETS = (0.00025, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)

#: What is counted together: paths that are no route, tenants beyond the bound.
OTHER = "other"

#: Tenants with series of their own. An operator's key may name any, so that their number needs a bound.
_MOST_TENANTS = 1000


class Metrics:
    """The metrics of one app, in a registry of their own.

    | series of | by |
    | --- | --- |
    | HTTP requests, their time | route, status |
    | answers, feedback | tenant, outcome or verdict |
    | table, decisions, process | |

    Labels come from routes, statuses, enumerations and tenants only, and tenants are bounded: nobody who asks can
    make the metrics grow.

    Parameters
    ----------
    rewriter
        Its table and its log of decisions are looked at when metrics are asked for.
    """

    def __init__(self, rewriter: Rewriter) -> None:
        self.registry = CollectorRegistry()
        self._tenants: set[str] = set()
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
        self._outcomes = Counter(
            "selflearn_rewrite_requests",
            "Requests for a rewrite.",
            ["tenant", "outcome"],
            registry=self.registry,
        )
        self._feedback = Counter(
            "selflearn_feedback",
            "What customers said of rewrites.",
            ["tenant", "verdict"],
            registry=self.registry,
        )
        self.registry.register(_TableMetrics(rewriter))
        self.registry.register(_PolicyMetrics(rewriter, self._tenants))
        ProcessCollector(registry=self.registry)
        # The way from labels to a series is long; these are the ends of those ways.
        self._observed: dict[tuple[str, int], tuple[Counter, Histogram]] = {}
        self._counted: dict[tuple[str, str], Counter] = {}

    def observe(self, route: str, status: int, seconds: float) -> None:
        """Count one HTTP request.

        Parameters
        ----------
        route
            Its path as the route says it; `OTHER` where it is no route.
        status
            0 where it ended without an answer.
        seconds
            Until the answer was sent.
        """
        series = self._observed.get((route, status))
        if series is None:
            series = self._requests.labels(route, str(status)), self._seconds.labels(route)
            self._observed[route, status] = series
        series[0].inc()
        series[1].observe(seconds)

    def count(self, answer: RewriteAnswer, tenant_id: str = "default") -> None:
        """Count one answer to a request for a rewrite."""
        take_note(tenant_id, answer.request_id)
        outcome = answer.outcome
        series = self._counted.get((tenant_id, outcome))
        if series is None:
            tenant = self._tenant(tenant_id)
            series = self._outcomes.labels(tenant, outcome)
            if tenant == tenant_id:
                self._counted[tenant_id, outcome] = series
        series.inc()

    def count_feedback(self, tenant_id: str, verdict: str) -> None:
        """Count one verdict of a customer, `accepted` or `rejected`; one that was sent again is not counted."""
        self._feedback.labels(self._tenant(tenant_id), verdict).inc()

    def text(self, tenant_id: str | None = None) -> bytes:
        """Return the metrics in Prometheus' text format.

        Parameters
        ----------
        tenant_id
            Only this tenant's series; None: all.
        """
        return generate_latest(self.registry if tenant_id is None else _OneTenant(self.registry, tenant_id))

    def _tenant(self, tenant_id: str) -> str:
        if tenant_id not in self._tenants and len(self._tenants) >= _MOST_TENANTS:
            return OTHER
        self._tenants.add(tenant_id)
        return tenant_id


class _OneTenant(Collector):
    """One tenant's series out of all: none of another's, and none of the machine's."""

    def __init__(self, registry: CollectorRegistry, tenant_id: str) -> None:
        self._registry = registry
        self._tenant_id = tenant_id

    def collect(self) -> Iterator[Metric]:
        for family in self._registry.collect():
            own = [sample for sample in family.samples if sample.labels.get("tenant") == self._tenant_id]
            if own:
                part = Metric(family.name, family.documentation, family.type, family.unit)
                part.samples = own
                yield part


class _TableMetrics(Collector):
    """Read when they are asked for, so that they never differ from what is served."""

    def __init__(self, rewriter: Rewriter) -> None:
        self._rewriter = rewriter

    def collect(self) -> Iterable[Metric]:
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
        yield from _disk(self._rewriter._source.root)
        dropped = 0 if self._rewriter.decisions is None else self._rewriter.decisions.dropped
        yield CounterMetricFamily(
            "selflearn_decisions_dropped", "Decisions that could not be written.", dropped
        )


def _disk(folder: Path) -> Iterable[Metric]:
    """How full the disk is on which the data folder is: decisions are dropped where it is full."""
    free = GaugeMetricFamily("selflearn_disk_free_bytes", "Free on the disk of the data folder.")
    size = GaugeMetricFamily("selflearn_disk_bytes", "Size of the disk of the data folder.")
    try:
        usage = disk_usage(next(place for place in (folder, *folder.parents) if place.exists()))
    except OSError:
        return (free, size)  # a disk that does not answer is told by the series that end
    free.add_metric([], usage.free)
    size.add_metric([], usage.total)
    return (free, size)


class _PolicyMetrics(Collector):
    """What is switched, for the tenants that the table knows or that have asked."""

    def __init__(self, rewriter: Rewriter, asked: set[str]) -> None:
        self._rewriter = rewriter
        self._asked = asked

    def collect(self) -> Iterable[Metric]:
        policy, table = self._rewriter.policy, self._rewriter.table
        off = GaugeMetricFamily("selflearn_rewriting_off", "1: no request is rewritten.", labels=["tenant"])
        dry = GaugeMetricFamily("selflearn_dry_run", "1: decided, not applied.", labels=["tenant"])
        tenants = set(self._asked) | set(() if table is None else table.manifest.tenants)
        for tenant in sorted(tenants)[:_MOST_TENANTS]:
            try:
                board = policy.for_tenant(tenant)
            except SwitchesUnread:
                break  # nothing is rewritten, and the failures below say why
            off.add_metric([tenant], board.off is not None)
            dry.add_metric([tenant], board.dry_run is not None)
        yield from (off, dry)
        yield CounterMetricFamily(
            "selflearn_switch_read_failures",
            "How often switches could not be read; the last ones stayed.",
            policy.switch_failures,
        )
        yield CounterMetricFamily(
            "selflearn_rejections_unread",
            "How often a customer's rejections could not be read, so that nothing was rewritten.",
            policy.rejections_unread,
        )
