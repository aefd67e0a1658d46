"""`attach --prometheus`: metrics for Prometheus, served on loopback or written to a file.

Cardinality is bounded: the tenants that wait longest, as many as `--lanes` says, and totals. The
file is for node_exporter's textfile collector; it is replaced at once, never half written.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from queue_fairness.attach.headline import Word
from queue_fairness.attach.picture import Picture
from queue_fairness.errors import OutputError, PlanError

if TYPE_CHECKING:
    from prometheus_client.core import GaugeMetricFamily

PREFIX = "queue_fairness_attach"
HOST = "127.0.0.1"
TOTALS: tuple[tuple[str, str, Callable[[Picture], float | None]], ...] = (
    ("tenants", "Tenants.", lambda each: each.known),
    ("tenants_with_work", "Tenants with tasks that wait.", lambda each: each.with_work),
    ("waiting", "Tasks that wait.", lambda each: each.waiting),
    ("starved_tenants", "Tenants that are starved.", lambda each: each.starved),
    ("stuck_locks", "Locks that nobody holds.", lambda each: len(each.stuck)),
    ("dispatch_rate", "Tasks taken per second.", lambda each: each.rate_per_s),
    ("coverage_ratio", "Share of the dispatches that was seen.", lambda each: each.coverage),
    ("redis_seconds", "The server's time that looking took.", lambda p: p.cost.redis_ms / 1000),
    ("up", "Whether the newest look succeeded.", lambda each: each.trouble is None),
)


class Collector:
    """What Prometheus asks; shows the newest picture."""

    def __init__(self) -> None:
        self.picture: Picture | None = None

    def collect(self) -> Iterable["GaugeMetricFamily"]:
        """Every metric; one that is not known is left out."""
        from prometheus_client.core import GaugeMetricFamily

        picture = self.picture
        if picture is None:
            return
        for name, text, of in TOTALS:
            value = of(picture)
            if value is not None:
                yield GaugeMetricFamily(f"{PREFIX}_{name}", text, value=float(value))
        words = GaugeMetricFamily(
            f"{PREFIX}_headline", "1 for the word that holds.", labels=["word"]
        )
        for word in Word:
            words.add_metric([word.value], float(picture.headline.word is word))
        yield words
        depth = GaugeMetricFamily(f"{PREFIX}_lane_waiting", "Tasks of it that wait.", labels=LANE)
        oldest = GaugeMetricFamily(
            f"{PREFIX}_lane_oldest_seconds", "How long its oldest task has waited.", labels=BOUNDED
        )
        for lane in picture.lanes:
            if lane.waiting.value is not None:
                depth.add_metric([lane.name], lane.waiting.value)
            age_s = lane.oldest.age(picture.at)
            if age_s is not None:
                oldest.add_metric([lane.name, lane.oldest.bound.value], age_s)
        yield from (depth, oldest)


LANE = ["partition"]
BOUNDED = ["partition", "bound"]


@contextmanager
def exporter(where: str) -> Iterator[Callable[[Picture], None]]:
    """A function that takes pictures, while the block lasts.

    Args:
        where: A port of this machine, or the path of a file.

    Raises:
        PlanError: prometheus-client is not installed, or there is no such port.
        OutputError: The port is taken, or the file cannot be written.
    """
    try:
        import prometheus_client
    except ImportError as error:
        raise PlanError(
            "prometheus", "--prometheus needs the package prometheus-client: install it"
        ) from error
    collector = Collector()
    registry = prometheus_client.CollectorRegistry(auto_describe=False)
    registry.register(collector)
    with _served(where, registry) if where.isdigit() else _written(where, registry) as publish:

        def export(picture: Picture) -> None:
            collector.picture = picture
            publish()

        yield export


# Any: the registry's type is that of a package that may not be installed.
@contextmanager
def _served(where: str, registry: Any) -> Iterator[Callable[[], None]]:  # noqa: ANN401
    from prometheus_client import start_http_server

    port = int(where)
    if not 1 <= port <= 65535:
        raise PlanError("prometheus", f"--prometheus {where}: a port is a number from 1 to 65535")
    try:
        server, thread = start_http_server(port, addr=HOST, registry=registry)
    except OSError as error:
        raise OutputError(f"--prometheus {where} cannot be served: {error.strerror}") from error
    try:
        yield lambda: None
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def _written(where: str, registry: Any) -> Iterator[Callable[[], None]]:  # noqa: ANN401
    from prometheus_client import write_to_textfile

    def publish() -> None:
        try:
            write_to_textfile(where, registry)
        except OSError as error:
            raise OutputError(
                f"--prometheus {where} could not be written: {error.strerror}"
            ) from error

    if not Path(where).absolute().parent.is_dir():
        raise OutputError(f"--prometheus {where}: there is no such folder; make it first")
    yield publish
