"""What the fixture `fairness` gives: measurements of one session, on one server."""

import json
import re
import zlib
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

if TYPE_CHECKING:
    from queue_fairness.api.bench import Bench
    from queue_fairness.api.comparison import Comparison
    from queue_fairness.api.loop_thread import LoopThread
    from queue_fairness.api.result import Result
    from queue_fairness.plan import Plan
    from queue_fairness.strategies.custom.given import QueueSource

T = TypeVar("T")

SMALL = {"partitions": 20, "tasks_per_partition": 5, "workers": 4, "work_duration": 0.001}
"""What is measured unless a test says otherwise: some 0.1 s."""
MARKER = "fairness"


class Fairness:
    """Called with a queue it measures, and gives a `queue_fairness.Result`.

    Measurements are made in a thread with an event loop of its own, one after another.
    """

    def __init__(
        self,
        *,
        redis_url: str | None,
        folder: str | None,
        present: Callable[[], pytest.Item | None],
    ) -> None:
        self._redis_url = redis_url
        self._folder = Path(folder) if folder is not None else None
        self._present = present
        self._thread: LoopThread | None = None
        self._bench: Bench | None = None
        self._written: dict[str, int] = {}

    def __call__(
        self, queue: "QueueSource | None" = None, plan: "Plan | None" = None, **fields: object
    ) -> "Result":
        """Measure a queue.

        Args:
            queue: A class, a function that makes an object of one, or a name; see
                `queue_fairness.measure`.
            plan: The load; None for a small one with the fields of the test's markers.
            fields: Fields of the plan, by name.

        Raises:
            PlanError: A field or the queue cannot be used.
            ServerError: There is no usable Redis.
            RunError: The run failed, or the queue blocks the event loop.
        """
        __tracebackhide__ = True

        async def work(bench: "Bench") -> "Result":
            __tracebackhide__ = True
            return await bench.measure(queue, *self._asked(plan, fields))

        return self._told(self._run(work))

    async def measure(
        self, queue: "QueueSource | None" = None, plan: "Plan | None" = None, **fields: object
    ) -> "Result":
        """The same for a test that is a coroutine: its event loop goes on meanwhile.

        The queue's methods are called in another event loop.
        """
        import asyncio

        return await asyncio.to_thread(self, queue, plan, **fields)

    def compare(
        self,
        queues: "Sequence[QueueSource]",
        plan: "Plan | None" = None,
        *,
        repeats: int = 1,
        **fields: object,
    ) -> "Comparison":
        """Measure several queues under one load; see `queue_fairness.compare`."""

        async def work(bench: "Bench") -> "Comparison":
            wanted, all_fields = self._asked(plan, fields)
            return await bench.compare(queues, wanted, repeats, all_fields)

        compared = self._run(work)
        for results in compared.results.values():
            for each in results:
                self._told(each)
        return compared

    def close(self) -> None:
        """End the server and the thread."""
        thread, bench = self._thread, self._bench
        self._thread = self._bench = None
        if thread is None:
            return
        if bench is not None and not thread.is_stuck:
            thread.run(lambda: bench.__aexit__(None, None, None))
        thread.close()

    def _run(self, work: "Callable[[Bench], Coroutine[Any, Any, T]]") -> T:
        __tracebackhide__ = True
        # Not before: a test's time limit that ends the import must not end the fixture for all.
        from queue_fairness.api.bench import Bench
        from queue_fairness.api.loop_thread import LoopThread, StuckError
        from queue_fairness.api.measuring import stuck
        from queue_fairness.server.choice import ServerChoice

        if self._thread is None:
            self._thread, self._bench = LoopThread(), None
        thread = self._thread

        async def with_bench() -> T:
            __tracebackhide__ = True
            if self._bench is None:
                self._bench = await Bench(ServerChoice(redis_url=self._redis_url)).__aenter__()
            return await work(self._bench)

        try:
            return thread.run(with_bench)
        except StuckError as error:
            self._thread = self._bench = None  # what hangs there is left behind
            raise stuck(error) from None

    def _asked(
        self, plan: "Plan | None", fields: dict[str, object]
    ) -> "tuple[Plan | None, dict[str, object]]":
        """The plan, and the fields laid over it: the nearest marker's before those farther off."""
        item = self._present()
        if plan is not None:
            return plan, fields
        markers = list(item.iter_markers(MARKER)) if item is not None else []
        marked = {name: value for each in reversed(markers) for name, value in each.kwargs.items()}
        return None, {**SMALL, **marked, **fields}

    def _told(self, result: "Result") -> "Result":
        """Note a result for the test's report, and write it down if that is asked for."""
        item = self._present()
        if item is not None:
            _tell_properties(item, result)
        if self._folder is not None:
            self._write(item.nodeid if item is not None else "session", result)
        return result

    def _write(self, test: str, result: "Result") -> None:
        assert self._folder is not None
        number = self._written[test] = self._written.get(test, 0) + 1
        file = self._folder / f"{_file_name(test)}-{number}.json"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(result.document(), indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            pytest.fail(f"--fairness-record {file}: {error.strerror}", pytrace=False)


def _tell_properties(item: pytest.Item, result: "Result") -> None:
    """Put the result into the test's properties, as JUnit has them; of each queue the last one."""
    waits = result.worst_wait_rounds
    beginning = f"fairness.{result.plan.strategy}."
    told = {
        "verdict": result.verdict.text if result.verdict else "none",
        "worst_wait_rounds": round(waits.max, 3) if waits else None,
        "debt_tasks": result.debt_tasks,
        "lost": result.lost,
    }
    kept = [each for each in item.user_properties if not each[0].startswith(beginning)]
    kept += [(beginning + name, str(value)) for name, value in told.items() if value is not None]
    item.user_properties[:] = kept


def _file_name(test: str) -> str:
    """A test's name as that of a file; two that would be alike differ by a checksum."""
    plain = re.sub(r"[^\w.-]+", "_", test, flags=re.ASCII)[-100:]
    return f"{plain}-{zlib.crc32(test.encode()):08x}"
