"""Waiting lines that are Redis lists: what came and what was taken, counted by looking twice.

```
 newest  ►  [ e  d  c  b  a ]  ►  next       the newest task that was seen is found again (LPOS):
 later   ►  [ g  f  e  d ]     ►             p = 2 came, and n + p - n' = 5 + 2 - 4 = 3 were taken
```

A list is first in, first out, so the task that is next came no later than at the first look at
which so many had come: a lower bound of its wait where the task itself tells no time. At the first
look `OBJECT IDLETIME`, asked before any other command touches the key, takes that bound back to
before the attaching.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from queue_fairness.attach.model import Bound, Since
from queue_fairness.attach.reader import Answer, Command, Reader, whole

FARTHEST = 10_000
"""Entries of a list among which a task is looked for."""
LONGEST_ECHO = 4096
"""Bytes of a task that is sent back to be looked for."""
MOST_MARKS = 64


class LineReading(NamedTuple):
    """One list at one look."""

    depth: int
    head: bytes | None
    since: Since
    """Since when the head has waited, as far as the list alone tells."""
    arrived: int = 0
    taken: int = 0
    is_new_head: bool = False


@dataclass(slots=True)
class _Line:
    depth: int
    head: bytes | None = None
    newest: bytes | None = None
    came: int = 0
    """Number of the newest task, the first one ever seen being 1."""
    marks: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=MOST_MARKS))
    """At which moment how many had come."""

    @property
    def since(self) -> Since:
        """Since when the head waits, at least."""
        first = self.came - self.depth + 1
        while len(self.marks) > 1 and self.marks[0][1] < first:
            self.marks.popleft()
        return Since(self.marks[0][0], Bound.AT_LEAST)

    def note(self, now: float) -> None:
        """Note that so many have come by now."""
        if not self.marks or self.marks[-1][1] < self.came:
            self.marks.append((now, self.came))

    def begin_anew(self, now: float, depth: int) -> None:
        """Forget the order of what came: somebody has changed the line, or all of it is new."""
        self.came += depth
        self.marks.clear()
        self.marks.append((now, self.came))


class Lines:
    """Reads lists of one library, and remembers what they held.

    Args:
        newest_left: Whether tasks come in on the left (LPUSH) and are taken on the right.
    """

    def __init__(self, *, newest_left: bool) -> None:
        self._newest, self._next = (0, -1) if newest_left else (-1, 0)
        self._lines: dict[bytes, _Line] = {}
        self.idle_s: dict[bytes, float] = {}
        """For how long a list had been idle, where it was asked before."""

    def forget(self, key: bytes) -> None:
        """A lane is no more."""
        self._lines.pop(key, None)

    async def read(
        self, reader: Reader, keys: Sequence[bytes], now: float, extras: Sequence[Command] = ()
    ) -> tuple[list[LineReading], list[Answer]]:
        """Each list, and the answers to `extras`, which are asked in the same breath."""
        new = [key for key in keys if key not in self._lines]
        asked: list[Command] = [("OBJECT", "IDLETIME", key) for key in new]
        for key in keys:
            asked += (("LLEN", key), ("LINDEX", key, self._next))
        answers = await reader.ask([*asked, *extras])
        idle = dict(zip(new, answers, strict=False))
        answers = answers[len(new) :]
        seen = [(whole(answers[2 * n]), _bytes(answers[2 * n + 1])) for n in range(len(keys))]
        newest = await self._ends(reader, keys, seen)
        readings = [
            self._fold(key, each, newest.get(key), idle.get(key), now)
            for key, each in zip(keys, seen, strict=True)
        ]
        return readings, answers[2 * len(keys) :]

    async def _ends(
        self, reader: Reader, keys: Sequence[bytes], seen: Sequence[tuple[int, bytes | None]]
    ) -> dict[bytes, tuple[bytes | None, int | None]]:
        """Of each list that has changed its newest task, and how many have come; None if lost."""
        asked: list[Command] = []
        changed: list[tuple[bytes, bool]] = []
        for key, (depth, head) in zip(keys, seen, strict=True):
            line = self._lines.get(key)
            if depth == 0 or (line and (line.depth, line.head) == (depth, head)):
                continue
            asked.append(("LINDEX", key, self._newest))
            is_sought = line is not None and line.newest is not None
            if is_sought and line is not None and len(line.newest or b"") <= LONGEST_ECHO:
                rank = ("RANK", -1) if self._newest else ()
                asked.append(("LPOS", key, line.newest or b"", *rank, "MAXLEN", FARTHEST))
                changed.append((key, True))
            else:
                changed.append((key, False))
        answers = iter(await reader.ask(asked) if asked else ())
        depths = dict(zip(keys, (depth for depth, _ in seen), strict=True))
        return {
            key: (_bytes(next(answers)), self._came(next(answers), depths[key]) if sought else None)
            for key, sought in changed
        }

    def _came(self, place: Answer, depth: int) -> int | None:
        if not isinstance(place, int):
            return None
        return place if self._newest == 0 else max(0, depth - 1 - place)

    def _fold(
        self,
        key: bytes,
        seen: tuple[int, bytes | None],
        ends: tuple[bytes | None, int | None] | None,
        idle: Answer,
        now: float,
    ) -> LineReading:
        depth, head = seen
        line = self._lines.get(key)
        if line is None:
            before = self.idle_s.pop(key, float(idle) if isinstance(idle, int) else 0.0)
            line = self._lines[key] = _Line(depth, head, ends and ends[0], depth)
            line.marks.append((now - before, depth))
            return LineReading(depth, head, line.since, is_new_head=head is not None)
        if ends is None and depth:
            return LineReading(depth, head, line.since)
        newest, came = ends or (None, None)
        is_new_head = head != line.head and head is not None
        arrived, taken = _counted(line, depth, head, came)
        if (
            came is None and not (head == line.head and depth >= line.depth)
        ) or line.depth + arrived - taken != depth:
            line.begin_anew(now, depth)
        else:
            line.came += arrived
            line.note(now)
        line.depth, line.head, line.newest = depth, head, newest
        return LineReading(depth, head, line.since, arrived, taken, is_new_head)


def _counted(line: _Line, depth: int, head: bytes | None, came: int | None) -> tuple[int, int]:
    """How many came and how many were taken, at least, since the line was last read."""
    if head == line.head and depth >= line.depth:
        return depth - line.depth, 0
    if line.depth == 0:
        return depth, 0
    if came is None:
        return depth, line.depth
    taken = line.depth + came - depth
    # Fewer than none: some were put back at the head.
    return (came, taken) if taken >= 0 else (depth - line.depth, 0)


def _bytes(answer: Answer) -> bytes | None:
    return answer if isinstance(answer, bytes) else None


def by_number(size: int, values: Sequence[Answer]) -> Iterator[Sequence[Answer]]:
    """The answers in groups of that size."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
