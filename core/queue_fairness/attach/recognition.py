"""Which queue libraries live on a server, found in at most ten round trips.

```
1      fixed names (EXISTS), for a user of whom nobody keeps a log
2..8   SCAN, names with their types, a thousand a time: shapes of names
9, 10  up to twenty lists and streams that no library claims: one element of each
```
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from queue_fairness.attach.libraries.taskiq import GROUP, group_names, is_message
from queue_fairness.attach.model import Cost
from queue_fairness.attach.payload import from_json, mapping
from queue_fairness.attach.reader import Answer, Command, Reader, fields, items, whole

SLICE = 1000
MOST_SLICES = 7
MOST_PROBES = 20
LEAST_OF_SIDEKIQ = 2
"""Sidekiq's names are everyday words: so many different ones must be there."""
KINDS = ("list", "zset", "set", "hash", "string", "stream")

FIXED: Mapping[str, str] = {
    "rq:queues": "rq",
    "rq:workers": "rq",
    "asynq:queues": "asynq",
    "_kombu.binding.celery": "celery",
    "unacked_index": "celery",
    "arq:queue": "arq",
    "dramatiq:__heartbeats__": "dramatiq",
    "agentexec_tasks": "agentexec",
}
"""Keys that only one library has."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A key by which a library shows itself."""

    library: str
    kind: str
    pattern: re.Pattern[bytes]


def _shape(library: str, kind: str, pattern: bytes) -> Shape:
    return Shape(library, kind, re.compile(pattern, re.DOTALL))


