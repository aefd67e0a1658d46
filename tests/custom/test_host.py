"""What a run with a user's queue leaves alone in the process that it runs in."""

import gc
import signal
import threading
import time

from servers import on_one_engine, until

from queue_fairness.engine.session import Session
from queue_fairness.metrics.snapshot import Phase
from queue_fairness.plan import Plan
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.server import Server

pytestmark = on_one_engine

HANDLED = sorted(signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP})


def _plan(name: str, work_s: float = 0.005) -> Plan:
    strategy = f"custom.broken:{name}"
    return Plan(
        partitions=5, tasks_per_partition=20, workers=2, work_duration=work_s, strategy=strategy
    )


async def test_timer_of_the_host_rings_at_its_time(session: Session) -> None:
    rung: list[float] = []
    previous = signal.signal(signal.SIGALRM, lambda *_: rung.append(time.monotonic()))
    try:
        began = time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, 0.25, 30)
        run = await session.start(_plan("InMemory", 0.02))
        await session.wait()
        await until(lambda: bool(rung))

        assert run.snapshot().phase is Phase.DRAINED
        assert len(rung) == 1
        assert rung[0] >= began + 0.25
        assert 0 < signal.getitimer(signal.ITIMER_REAL)[0] <= 30
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


async def test_handlers_and_threads_are_as_before(session: Session) -> None:
    handlers = {number: signal.getsignal(number) for number in HANDLED}

    await session.start(_plan("InMemory"))
    await session.wait()

    assert {number: signal.getsignal(number) for number in HANDLED} == handlers
    assert "qf-alarm" not in {each.name for each in threading.enumerate()}


async def test_session_thaws_what_it_has_frozen(server: Server) -> None:
    gc.unfreeze()
    async with Session(ServerChoice(redis_url=server.endpoint.url)) as session:
        await session.start(_plan("InMemory"))
        await session.wait()
        await session.start(_plan("InMemory"))
        await session.wait()
        assert gc.get_freeze_count()

    assert gc.get_freeze_count() == 0
    assert gc.isenabled()
