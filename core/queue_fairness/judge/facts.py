"""Judges facts of any system: a file of events becomes a table with a job for each pickup."""

from array import array
from collections import deque
from collections.abc import Iterator
from typing import Any

from queue_fairness.errors import TableError
from queue_fairness.formatting import numbers
from queue_fairness.judge.fold import judge_jobs
from queue_fairness.judge.jobs import NEVER, Jobs, Names
from queue_fairness.judge.moments import LATEST
from queue_fairness.judge.options import TableOptions
from queue_fairness.judge.reading import MOST_BAD, SHOWN, Tell, pseudonym, window_of
from queue_fairness.judge.times import TimeReader
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.outside import harmless
from queue_fairness.plan import Source as PlanSource
from queue_fairness.trace.reading import TIME_UNITS, Line

TELL_EVERY = 20_000
KNOWN = ("arrived", "picked_up", "finished", "failed", "lease_expired")
"""The events from which jobs are made; all others say nothing about whose turn it was."""


class FactReader:
    """Makes jobs of facts, a job of each pickup.

    Args:
        name: What the file is called.
        mask: Whether names are replaced by pseudonyms.

    Attributes:
        jobs: What was made.
        facts: How many facts there were.
        bad: The first of those that could not be read, in words.
        bad_facts: How many there were.
    """

    def __init__(self, name: str, *, mask: bool = False) -> None:
        self.jobs = Jobs()
        if mask:
            self.jobs.tenants, self.jobs.workers = Names(pseudonym), Names(pseudonym)
        self.facts = 0
        self.bad: list[str] = []
        self.bad_facts = 0
        self._name = name
        self._unit_ns = 1e9
        self._zero = 0
        self._in_hand: dict[tuple[str, str], int] = {}
        """By worker and task: the job."""
        self._latest: dict[str, int] = {}
        """By task that is in somebody's hands: its last job."""
        self._arrived: dict[int, deque[list[int]]] = {}
        """By tenant: when jobs came that were not taken yet, and how many."""
        self._costs = array("d")

    def begin(self, header: Line) -> None:
        """Take in a header."""
        fact = header.fact
        self._unit_ns = TIME_UNITS[fact.get("time", "s")] * 1e9
        started_at = fact.get("started_at")
        try:
            self._zero = 0 if started_at is None else TimeReader().instant(str(started_at))
            weights = fact.get("weights") or {}
            for tenant, weight in weights.items():
                if not 1e-9 <= float(weight) < 1e12:
                    raise ValueError(f"weight {weight!r}")
                self.jobs.weights[self.jobs.tenants.number(str(tenant))] = float(weight)
        except (ValueError, TypeError, AttributeError) as error:
            where = f"{self._name}, line {header.number:,}"
            raise TableError(f"{where}: the header makes no sense: {error}") from error

    def take(self, line: Line) -> None:
        """Take in a fact; one that cannot be read is counted and left out."""
        self.facts += 1
        kind = line.fact.get("event")
        try:
            if kind in KNOWN:
                self._take(str(kind), line.fact)
        except (KeyError, TypeError, ValueError) as error:
            self.bad_facts += 1
            if len(self.bad) < SHOWN:
                said = f"no {error}" if isinstance(error, KeyError) else harmless(str(error), 60)
                self.bad.append(f"line {line.number:,}: {kind}: {said}")

    def end(self) -> None:
        """All was taken in: what came and was never taken still waits."""
        for tenant, piles in self._arrived.items():
            for at, tasks in piles:
                for _ in range(tasks):
                    self._add(tenant, at, NEVER, -1)
        self.jobs.cost = self._costs if len(self._costs) == len(self.jobs) else array("d")
        if not self.jobs.workers.shown:
            self.jobs.worker = array("i")

    def _take(self, kind: str, fact: Any) -> None:  # noqa: ANN401 - any JSON object
        at = self._instant(fact["t"])
        if kind == "arrived":
            tasks = fact.get("tasks", 1)
            if not isinstance(tasks, int) or not 0 <= tasks <= 10**7:
                raise ValueError(f"{tasks!r} tasks")
            tenant = self.jobs.tenants.number(_name(fact["tenant"]))
            self._arrived.setdefault(tenant, deque()).append([at, tasks])
        elif kind == "picked_up":
            tenant = self.jobs.tenants.number(_name(fact["tenant"]))
            came = self._came(tenant)
            ready = self._instant(fact["ready"]) if "ready" in fact else came
            if ready is None or ready > at:
                raise ValueError("it was picked up before it was ready")
            worker = fact.get("worker")
            number = -1 if worker is None else self.jobs.workers.number(_name(worker))
            self._in_hand[_key(fact)] = self._latest[_name(fact["task"])] = len(self.jobs)
            self._add(tenant, ready, at, number)
        else:
            self._end(kind, fact, at)

    def _end(self, kind: str, fact: Any, at: int) -> None:  # noqa: ANN401 - any JSON object
        """A job has ended, well or not, or its worker is taken to be gone."""
        task = _name(fact["task"])
        if kind == "lease_expired":
            job = self._latest.pop(task, None)
            if job is None or self.jobs.finished[job] < NEVER:
                return  # its end was told before
        else:
            job = self._in_hand.pop(_key(fact), None)
        if job is None:
            raise ValueError("it was not in hand")
        if at < self.jobs.started[job]:
            raise ValueError("it ended before it was picked up")
        self.jobs.finished[job] = min(at, self.jobs.finished[job])
        self._latest.pop(task, None)
        self._tell_cost(job, fact.get("cost"))

    def _add(self, tenant: int, ready: int, started: int, worker: int) -> None:
        jobs = self.jobs
        jobs.partition.append(tenant)
        jobs.ready.append(ready)
        jobs.started.append(started)
        jobs.finished.append(NEVER)
        jobs.worker.append(worker)
        if self._costs:
            self._costs.append(float("nan"))

    def _tell_cost(self, job: int, cost: object) -> None:
        if cost is None:
            return
        if not isinstance(cost, int | float) or not 0 <= cost < 1e15:
            raise ValueError(f"cost {cost!r}")
        if not self._costs:
            self._costs = array("d", [float("nan")]) * len(self.jobs)
        self._costs[job] = cost

    def _came(self, tenant: int) -> int | None:
        """When the job came that has waited longest; None if none is known to wait."""
        piles = self._arrived.get(tenant)
        if not piles:
            return None
        at, tasks = piles[0]
        if tasks > 1:
            piles[0][1] -= 1
        else:
            piles.popleft()
        return at if tasks else None

    def _instant(self, told: object) -> int:
        if isinstance(told, bool) or not isinstance(told, int | float):
            raise TypeError(f"{told!r} is no time")
        found = self._zero + round(told * self._unit_ns) if abs(told) < 1e19 else LATEST
        if abs(found) >= LATEST:
            raise ValueError(f"{told!r} is no time")
        return found


