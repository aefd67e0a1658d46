"""With a server of ours a user's queue gets an address that every library understands."""

import socket
from urllib.parse import urlsplit

import pytest
from custom.addresses import Looking, port_of
from servers import ENGINES, until

from queue_fairness.engine.session import Session
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.plan import Plan
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.server import Server

LOOKING = "custom.addresses:Looking"
EACH = pytest.mark.parametrize("engine", ENGINES)


@pytest.fixture(autouse=True)
def _nothing_seen_yet() -> None:
    for seen in (Looking.urls, Looking.stranger, Looking.bound):
        seen.clear()


def _plan(strategy: str, **more: float) -> Plan:
    values = {"partitions": 10, "tasks_per_partition": 4, "workers": 2, "work_duration": 0.001}
    return Plan(**{**values, **more}, strategy=strategy)  # type: ignore[arg-type]


async def _measure(session: Session, plan: Plan) -> Snapshot:
    run = await session.start(plan)
    await session.wait()
    return run.snapshot()


def _is_listening(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True


@EACH
@pytest.mark.parametrize("delay_s", [0.0, 0.001], ids=["direct", "delayed"])
async def test_port_on_loopback_behind_a_password_and_nothing_after_the_run(
    engine: str, delay_s: float
) -> None:
    async with Session(ServerChoice(redis_server=engine)) as session:
        final = await _measure(session, _plan(LOOKING, network_delay=delay_s))

        assert final.phase is Phase.DRAINED, final.failure
        (url,) = set(Looking.urls)
        place = urlsplit(url)
        assert (place.scheme, place.hostname) == ("redis", "127.0.0.1")
        assert place.password is not None
        assert len(place.password) > 20
        assert place.port is not None
        assert all(answer.startswith(b"-NOAUTH") for answer in Looking.stranger)
        assert set(Looking.bound) == {"127.0.0.1"}
        assert not _is_listening(place.port)
        # What the next run finds is as it was.
        assert (await _measure(session, _plan("round-robin"))).phase is Phase.DRAINED
        assert (await _measure(session, _plan(LOOKING))).phase is Phase.DRAINED
        assert len(set(Looking.urls)) == 2, "each run has a password of its own"


@EACH
async def test_isolated_run_gets_the_same(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "tests")
    async with Session(ServerChoice(redis_server=engine), isolate=True) as session:
        plan = _plan("custom.example_queue:NewestFirst")
        final = await _measure(session, plan)

        assert final.phase is Phase.DRAINED, final.failure
        assert await session.server_answers()


@EACH
async def test_failure_of_the_queue_leaves_no_port(engine: str) -> None:
    async with Session(ServerChoice(redis_server=engine)) as session:
        final = await _measure(session, _plan("custom.broken:UnableToBegin"))

        assert final.phase is Phase.FAILED
        assert session._server is not None
        async with session._server.connect("test") as client:
            assert await port_of(client) == 0
        assert await session.server_answers()


async def test_strategy_of_the_table_opens_no_port() -> None:
    async with Session(ServerChoice(redis_server=ENGINES[0])) as session:
        run = await session.start(_plan("round-robin", tasks_per_partition=200))
        await until(lambda: run.snapshot().completed > 10)
        assert session._server is not None
        async with session._server.connect("test") as client:
            assert await port_of(client) == 0
        await session.stop()


async def test_server_of_the_users_is_given_as_it_was_named(
    session: Session, server: Server
) -> None:
    final = await _measure(session, _plan(LOOKING))

    assert final.phase is Phase.DRAINED, final.failure
    assert set(Looking.urls) == {server.endpoint.url}


async def test_keys_beside_the_prefix_are_told_once_and_not_charged_to_the_next() -> None:
    async with Session(ServerChoice(redis_server=ENGINES[0])) as session:
        first = await _measure(session, _plan("custom.addresses:Littering"))
        second = await _measure(session, _plan("custom.example_queue:NewestFirst"))

        assert first.warning is not None
        assert first.warning.startswith("2 keys do not begin with the prefix that open() got")
        assert "'rq:queues'" in first.warning
        assert "\x1b" not in first.warning
        assert second.warning is None
