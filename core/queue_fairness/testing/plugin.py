"""The pytest plugin. Whoever has this package installed loads this module at every start of pytest.

So it imports nothing but pytest; the engine comes with the first use of the fixture.
"""

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING
from unittest import SkipTest

import pytest

if TYPE_CHECKING:
    from queue_fairness.testing.meter import Fairness

INCONCLUSIVE = ("skip", "fail")


class _Present:
    """The test that runs now."""

    item: pytest.Item | None = None


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options; all begin with `--fairness-`."""
    group = parser.getgroup("fairness", "fairness of queues")
    group.addoption(
        "--fairness-redis-url",
        metavar="URL",
        help="measure on this Redis, not on a temporary one; only keys of the runs are touched",
    )
    group.addoption(
        "--fairness-record",
        metavar="DIR",
        help="write the JSON document of every measurement into this folder",
    )
    group.addoption(
        "--fairness-inconclusive",
        choices=INCONCLUSIVE,
        default=INCONCLUSIVE[0],
        help="what becomes of a test whose result says too little (default: skip)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Explain the marker, and refuse a URL that makes no sense before any test."""
    config.addinivalue_line(
        "markers",
        "fairness(**fields): fields of the plan for every measurement of the test, such as "
        "partitions=50, workers=8",
    )
    url = config.getoption("--fairness-redis-url")
    if url is None:
        return
    from queue_fairness.errors import PlanError
    from queue_fairness.server.choice import ServerChoice

    try:
        ServerChoice(redis_url=url)
    except PlanError as error:
        raise pytest.UsageError(str(error).replace("--redis-", "--fairness-redis-", 1)) from None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Know which test is running: the fixture outlives them all."""
    _Present.item = item
    try:
        return (yield)
    finally:
        _Present.item = None


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Let a result that says too little fail the test, where that is asked for."""
    try:
        return (yield)
    except SkipTest as skipped:
        if pyfuncitem.config.getoption("--fairness-inconclusive") == "skip":
            raise
        from queue_fairness.api import InconclusiveError

        if not isinstance(skipped, InconclusiveError):
            raise
        text = f"too little is known to assert anything\n{skipped.result}"
        pytest.fail(text, pytrace=False)


@pytest.fixture(scope="session")
def fairness(pytestconfig: pytest.Config) -> Iterator["Fairness"]:
    """Measures queues: `fairness(MyQueue).assert_fair()`, or `await fairness.measure(MyQueue)`.

    One server a session, started at the first measurement. A measurement is of 20 partitions of 5
    tasks of 1 ms, by 4 workers, unless the call or a marker says otherwise.
    """
    from queue_fairness.testing.meter import Fairness

    meter = Fairness(
        redis_url=pytestconfig.getoption("--fairness-redis-url"),
        folder=pytestconfig.getoption("--fairness-record"),
        present=lambda: _Present.item,
    )
    yield meter
    meter.close()