def read_facts(
    name: str, lines: Iterator[Line], options: TableOptions, tell: Tell = lambda *_: None
) -> FactReader:
    """Make jobs of facts; the arguments and errors are those of `judge_facts`."""
    reader = FactReader(name, mask=options.mask)
    for line in lines:
        if line.is_header:
            reader.begin(line)
            continue
        reader.take(line)
        if not reader.facts % TELL_EVERY:
            tell(f"reading {name} · {numbers.plural(reader.facts, 'fact')}", None)
    reader.end()
    return reader


def judge_facts(
    name: str, lines: Iterator[Line], options: TableOptions, tell: Tell = lambda *_: None
) -> Snapshot:
    """Judge a file of facts.

    Args:
        name: What it is called.
        lines: The facts, the header first.
        options: What is looked at.
        tell: Told what is being done.

    Raises:
        TableError: It is no file of facts, or there is nothing to judge in it.
    """
    reader = read_facts(name, lines, options, tell)
    if not len(reader.jobs):
        first = f": {reader.bad[0]}" if reader.bad else ""
        raise TableError(f"{name}: of {numbers.plural(reader.facts, 'fact')} none is a job{first}")
    is_too_much = reader.bad_facts > MOST_BAD * reader.facts
    share = numbers.percent(reader.bad_facts / reader.facts, 1)
    source = PlanSource(
        name=name,
        command=options.command or f"queue-fairness-tui judge {name}",
        facts=(("read", f"{numbers.plural(reader.facts, 'fact')}"),),
        notes=(f"Left out: {'; '.join(reader.bad)}.",) if reader.bad else (),
        unreadable=f"{share} of the facts cannot be read; over 1 % is too much."
        if is_too_much
        else "",
    )
    return judge_jobs(
        reader.jobs,
        source,
        window=window_of(TimeReader(), options),
        workers=options.workers,
        fair_by=options.fair_by,
        progress=lambda share: tell(f"judging {name}", share),
        alone=options.alone,
    )


def _key(fact: Any) -> tuple[str, str]:  # noqa: ANN401 - any JSON object
    return str(fact.get("worker")), _name(fact["task"])


def _name(told: object) -> str:
    if isinstance(told, bool) or not isinstance(told, str | int):
        raise TypeError(f"{told!r} is no name")
    return str(told)
