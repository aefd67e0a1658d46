"""Folds a past in two halves, one of them in a process of its own where that is worth it.

```
columns ──┬──► OrderPast, PastCounters ─────────────────────────────┬──► fold, counters
          └──pipe──► python -m queue_fairness.judge.half: TimePast ─┘
```
"""

import pickle
import subprocess
import sys
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from select import select
from typing import IO, Any

from queue_fairness.fairness.past import Past, PastFold, TimePast, order_of, time_of
from queue_fairness.metrics.past import PastCounters
from queue_fairness.plan import Plan
from queue_fairness.server.environment import without_secrets

WORTH_IT = 200_000
"""Tasks from which on a second process saves more than it costs: it needs 0.2 s to be there."""
COLUMNS = (
    ("partition", "i"), ("worker", "i"), ("ready", "q"), ("started", "q"), ("finished", "q"),
    ("by_ready", "i"), ("starts_and_ends", "i"), ("cost", "d"),
)  # fmt: skip
"""Of `Past`, each with the type of its numbers."""

ABOUT = ("partitions", "workers", "zero", "tick", "limit", "weights")

LOOK_S = 0.1
"""How often it is looked whether somebody gives up while the other process is waited for."""

Progress = Callable[[float], None]
Half = Callable[[Progress], TimePast]


def fold_past(
    past: Past, plan: Plan, progress: Progress, *, alone: bool
) -> tuple[PastCounters, PastFold]:
    """The totals and the measures of a past.

    Args:
        past: What was done.
        plan: Under which.
        progress: Told how far it is; may raise to give up.
        alone: Whether no other process is to be started.
    """
    counters, order = PastCounters(plan, past), order_of(past)
    number = len(past.starts_and_ends)
    with (_here if alone or number < WORTH_IT else _elsewhere)(past) as half:
        behind = 0
        for steps in past.steps():
            order.take(steps)
            counters.take(steps)
            behind += len(steps.kinds)
            progress(min(1.0, behind / (number + len(past.by_ready))))
        counters.sums.flush()
        return counters, PastFold(past, order, half(progress))


@contextmanager
def _here(past: Past) -> Iterator[Half]:
    yield lambda progress: half_of(past, progress)


@contextmanager
def _elsewhere(past: Past) -> Iterator[Half]:
    child = subprocess.Popen(
        (sys.executable, "-m", "queue_fairness.judge.half"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # Not the terminal's signals: who starts it ends it.
        start_new_session=True,
        env=without_secrets(),
    )
    assert child.stdin is not None
    assert child.stdout is not None
    pipe, answer = child.stdin, child.stdout

    def half(progress: Progress) -> TimePast:
        while not select((answer,), (), (), LOOK_S)[0]:
            progress(1.0)
        try:
            found: TimePast = pickle.load(answer)
        except (EOFError, pickle.UnpicklingError):
            # Somebody has ended it, such as a system short of memory: then it is done here.
            return half_of(past, progress)
        return found

    try:
        with suppress(BrokenPipeError):  # `half` finds out
            send(past, pipe)
        yield half
    finally:
        child.kill()
        child.wait()
        answer.close()
        with suppress(BrokenPipeError):  # of what was never sent
            pipe.close()


def half_of(past: Past, progress: Progress) -> TimePast:
    """The half of a past that rests on what workers do.

    Args:
        past: What was done.
        progress: Told now and then that it goes on; may raise to give up.
    """
    time = time_of(past)
    for steps in past.steps():
        time.take(steps)
        progress(1.0)
    time.let_go()
    return time


def send(past: Past, pipe: IO[bytes]) -> None:
    """Write a past as columns of numbers, and close the pipe."""
    columns = {name: _column(getattr(past, name), kind) for name, kind in COLUMNS}
    about = {name: getattr(past, name) for name in ABOUT}
    pickle.dump((about, {name: len(column) for name, column in columns.items()}), pipe)
    for column in columns.values():
        pipe.write(memoryview(column).cast("B"))
    pipe.close()


def receive(pipe: IO[bytes]) -> Past:
    """Read what `send` writes.

    Raises:
        EOFError: The other side has given up.
    """
    about, lengths = pickle.load(pipe)
    columns: dict[str, Any] = {}
    for name, kind in COLUMNS:
        columns[name] = array(kind)
        columns[name].fromfile(pipe, lengths[name])
    return Past(**about, **columns)


def _column(values: Sequence[float], kind: str) -> "array[Any]":
    return values if isinstance(values, array) else array(kind, values)
