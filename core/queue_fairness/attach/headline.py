"""The headline: one word for what is wrong now, and a sentence or three that name it.

```
STARVED         a tenant has waited for longer than --starved-after, or for --starved-rounds, and
                nobody works on its tasks
STUCK LOCK      nobody works under a lock, and it keeps others out
BACKLOG GROWS   more waits than at the window's begin, by --grows-by
HEALTHY         none of that, and enough is known to say so
CANNOT TELL     a wait is known only as a lower bound below the threshold, or nothing is known
```

The first that applies wins.
"""

import math
import time
from dataclasses import dataclass
from enum import StrEnum

from queue_fairness.attach.locks import StuckLock
from queue_fairness.attach.model import Bound, Since
from queue_fairness.attach.options import Thresholds
from queue_fairness.attach.watch import LaneHistory, Watch
from queue_fairness.formatting.numbers import brief, plural

LEAST_ROUNDS_S = 10.0
"""A wait counts as starving in rounds only from so many seconds on."""


class Word(StrEnum):
    """The headline's word."""

    STARVED = "STARVED"
    STUCK_LOCK = "STUCK LOCK"
    BACKLOG_GROWS = "BACKLOG GROWS"
    HEALTHY = "HEALTHY"
    CANNOT_TELL = "CANNOT TELL"


@dataclass(frozen=True, slots=True)
class Headline:
    """The word, and what is meant by it."""

    word: Word
    text: str


def headline(
    watch: Watch, worst: LaneHistory | None, stuck: tuple[StuckLock, ...], limits: Thresholds
) -> Headline:
    """What is wrong, if anything is.

    Args:
        watch: What was seen.
        worst: The lane that waits longest; None where none waits.
        stuck: Locks under which nobody works.
        limits: From where on it is a fault.
    """
    if watch.look is None:
        return Headline(Word.CANNOT_TELL, "nothing was read yet")
    if worst is not None and is_starved(watch, worst, limits):
        return Headline(Word.STARVED, _starved(watch, worst, stuck))
    if stuck:
        return Headline(Word.STUCK_LOCK, _stuck(watch, stuck))
    grown = _growth(watch, limits)
    if grown:
        return Headline(Word.BACKLOG_GROWS, grown)
    doubt = _doubt(watch, worst, limits)
    if doubt:
        return Headline(Word.CANNOT_TELL, doubt)
    return Headline(Word.HEALTHY, _healthy(watch, worst))


def is_starved(watch: Watch, lane: LaneHistory, limits: Thresholds) -> bool:
    """Whether a lane has waited for too long, and nobody works on it.

    One that is served all the time has a backlog of its own making. A lower bound over the
    threshold suffices.
    """
    unserved_s = watch.unserved_s(lane) if lane.depth.value else None
    if unserved_s is None:
        return False
    if unserved_s >= limits.starved_s:
        return True
    return unserved_s >= LEAST_ROUNDS_S and watch.rounds_waited(lane) >= limits.starved_rounds


def duration(seconds: float) -> str:
    """A duration as one says it: `8 s`, `12 min`, `3 h`."""
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"


def waited(since: Since, now: float) -> str:
    """`12 min`, `at least 12 min`, `for an unknown time`."""
    age_s = since.age(now)
    if age_s is None:
        return "for an unknown time"
    return f"{'at least ' if since.bound is Bound.AT_LEAST else ''}{duration(age_s)}"


def _starved(watch: Watch, worst: LaneHistory, stuck: tuple[StuckLock, ...]) -> str:
    what = "its next task" if worst.taken else "a worker"
    said = [f"{worst.name} has waited {waited(worst.oldest, watch.now)} for {what}"]
    most = _most_workers(watch)
    if most is not None and most[0] != worst.name:
        said.append(f"{most[0]} holds {most[1]} of {plural(most[2], 'task')} in service")
    mine = next((each for each in stuck if each.tenant == worst.name), None)
    if mine is not None:
        said.append(f"{_held('its', mine)} {_since(mine.lock.held)}")
    elif not watch.held and watch.hands.knows_holdings:
        said.append("nobody works on anything")
    return "; ".join(said)


def _stuck(watch: Watch, stuck: tuple[StuckLock, ...]) -> str:
    one = stuck[0]
    said = [f"{one.tenant}: {_held('its', one)} {_since(one.lock.held)}"]
    lane = watch.lanes.get(one.tenant)
    if lane is not None and lane.waiting:
        said.append(f"{plural(lane.waiting, 'more task' if one.is_task else 'task')} waiting")
    if one.lock.ttl_s is not None:
        said.append(f"it ends by itself in {duration(one.lock.ttl_s)}")
    if len(stuck) > 1:
        said.append(f"{plural(len(stuck) - 1, 'more lock')} like it")
    return "; ".join(said)


def _held(whose: str, stuck: StuckLock) -> str:
    if stuck.is_task:
        return "a task is in the hands of a worker that is gone,"
    return f"{whose} lock is held by nobody"


def _since(since: Since) -> str:
    if since.at is None:
        return "for an unknown time"
    at = time.strftime("%H:%M", time.localtime(since.at))
    return f"since {at}{' or before' if since.bound is Bound.AT_LEAST else ''}"


def _most_workers(watch: Watch) -> tuple[str, int, int] | None:
    """Who has most tasks in service, how many, and of how many."""
    if not watch.held:
        return None
    name = max(watch.held, key=lambda each: watch.held[each])
    return name, watch.held[name], sum(watch.held.values())


def _growth(watch: Watch, limits: Thresholds) -> str | None:
    growth = watch.growth()
    if growth is None:
        return None
    before, after, seconds = growth
    if after - before < max(limits.grows_tasks, limits.grows_share * before):
        return None
    rate = (after - before) / seconds
    return (
        f"{after:,} tasks wait, {after - before:,} more than {duration(seconds)} ago"
        f" ({brief(rate)} a second): at this rate it never ends"
    )


def _doubt(watch: Watch, worst: LaneHistory | None, limits: Thresholds) -> str | None:
    """Why nothing can be said; None where enough is known."""
    assert watch.look is not None, "something was read"
    if not watch.look.known:
        return "no queue was found"
    unread = [each for each in watch.lanes.values() if each.depth.bound is Bound.UNKNOWN]
    if unread:
        return f"the depth of {plural(len(unread), 'queue')} is not known"
    if worst is None or worst.oldest.bound is Bound.EXACT:
        return None
    longest_s = limits.starved_s - watch.watched_s
    if longest_s <= 0 and worst.oldest.bound is Bound.AT_LEAST:
        return None
    return (
        f"{worst.name} has waited {waited(worst.oldest, watch.now)}, and its tasks tell no time:"
        f" watch for {duration(max(1.0, longest_s))} more"
    )


def _healthy(watch: Watch, worst: LaneHistory | None) -> str:
    if worst is None:
        return "nothing waits"
    return (
        f"{plural(watch.waiting, 'task')} of {plural(watch.with_work, 'tenant')} wait, none for"
        f" longer than {waited(worst.oldest, watch.now).removeprefix('at least ')}"
    )


def forecast(seconds: float | None, waiting: int) -> str:
    """When a backlog ends, in words."""
    if not waiting:
        return "nothing waits"
    if seconds is None:
        return "not known yet"
    if math.isinf(seconds):
        return "never at this rate"
    return f"empty in {duration(seconds)} at this rate"
