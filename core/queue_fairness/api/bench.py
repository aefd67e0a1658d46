"""A session for measuring from Python: one server for many runs, one run at a time."""

import asyncio
import dataclasses
from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from queue_fairness.analysis import comparison
from queue_fairness.api.comparison import Comparison
from queue_fairness.api.errors import RunError
from queue_fairness.api.request import planned
from queue_fairness.api.result import Result
from queue_fairness.engine.series import SeriesRunner
from queue_fairness.engine.session import Session
from queue_fairness.errors import PlanError, ServerError
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.plan import Plan
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.redis_py import check_redis_py
from queue_fairness.strategies.custom.given import QueueSource, given


class Bench:
    """`async with Bench(choice) as bench:` then `bench.measure(queue)`, as often as liked.

    The server is opened at the first run. Runs that are asked for at once are made one after
    another, so that they do not disturb each other.
    """

    def __init__(self, choice: ServerChoice) -> None:
        self._session = Session(choice, is_guest=True)
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> "Bench":
        check_redis_py()
        await self._session.__aenter__()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._session.__aexit__(*exception)

    async def measure(
        self, queue: QueueSource | None, plan: Plan | None, fields: Mapping[str, object]
    ) -> Result:
        """Make one run; see `measuring.measure`."""
        __tracebackhide__ = True
        async with self._turn:
            with ExitStack() as lent:
                asked = _asked(lent, queue, plan, fields)
                run = await self._session.start(asked)
                try:
                    await self._session.wait()
                except asyncio.CancelledError:
                    await self._session.stop()
                    raise
                return _finished(run.snapshot())

    async def compare(
        self,
        queues: Sequence[QueueSource],
        plan: Plan | None,
        repeats: int,
        fields: Mapping[str, object],
    ) -> Comparison:
        """Make runs of several queues; see `measuring.compare`."""
        if not queues or repeats < 1:
            raise PlanError("strategies", "a comparison needs a queue, and one repeat or more")
        async with self._turn:
            with ExitStack() as lent:
                names = tuple(lent.enter_context(given(each)) for each in queues)
                if len(set(names)) < len(names):
                    raise PlanError("strategies", "a comparison has each queue once")
                wanted = planned(plan, {**fields, "strategy": names[0]})
                for name in names[1:]:
                    dataclasses.replace(wanted, strategy=name)  # refuses a name that is none
                asked = comparison.Comparison(plan=wanted, strategies=names, repeats=repeats)
                runner = SeriesRunner(self._session, asked)
                try:
                    made = await runner.execute()
                except asyncio.CancelledError:
                    await self._session.stop()
                    raise
                return Comparison.of(made)


def _asked(
    lent: ExitStack, queue: QueueSource | None, plan: Plan | None, fields: Mapping[str, object]
) -> Plan:
    """The plan of a run, whose strategy is found as long as the stack is open."""
    if queue is None:
        return planned(plan, fields)
    if "strategy" in fields:
        raise PlanError("strategy", "the queue and strategy= both name it: give one of them")
    name = lent.enter_context(given(queue))
    return planned(plan, {**fields, "strategy": name})


def _finished(run: Snapshot) -> Result:
    """The result of a run that came to its end.

    Raises:
        RunError: It failed.
        ServerError: There was no server for it.
    """
    __tracebackhide__ = True
    if run.phase is not Phase.FAILED:
        return Result.of(run)
    sentence = run.failure or "the run failed"
    if run.server is None:
        raise ServerError(sentence)
    raise RunError(sentence, Result.of(run), run.failure_details or "")
