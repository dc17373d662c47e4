"""Metrics: what one process has done and the state of the marketplace, in Prometheus' format.

Counting costs microseconds; what must be read from the database is read when somebody asks, and is cheap, too.
Described in docs/operations.md.
"""

from collections.abc import Callable, Iterator

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from kempelen.core.money import Money
from kempelen.market import gauges
from kempelen.market.foundation.call import MARKET
from kempelen.market.foundation.clock import SystemClock
from kempelen.market.market import Market
from kempelen.store.database import DatabaseError

CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_MICROS = Money.parse("1").micros

log = structlog.get_logger("kempelen.metrics")


class Metrics:
    """The metrics of one process; `text` reads the database, so do not call it in an event loop."""

    def __init__(self, market: Market, *, held: Callable[[], int]) -> None:
        """`held` answers how many bytes clients make this process hold."""
        self._registry = CollectorRegistry()
        Gauge(
            "kempelen_held_bytes",
            "Heads, bodies and unsent answers that clients make this process hold.",
            registry=self._registry,
        ).set_function(held)
        self._operations = Counter(
            "kempelen_operations",
            "Operations of the Requester API answered, by outcome: ok, or the error's name.",
            ("operation", "outcome"),
            registry=self._registry,
        )
        self._operation_seconds = Histogram(
            "kempelen_operation_seconds",
            "From a request's first byte to its answer.",
            ("operation",),
            buckets=SECONDS,
            registry=self._registry,
        )
        self._pages = Counter(
            "kempelen_pages", "Pages answered, by HTTP status.", ("page", "status"), registry=self._registry
        )
        self._page_seconds = Histogram(
            "kempelen_page_seconds",
            "From a request for a page to its answer.",
            ("page",),
            buckets=SECONDS,
            registry=self._registry,
        )
        ProcessCollector(registry=self._registry)
        self._registry.register(_OfTheMarket(market))

    def count_operation(self, operation: str, outcome: str, seconds: float) -> None:
        """One operation has been answered."""
        self._operations.labels(operation, outcome).inc()
        self._operation_seconds.labels(operation).observe(seconds)

    def count_page(self, page: str, status: int, seconds: float) -> None:
        """One page has been answered."""
        self._pages.labels(page, str(status)).inc()
        self._page_seconds.labels(page).observe(seconds)

    def text(self) -> bytes:
        """All metrics as they stand now."""
        return generate_latest(self._registry)


class _OfTheMarket(Collector):
    """What is known of lanes, deadlines and money when it is asked for."""

    def __init__(self, market: Market) -> None:
        self._market = market

    def describe(self) -> Iterator[Metric]:
        return iter(())  # so that nothing is read to register it

    def collect(self) -> Iterator[Metric]:
        lanes = self._market.lanes.counters()
        yield GaugeMetricFamily("kempelen_lane_waiting", "Writes that wait for their commit.", value=lanes.waiting)
        yield CounterMetricFamily("kempelen_lane_jobs", "Writes committed or refused.", value=lanes.jobs)
        yield CounterMetricFamily(
            "kempelen_lane_batches", "Commits; jobs divided by batches is the batch size.", value=lanes.batches
        )
        yield CounterMetricFamily(
            "kempelen_lane_runs_again", "Batches that had to run once more.", value=lanes.runs_again
        )
        ahead = 0.0
        if isinstance(self._market.clock, SystemClock) and (clock_jump := self._market.clock.system_time.clock_jump):
            ahead = (clock_jump.shown - clock_jump.believed).total_seconds()
        yield GaugeMetricFamily(
            "kempelen_clock_jump_seconds",
            "By how much the system clock has jumped ahead, where market time does not follow it; else 0.",
            value=ahead,
        )
        try:
            now = self._market.read_now(MARKET, gauges.get_gauges)
        except DatabaseError as error:
            log.warning("The database does not answer", error=str(error))
            yield GaugeMetricFamily("kempelen_database_up", "Does the database answer? 1 is yes.", value=0)
            return
        yield GaugeMetricFamily("kempelen_database_up", "Does the database answer? 1 is yes.", value=1)
        yield GaugeMetricFamily("kempelen_deadlines_due", "Deadlines due and not yet performed.", value=now.due)
        late = max((self._market.clock.now() - now.due_since).total_seconds(), 0.0) if now.due_since else 0.0
        yield GaugeMetricFamily("kempelen_deadline_late_seconds", "How late the earliest deadline is.", value=late)
        deliveries = GaugeMetricFamily(
            "kempelen_deliveries",
            "Deliveries that wait to be sent, and dead ones given up.",
            labels=("status",),
        )
        for status, count in now.deliveries.items():
            deliveries.add_metric([status], count)
        yield deliveries
        money = GaugeMetricFamily("kempelen_money_dollars", "Money by kind of account.", labels=("kind",))
        for kind, total in sorted(now.money.items()):
            money.add_metric([kind], total.micros / _MICROS)
        yield money