SHAPES = (
    _shape("rq", "set", rb"rq:(queues|workers)"),
    _shape("rq", "list", rb"rq:queue:.*"),
    _shape("rq", "hash", rb"rq:(job|worker|execution):.*"),
    _shape("rq", "zset", rb"rq:(wip|scheduled|deferred|failed|finished|executions):.*"),
    _shape("celery", "set", rb"_kombu\.binding.*"),
    _shape("celery", "zset", rb"unacked_index"),
    _shape("celery", "hash", rb"unacked"),
    _shape("arq", "zset", rb"arq:queue.*"),
    _shape("arq", "string", rb"arq:(job|in-progress|retry|result):.*"),
    _shape("saq", "zset", rb"saq:.+:incomplete"),
    _shape("saq", "list", rb"saq:.+:(queued|active)"),
    _shape("saq", "string", rb"saq:job:.*"),
    _shape("dramatiq", "zset", rb".+:__heartbeats__"),
    _shape("dramatiq", "hash", rb"dramatiq:.+\.msgs"),
    _shape("dramatiq", "list", rb"dramatiq:.+"),
    _shape("dramatiq", "set", rb"dramatiq:__acks__\..+"),
    _shape("huey", "list", rb"huey\.redis\..+"),
    _shape("huey", "zset", rb"huey\.(redis|schedule)\..+"),
    _shape("huey", "hash", rb"huey\.results\..+"),
    _shape("streaq", "stream", rb"streaq:.+:queues:.+"),
    _shape("streaq", "string", rb"streaq:.+:(task|health):.+"),
    _shape("streaq", "zset", rb"streaq:.+:queues:delayed:.+"),
    _shape("streaq", "set", rb"streaq:.+:index:.+"),
    _shape("asynq", "set", rb"asynq:queues"),
    _shape("asynq", "list", rb"asynq:\{.+\}:.+"),
    _shape("asynq", "hash", rb"asynq:\{.+\}:t:.+"),
    _shape("agentexec", "list", rb"agentexec_tasks(:.+)?"),
    _shape("agentexec", "string", rb"agentexec_tasks:.+:lock"),
)
SIDEKIQ = (
    _shape("sidekiq", "set", rb"queues|processes"),
    _shape("sidekiq", "list", rb"queue:.+"),
    _shape("sidekiq", "zset", rb"schedule|retry|dead"),
    _shape("sidekiq", "string", rb"stat:(processed|failed).*"),
    _shape("sidekiq", "hash", rb".+:work"),
)
BULL = re.compile(
    rb"(?P<prefix>[^:]+):(?P<queue>.+):"
    rb"(?P<part>meta|id|wait|active|delayed|prioritized|events|stalled-check|paused|marker|"
    rb"completed|failed|limiter|metrics:.+)",
    re.DOTALL,
)
"""BullMQ's and Bull's keys; a queue shows itself by several of them."""
LEAST_OF_BULL = 2
OF_BULL_ALONE = {
    b"wait": "list",
    b"active": "list",
    b"paused": "list",
    b"events": "stream",
    b"stalled-check": "string",
    **dict.fromkeys((b"delayed", b"prioritized", b"completed", b"failed", b"marker"), "zset"),
}
"""Keys of a queue whose type says more than everyday names such as `meta` and `id` do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A library that was found."""

    library: str
    keys: int
    """How many of its keys were among those that were looked at."""
    prefix: str | None = None
    """What its keys begin with, where that is not the usual."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition:
    """What lives on a server."""

    found: tuple[Found, ...]
    """The one with the most keys first."""
    seen: int
    """Keys that were looked at."""
    total: int | None
    """Keys that there are; None if that is not told."""
    is_whole: bool
    """Whether all of them were looked at."""
    cost: Cost
    idle_s: Mapping[bytes, float] = field(default_factory=dict)
    """For how long lists that were looked into had been idle before."""
    elsewhere: tuple[str, ...] = ()
    """Other databases of the server that hold keys."""


async def recognize(reader: Reader, *, may_probe: bool = True) -> Recognition:
    """Look which libraries there are.

    Args:
        reader: The door to the server.
        may_probe: Whether keys may be asked that may be forbidden: not for a named user, whose
            refusals would stand in the owner's ACL log.

    Raises:
        redis.exceptions.RedisError: The connection broke.
    """
    fixed, total, elsewhere = await _first_trip(reader, may_probe=may_probe)
    names, is_whole = await _names(reader)
    found = dict.fromkeys(fixed, 0)
    claimed = _by_shape(names, found)
    prefixes = _bulls(names, found, claimed)
    _sidekiq(names, found, claimed)
    idle_s: dict[bytes, float] = {}
    if may_probe or not found:
        idle_s = await _probe(reader, names, found, claimed)
    ordered = sorted(found, key=lambda each: -found[each])
    return Recognition(
        found=tuple(
            Found(library=each, keys=found[each], prefix=prefixes.get(each)) for each in ordered
        ),
        seen=sum(map(len, names.values())),
        total=total,
        is_whole=is_whole,
        cost=reader.cost,
        idle_s=idle_s,
        elsewhere=elsewhere,
    )


async def _first_trip(
    reader: Reader, *, may_probe: bool
) -> tuple[set[str], int | None, tuple[str, ...]]:
    asked: list[Command] = [("DBSIZE",), ("INFO", "keyspace")]
    asked += [("EXISTS", each) for each in FIXED] if may_probe else []
    size, info, *there = await reader.ask(asked)
    text = info.decode(errors="replace") if isinstance(info, bytes) else ""
    databases = tuple(re.findall(r"^(db\d+):keys=", text, re.MULTILINE))
    fixed = {library for library, answer in zip(FIXED.values(), there, strict=False) if answer == 1}
    return fixed, size if isinstance(size, int) else None, databases


async def _names(reader: Reader) -> tuple[dict[str, set[bytes]], bool]:
    """Names by their type, as many as may be looked at; and whether these are all."""
    names: dict[str, set[bytes]] = {each: set() for each in KINDS}
    cursor: bytes | int = 0
    for _ in range(MOST_SLICES):
        answers = await reader.ask(
            [("SCAN", cursor, "COUNT", SLICE, "TYPE", kind) for kind in KINDS]
        )
        for kind, answer in zip(KINDS, answers, strict=True):
            if len(items(answer)) != 2:
                return names, False
            names[kind].update(answer[1])
            cursor = answer[0]
        if int(cursor) == 0:
            return names, True
    return names, False


def _by_shape(names: Mapping[str, set[bytes]], found: dict[str, int]) -> set[bytes]:
    claimed: set[bytes] = set()
    for shape in SHAPES:
        mine = {each for each in names[shape.kind] if shape.pattern.fullmatch(each)}
        if mine:
            found[shape.library] = found.get(shape.library, 0) + len(mine)
            claimed |= mine
    return claimed


def _bulls(
    names: Mapping[str, set[bytes]], found: dict[str, int], claimed: set[bytes]
) -> dict[str, str]:
    """BullMQ and Bull, by queues of which several keys are there; returns unusual prefixes."""
    queues: dict[tuple[bytes, bytes], dict[bytes, str]] = {}
    for kind, keys in names.items():
        for key in keys - claimed:
            match = BULL.fullmatch(key)
            if match is not None:
                parts = queues.setdefault((match["prefix"], match["queue"]), {})
                parts[match["part"]] = kind
    prefixes: dict[str, str] = {}
    for (prefix, queue), parts in queues.items():
        is_mq = parts.get(b"meta") == "hash"
        is_usual = prefix == b"bull" and (is_mq or len(parts) >= LEAST_OF_BULL)
        has_own = any(OF_BULL_ALONE.get(part) == kind for part, kind in parts.items())
        if not is_usual and not (has_own and (is_mq or parts.get(b"id") == "string")):
            continue
        library = "bullmq" if is_mq else "bull"
        found[library] = found.get(library, 0) + len(parts)
        claimed |= {b"%b:%b:%b" % (prefix, queue, part) for part in parts}
        if prefix != b"bull":
            prefixes[library] = prefix.decode(errors="backslashreplace")
    return prefixes


def _sidekiq(names: Mapping[str, set[bytes]], found: dict[str, int], claimed: set[bytes]) -> None:
    shown = [
        {each for each in names[shape.kind] - claimed if shape.pattern.fullmatch(each)}
        for shape in SIDEKIQ
    ]
    if sum(map(bool, shown)) >= LEAST_OF_SIDEKIQ and (shown[0] or shown[4]):
        found["sidekiq"] = sum(map(len, shown))
        claimed.update(*shown)


async def _probe(
    reader: Reader, names: Mapping[str, set[bytes]], found: dict[str, int], claimed: set[bytes]
) -> dict[bytes, float]:
    """Look into lists and streams of names that say nothing; returns how idle lists were."""
    lists = sorted(names["list"] - claimed)[:MOST_PROBES]
    streams = sorted(names["stream"] - claimed)[:MOST_PROBES]
    if not lists and not streams:
        return {}
    asked: list[Command] = [("OBJECT", "IDLETIME", each) for each in lists]
    asked += [("LINDEX", each, -1) for each in lists]
    asked += [("XINFO", "GROUPS", each) for each in streams]
    asked += [("XRANGE", each, "-", "+", "COUNT", 1) for each in streams]
    answers = await reader.ask(asked)
    idle, answers = answers[: len(lists)], answers[len(lists) :]
    heads, answers = answers[: len(lists)], answers[len(lists) :]
    groups, firsts = answers[: len(streams)], answers[len(streams) :]
    kinds = [_kind_of_list(each) for each in heads]
    kinds += [_kind_of_stream(*each) for each in zip(groups, firsts, strict=True)]
    for kind in filter(None, kinds):
        found[kind] = found.get(kind, 0) + 1
    return {key: float(each) for key, each in zip(lists, idle, strict=True) if whole(each)}


def _kind_of_list(head: Answer) -> str | None:
    if is_message(head):
        return "taskiq"
    told = mapping(from_json(head))
    if {"content-type", "properties", "headers"} <= told.keys():
        return "celery"
    return "agentexec" if {"task_name", "context", "agent_id"} <= told.keys() else None


def _kind_of_stream(groups: Answer, first: Answer) -> str | None:
    if not items(groups):
        return None
    values = fields(items(items(first)[0])[1]).values() if items(first) else ()
    is_mine = GROUP in group_names(groups) or any(map(is_message, values))
    return "taskiq" if is_mine else "streams"
