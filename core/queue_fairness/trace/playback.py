"""Plays a recorded run: the same events, looked at in the same portions, give the same pictures."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from queue_fairness.errors import TableError
from queue_fairness.events import Event, Failed, Finished, PickedUp
from queue_fairness.metrics.phase import Phase
from queue_fairness.metrics.recorder import Recorder
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.plan import MAX_TASKS
from queue_fairness.plan.observed import RecordedPlan
from queue_fairness.trace.end import known_of, server_of
from queue_fairness.trace.facts import ENDED, FOLDED, EventReader
from queue_fairness.trace.picture import Known, picture
from queue_fairness.trace.reading import CUT_OFF, Fact, Line

ORDERS = ("number", "sending time", "brackets")
MOST_WORKERS = 100_000
WORKER = re.compile(r"w(\d{1,6})")


class Playback:
    """One recorded run, as far as it was played.

    Args:
        name: What its file is called.
        header: Its first fact.

    Attributes:
        plan: What was asked for.
        at: The instant that is reached, seconds.
        is_over: Whether its last fact was played.

    Raises:
        TableError: The header is not that of a run of this program.
    """

    def __init__(self, name: str, header: Line) -> None:
        self._name = name
        self.header = header.fact
        try:
            self.plan = plan_of(header.fact)
            queue = header.fact["queue"]
            weights = {int(each): float(share) for each, share in queue["weights"].items()}
            if queue["ordered_by"] not in ORDERS:
                raise ValueError(queue["ordered_by"])
            self.recorder = Recorder(self.plan, int(queue["limit"]), weights, queue["ordered_by"])
            self._server = server_of(header.fact["server"])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise TableError(
                f"{name}, line {header.number:,} is no header of a run: {error}"
            ) from error
        self.at = 0.0
        self.is_over = False
        self._in_hand: dict[int, int] = {}
        self._reader = EventReader(self._partition, _worker, _task)
        self._partitions: dict[str, int] = {}
        self._known: Known | None = None
        self._final: Snapshot | None = None

    def play(self, line: Line) -> None:
        """Take in the next fact.

        Raises:
            TableError: It is none, or it contradicts those before it.
        """
        fact = line.fact
        kind = fact.get("event")
        try:
            if kind == FOLDED:
                self.recorder.take_in()
            elif kind == ENDED:
                self._known = known_of(fact)
                self.is_over = True
            elif kind != CUT_OFF:
                event = self._reader.event(fact)
                self._check(event)
                self.at = max(self.at, event.at)
                self.recorder.record(event)
        except TableError as error:
            raise TableError(f"{self._name}, line {line.number:,}: {error}") from error
        except (KeyError, IndexError, TypeError, ValueError, AssertionError) as error:
            raise TableError(
                f"{self._name}, line {line.number:,} contradicts what stands before it"
            ) from error

    def picture(self) -> Snapshot:
        """The run at the instant that is reached, its assessment included."""
        if self._final is not None:
            return self._final
        known = self._known if self._known is not None else self._so_far(is_over=False)
        return self._seen(known)

    def end(self) -> Snapshot:
        """The final picture; of a recording that breaks off, that of a run that did."""
        if self._final is None:
            known = self._known if self._known is not None else self._so_far(is_over=True)
            self._final = self._seen(known)
        return self._final

    def _seen(self, known: Known) -> Snapshot:
        if known.phase.is_final:
            self.recorder.flush()
        seen = picture(self.plan, self.recorder.counters, known, self.recorder.order)
        return replace(seen, assessment=self.recorder.latest_assessment(seen))

    def _so_far(self, *, is_over: bool) -> Known:
        """What can be said of a run whose end has not been played."""
        counters, plan = self.recorder.counters, self.plan
        enqueued = max(sum(plan.sizes_at_start()), counters.arrived)
        out = counters.completed + counters.dead + counters.in_flight + len(counters.gone)
        working = Phase.DRAINING if plan.is_drain else Phase.SERVING
        return Known(
            server=self._server,
            phase=Phase.STOPPED if is_over else working,
            warning=f"{self._name} breaks off after {self.at:.2f} s" if is_over else None,
            elapsed_s=self.at,
            enqueued=enqueued,
            left=None if is_over else max(0, enqueued - out),
            lost=None if is_over else 0,
            cut_short=counters.in_flight if is_over else 0,
        )

    def _check(self, event: Event) -> None:
        """Refuse the end of a task that its worker has not in hand."""
        if isinstance(event, PickedUp):
            self._in_hand[event.worker] = event.task
        elif isinstance(event, Finished | Failed):
            held = self._in_hand.pop(event.worker, None)
            if held != event.task:
                raise TableError(f"w{event.worker} ends task {event.task}, not in its hands")

    def _partition(self, name: str) -> int:
        found = self._partitions.get(name)
        if found is not None:
            return found
        digits = re.fullmatch(r"(p|noisy)(\d{1,9})", name)
        if digits is None:
            raise TableError(f"no tenant of the plan: {name!r}")
        base = 0 if digits[1] == "p" else self.plan.partitions - 1
        number = self._partitions[name] = base + int(digits[2])
        if self.plan.partition_name(number) != name:
            raise TableError(f"no tenant of the plan: {name!r}")
        return number


def plan_of(header: Fact) -> RecordedPlan:
    """The plan that a header holds.

    Raises:
        KeyError, TypeError, ValueError: It is none, or none that could have been carried out.
    """
    known: Mapping[str, Any] = header["plan"]
    names = RecordedPlan.__dataclass_fields__
    kinds = {name: type(field.default) for name, field in names.items()}
    values = {name: value for name, value in known.items() if name in names}
    for name, value in values.items():
        kind: Callable[..., object] = kinds[name]
        if type(value) is not kind and not (kind is float and type(value) is int):
            raise ValueError(f"{name} is {value!r}")
    plan = RecordedPlan(**values)
    if not (1 <= plan.workers <= MOST_WORKERS and 1 <= plan.all_partitions <= 2 * 10**6):
        raise ValueError(f"{plan.workers} workers, {plan.all_partitions} partitions")
    if plan.expected_tasks > MAX_TASKS:
        raise ValueError(f"{plan.expected_tasks:,.0f} tasks")
    return plan


def _worker(name: str) -> int:
    digits = WORKER.fullmatch(name)
    if digits is None:
        raise TableError(f"no worker of a run: {name!r}")
    return int(digits[1])


def _task(name: str) -> int:
    number = int(name)
    if not 0 <= number < 10 * MAX_TASKS:
        raise TableError(f"no number of a task: {name!r}")
    return number
