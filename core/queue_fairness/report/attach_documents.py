"""What the JSON document of `attach` holds, as types; see `documents.py`."""

from typing import Literal, TypedDict

from queue_fairness.report.documents import Count, Number, Program, ServerDocument


class BoundedDocument(TypedDict):
    """A figure that says how it is known."""

    value: Number
    bound: Literal["exact", "at_least", "unknown"]


class LockDocument(TypedDict):
    """A lane's lock."""

    name: str
    ttl_s: Number
    held_s: Number
    held_bound: Literal["exact", "at_least", "unknown"]
    owner: str | None
    stuck: bool


class LaneDocument(TypedDict):
    """One tenant."""

    partition: str
    waiting: Count
    waiting_bound: Literal["exact", "at_least", "unknown"]
    oldest_s: BoundedDocument
    in_service: Count
    share: Number
    lock: LockDocument | None
    later: Count
    dead: Count
    arrived: int
    taken: int
    taken_share: Number
    first_taken_s: Number
    rounds: Number
    trend_per_s: Number
    drain_s: Number
    starved: bool


class HoldingDocument(TypedDict):
    """A task in someone's hands."""

    partition: str
    worker: str | None
    state: Literal["running", "taken"]
    since_s: BoundedDocument
    lost: bool


class StuckLockDocument(TypedDict):
    """A lock under which nobody works."""

    partition: str
    name: str
    held_s: Number
    ttl_s: Number
    owner: str | None
    proved: bool
    evidence: list[str]


class ForecastDocument(TypedDict):
    """When nothing will wait."""

    drain_s: Number
    text: str


class CostDocument(TypedDict):
    """What looking has cost the server."""

    round_trips: int
    commands: int
    redis_ms: float
    share: Number


class UnknownDocument(TypedDict):
    """A figure that cannot be had."""

    what: str
    why: str
    remedy: str


class HeadlineDocument(TypedDict):
    """What is wrong, in a word and a sentence."""

    word: Literal["STARVED", "STUCK LOCK", "BACKLOG GROWS", "HEALTHY", "CANNOT TELL"]
    text: str


class OldestDocument(TypedDict):
    """How long the oldest tasks of the tenants that wait have waited."""

    max: Number
    median: Number
    p99: Number
    bound: Literal["exact", "at_least", "unknown"]


class AttachTotals(TypedDict):
    """All tenants together."""

    partitions: int
    with_work: int
    waiting: int
    in_service: Count
    starved: int
    stuck: int
    dispatches_seen: int
    dispatches: Count
    rate_per_s: Number


class AttachDocument(TypedDict):
    """A live server of others, as it was found."""

    schema: Literal[2]
    kind: Literal["attach"]
    program: Program
    command: str
    library: str | None
    server: ServerDocument
    by: str
    at: float
    watched_s: float
    looks: int
    headline: HeadlineDocument
    coverage: Number
    totals: AttachTotals
    oldest_s: OldestDocument
    lanes: list[LaneDocument]
    holdings: list[HoldingDocument]
    stuck_locks: list[StuckLockDocument]
    forecast: ForecastDocument
    cost: CostDocument
    unknown: list[UnknownDocument]
    trouble: str | None
