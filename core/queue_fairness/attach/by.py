"""`--by`: what makes tasks those of one tenant.

queue, partition    the library's own queue
name:/RE/           a part of the queue's name: the first group, or all that matches
kwargs.customer_id  an argument by name; dots go deeper
data.customerId     the same in the data of a job, a stream's fields, a context
args.0              an argument by place
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any  # data of others, of any shape

from queue_fairness.attach.payload import Payload, plain
from queue_fairness.errors import PlanError
from queue_fairness.outside import from_outside

FORMS = "queue, partition, kwargs.NAME, data.NAME, args.N or name:/RE/"
LONGEST_PATTERN = 200
_QUEUES = ("queue", "partition")


@dataclass(frozen=True, slots=True)
class By:
    """How to tell whose a task is."""

    text: str = "queue"
    source: str = "queue"
    """`queue`, `name`, `args`, `kwargs` or `data`."""
    path: tuple[str, ...] = ()
    pattern: re.Pattern[str] | None = None

    @property
    def is_in_payload(self) -> bool:
        """Whether each task has to be looked into."""
        return self.source in ("args", "kwargs", "data")

    def of_queue(self, name: str) -> str:
        """The tenant of a whole queue."""
        if self.pattern is None:
            return name
        found = self.pattern.search(name)
        if found is None:
            return name
        return (found.group(1) if found.re.groups else found.group()) or name

    def of_payload(self, payload: Payload) -> str | None:
        """The tenant of one task; None where it has none.

        `kwargs` and `data` find each other's, since libraries differ in what they call it.
        """
        value: Any = payload.args
        path = self.path
        if self.source != "args":
            holders = [payload.kwargs, payload.data]
            holders = holders if self.source == "kwargs" else holders[::-1]
            value = next(
                (each for each in holders if isinstance(each, Mapping) and path[0] in each), None
            )
        for part in path:
            value = _member(value, part)
        return plain(value)


def parse_by(text: str) -> By:
    """Read what `--by` was given.

    Raises:
        PlanError: It is none of the forms.
    """
    if text in _QUEUES:
        return By(text)
    source, dot, path = text.partition(".")
    if dot and source in ("kwargs", "data", "args") and all(path.split(".")):
        parts = tuple(path.split("."))
        if source == "args" and not (parts[0].isascii() and parts[0].isdigit()):
            raise _refused(text, "args takes a number, the first being 0: args.0")
        return By(text, source, parts)
    named = re.fullmatch(r"name:/(.+)/", text, re.DOTALL)
    if named is None or len(text) > LONGEST_PATTERN:
        raise _refused(text, f"give {FORMS}")
    try:
        pattern = re.compile(named.group(1))
    except re.error as error:
        raise _refused(text, f"it is no regular expression: {from_outside(error)}") from None
    return By(text, "name", (), pattern)


def _member(value: object, part: str) -> object:
    if isinstance(value, Mapping):
        return value.get(part)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes) and part.isdigit():
        place = int(part)
        return value[place] if place < len(value) else None
    return None


def _refused(text: str, why: str) -> PlanError:
    return PlanError("by", f"--by {from_outside(text, 60)}: {why}")
