"""A log that the queue's own scripts write, and the same log as the fairness fold heard it.

Both are lists of (what, which): `end` and `pick` of a task, how many tasks `came` at once, and
how many were put `back` to be tried again.
"""

from collections.abc import Iterable
from typing import cast

import pytest
from redis.asyncio import Redis

from queue_fairness.engine.run import Run
from queue_fairness.events import Arrived, Event, Failed, Finished, LeaseExpired, PickedUp
from queue_fairness.server.rights import EXAMPLES, KEY
from queue_fairness.strategies import lease_scripts, streams

LOG = "oracle"
"""The log's key; none of the run's, so that it is there when those have been removed."""

Entry = tuple[str, int]


def let_scripts_write(patch: pytest.MonkeyPatch) -> None:
    """Let every script of a strategy with leases write down what it does, as it does it."""
    back = _note("back", "1")
    _replace(
        patch, lease_scripts, "LEASES", "    return lease\nend", f"{_note('pick')}return lease\nend"
    )
    _replace(
        patch,
        lease_scripts,
        "LEASES",
        "    return lane, task, t",
        f"{_note('end')}return lane, task, t",
    )
    _replace(
        patch, lease_scripts, "PUSH", "settle()", f"settle() {_note('came', COUNT % 'ARGV[4]')}"
    )
    _replace(patch, lease_scripts, "RETRY", "return {number, 1}", f"{back}return {{number, 1}}")

    # The looks before the first key try this command of ours, too.
    patch.setitem(EXAMPLES, "xrange", f"{KEY} - +")
    ended = "if is_owned() then\n"
    task = "local task = redis.call('XRANGE', stream, id, id)[1][2][2] "
    _replace(patch, streams, "NEXT", ended, f"{ended}{task}{_note('end')}")
    _replace(patch, streams, "NEXT", "return {number, entry[1]", _taken("return {number, entry[1]"))
    _replace(
        patch,
        streams,
        "NEXT",
        "if entry then\n",
        f"if entry then local task = entry[2][2] {_note('end')}",
    )
    again = f"local task = ARGV[5] {_note('end')}{back}return {{number, 1}}"
    _replace(patch, streams, "RETRY", "return {number, 1}", again)
    pushed = _note("came", COUNT % "ARGV[2]")
    _replace(patch, streams, "PUSH", "return tonumber", f"{pushed}return tonumber")


COUNT = "select(2, string.gsub(%s, '%%d+:%%d+', ''))"


def _taken(end: str) -> str:
    return f"local task = entry[2][2] {_note('pick')}{end}"


def _note(what: str, which: str = "string.match(task, '%d+$')") -> str:
    return f"redis.call('RPUSH', '{LOG}', '{what} ' .. {which}) "


def _replace(patch: pytest.MonkeyPatch, module: object, name: str, old: str, new: str) -> None:
    script = getattr(module, name)
    assert old in script
    patch.setattr(module, name, script.replace(old, new))


async def written(client: Redis) -> list[Entry]:
    """What the scripts wrote, in order."""
    lines = [line.split() for line in cast("list[bytes]", await client.lrange(LOG, 0, -1))]
    return [(what.decode(), int(which)) for what, which in lines]


def overhear(run: Run) -> list[Event]:
    """The events that a run's fairness fold is given from now on, in a list that grows."""
    heard: list[Event] = []
    fold = run.recorder._fold
    apply = fold.apply

    def listen(event: Event) -> None:
        heard.append(event)
        apply(event)

    fold.apply = listen  # type: ignore[method-assign]
    return heard


def folded(heard: Iterable[Event]) -> list[Entry]:
    """What the fold heard, as the scripts would have written it."""
    entries: list[Entry] = []
    for event in heard:
        match event:
            case Finished(is_late=False) | Failed() | LeaseExpired():
                entries.append(("end", event.task))
            case PickedUp():
                entries.append(("pick", event.task))
            case Arrived():
                entries.append(("back" if event.number else "came", event.tasks))
            case _:
                pass
    return entries


def without_last_push(heard: Iterable[Event], log: list[Entry]) -> tuple[list[Event], list[Entry]]:
    """Both without the last push: it is cut short by the end, and nobody hears where it came."""
    events = list(heard)
    pushes = [each for each in events if isinstance(each, Arrived) and not each.number]
    last = [each for each in pushes if each.at == pushes[-1].at]
    tasks = sum(each.tasks for each in pushes)
    if tasks == sum(which for what, which in log if what == "came"):
        place = max(at for at, (what, _) in enumerate(log) if what == "came")
        assert log[place][1] == sum(each.tasks for each in last)
        log = log[:place] + log[place + 1 :]
    return [each for each in events if each not in last], log


def together(entries: Iterable[Entry]) -> list[Entry]:
    """Arrivals with nothing in between as one: scripts push some hundreds at a time."""
    merged: list[Entry] = []
    for what, which in entries:
        if what == "came" and merged and merged[-1][0] == "came":
            merged[-1] = (what, merged[-1][1] + which)
        else:
            merged.append((what, which))
    return merged
