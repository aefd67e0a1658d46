"""Which column of a table says what: told by the user, or recognized by its name.

```
                ready                          taken          ended
Oban            scheduled_at, inserted_at      attempted_at   completed_at, or another of its ends
River           scheduled_at, created_at       attempted_at   finalized_at
pg-boss         start_after, created_on        started_on     completed_on
good_job        scheduled_at, created_at       performed_at   finished_at
solid_queue     scheduled_at, created_at       claimed_at     finished_at
celery results  date_created                   date_started   date_done
BullMQ          timestamp + delay              processedOn    finishedOn
```

Of several columns the first that is not empty counts. Names are compared without case and
punctuation, so that `processed_on` is `processedOn`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from queue_fairness.errors import TableError
from queue_fairness.judge.options import TableOptions
from queue_fairness.outside import harmless

ROLES: Mapping[str, str] = {
    "by": "whose a job is",
    "ready": "from when on a job might have been taken",
    "started": "when a job was taken",
    "finished": "when a job ended",
}
"""What has to be known, by the option that names it."""
MOST_LISTED = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """How one system names its columns, the most wanted first."""

    name: str
    needs: Sequence[str]
    """Columns by which its tables are recognized."""
    ready: Sequence[str]
    started: Sequence[str]
    finished: Sequence[str]
    worker: Sequence[str] = ()
    by: Sequence[str] = ()
    """Where its tenant is if no column is named like one."""
    delay: str = ""
    """A column of ms that is to be added to `ready`."""


SYSTEMS = (
    System(
        name="Oban",
        needs=("inserted_at", "attempted_at", "completed_at"),
        ready=("scheduled_at", "inserted_at"),
        started=("attempted_at",),
        finished=("completed_at", "discarded_at", "cancelled_at"),
        worker=("attempted_by",),
        by=("queue",),
    ),
    System(
        name="River",
        needs=("attempted_at", "finalized_at"),
        ready=("scheduled_at", "created_at"),
        started=("attempted_at",),
        finished=("finalized_at",),
        worker=("attempted_by",),
        by=("queue",),
    ),
    System(
        name="pg-boss",
        needs=("started_on", "completed_on"),
        ready=("start_after", "created_on"),
        started=("started_on",),
        finished=("completed_on",),
        by=("group_id", "singleton_key", "name"),
    ),
    System(
        name="good_job",
        needs=("performed_at", "finished_at"),
        ready=("scheduled_at", "created_at"),
        started=("performed_at",),
        finished=("finished_at",),
        worker=("locked_by_id",),
        by=("concurrency_key", "queue_name"),
    ),
    System(
        name="solid_queue",
        needs=("class_name", "queue_name", "finished_at"),
        ready=("scheduled_at", "created_at"),
        started=("claimed_at", "started_at"),
        finished=("finished_at",),
        worker=("process_id",),
        by=("concurrency_key", "queue_name"),
    ),
    System(
        name="django-celery-results",
        needs=("date_created", "date_done"),
        ready=("date_created",),
        started=("date_started",),
        finished=("date_done",),
        worker=("worker",),
        by=("task_name",),
    ),
    System(
        name="BullMQ",
        needs=("timestamp", "processed_on", "finished_on"),
        ready=("timestamp",),
        started=("processed_on",),
        finished=("finished_on",),
        worker=("processed_by", "pb"),
        by=("group_id", "name"),
        delay="delay",
    ),
)
PLAIN = System(
    name="",
    needs=(),
    ready=(
        "ready", "ready_at", "scheduled_at", "run_at", "start_after", "available_at", "due_at",
        "enqueued_at", "queued_at", "arrived_at", "inserted_at", "created_at", "submitted_at",
        "arrived", "enqueued", "created", "arrival",
    ),
    started=(
        "started", "started_at", "picked_up_at", "picked_up", "attempted_at", "claimed_at",
        "locked_at", "performed_at", "processed_at", "taken_at", "dequeued_at", "reserved_at",
        "start", "began_at", "start_time",
    ),
    finished=(
        "finished", "finished_at", "completed_at", "ended_at", "done_at", "finalized_at",
        "processed_until", "completed", "ended", "done", "end", "end_time",
    ),
    worker=("worker", "worker_id", "worker_name", "host", "hostname", "locked_by", "attempted_by"),
)  # fmt: skip
TENANTS = (
    "tenant", "tenant_id", "tenant_name", "partition", "partition_key", "partition_id",
    "customer_id", "customer", "account_id", "account", "org_id", "organization_id",
    "organisation_id", "org", "organization", "company_id", "company", "team_id", "team",
    "workspace_id", "project_id", "shop_id", "store_id", "client_id", "client", "group_id",
    "group_key", "group", "user_id", "user",
)  # fmt: skip
"""Columns that are named like a tenant."""
COSTS, WEIGHTS = ("cost", "tokens"), ("weight",)
ATTEMPTS = ("attempt", "attempts", "attempts_made", "retry_count", "executions_count")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A column, or a key in a column of JSON objects."""

    name: str
    """As the user would write it."""
    index: int
    key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which column says what; of several the first that is not empty counts."""

    system: str
    """Whose names they are; empty for plain ones."""
    by: Chosen
    ready: Sequence[Chosen]
    started: Sequence[Chosen]
    finished: Sequence[Chosen]
    worker: Chosen | None = None
    cost: Chosen | None = None
    weight: Chosen | None = None
    attempt: Chosen | None = None
    delay: Chosen | None = None
    """ms to add to `ready`."""
    width: int = field(default=0)
    """Columns of the table."""

    @property
    def options(self) -> str:
        """What was taken, as the options with which something else can be said."""
        said = {
            "by": (self.by,),
            "ready": self.ready,
            "started": self.started,
            "finished": self.finished,
            **{
                name: (chosen,)
                for name in ("worker", "cost", "weight")
                if (chosen := getattr(self, name)) is not None
            },
        }
        words = (f"--{name} {','.join(each.name for each in some)}" for name, some in said.items())
        return " ".join(words)


def plain(name: str) -> str:
    """A name as names are compared: letters and digits, small."""
    return re.sub(r"[\W_]", "", name).lower()


def recognize(names: Sequence[str], options: TableOptions) -> Columns:
    """Find out which column says what.

    Args:
        names: The columns of the table.
        options: What the user has said of them.

    Raises:
        TableError: The user names a column that is not there, or one that is needed is not found.
    """
    header = _Header(names)
    known = (each for each in SYSTEMS if len(header.found(each.needs)) == len(each.needs))
    system = next(known, PLAIN)
    several = len(names) if system is not PLAIN else 1
    by = header.chosen("by", options.by, (*TENANTS, *system.by))[:1]
    ready = header.chosen("ready", options.ready, system.ready, several)
    started = header.chosen("started", options.started, system.started)[:1]
    finished = header.chosen("finished", options.finished, system.finished, several)
    for role, some in (("by", by), ("ready", ready), ("started", started), ("finished", finished)):
        if not some:
            raise TableError(
                f"no column is known to say {ROLES[role]}: give --{role} COLUMN; "
                f"there are {header.listed}"
            )
    delays = header.found((system.delay,)) if system.delay and options.ready is None else ()
    return Columns(
        system=system.name,
        by=by[0],
        ready=ready,
        started=started,
        finished=finished,
        worker=header.first("worker", options.worker, system.worker or PLAIN.worker),
        cost=header.first("cost", options.cost, COSTS),
        weight=header.first("weight", options.weight, WEIGHTS),
        attempt=next(iter(header.found(ATTEMPTS)), None),
        delay=next(iter(delays), None),
        width=len(names),
    )


class _Header:
    """The columns of a table by their names.

    Attributes:
        listed: They, for a sentence.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._places: dict[str, int] = {}
        for place, name in enumerate(names):
            self._places.setdefault(plain(name), place)
        self.listed = _listed(names)

    def found(self, wanted: Sequence[str]) -> tuple[Chosen, ...]:
        """Those of these that are there."""
        places = (self._places.get(plain(each)) for each in wanted)
        there = dict.fromkeys(place for place in places if place is not None)
        return tuple(
            Chosen(name=harmless(self._names[each].strip(), 40), index=each) for each in there
        )

    def chosen(
        self, option: str, told: str | None, wanted: Sequence[str], most: int = 1
    ) -> tuple[Chosen, ...]:
        """Those that the user has named, else those that are found, at most so many.

        Raises:
            TableError: The user names one that is not there.
        """
        if told is None:
            return self.found(wanted)[:most]
        return tuple(self._told(option, each) for each in told.split(","))

    def first(self, option: str, told: str | None, wanted: Sequence[str]) -> Chosen | None:
        """The first of the same; None for none."""
        return next(iter(self.chosen(option, told, wanted)), None)

    def _told(self, option: str, text: str) -> Chosen:
        """The column that the user has named, or the key in one."""
        exact = {name.strip(): place for place, name in reversed(list(enumerate(self._names)))}
        if text in exact:
            return Chosen(name=harmless(text, 40), index=exact[text])
        if plain(text) in self._places and "." not in text:
            return Chosen(name=harmless(text, 40), index=self._places[plain(text)])
        column, *key = text.split(".")
        if key and column in exact:
            return Chosen(name=harmless(text, 60), index=exact[column], key=tuple(key))
        raise TableError(f"--{option} {text}: there is no such column; there are {self.listed}")


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(harmless(each.strip(), 30) or "(empty)" for each in names[:MOST_LISTED])
    more = len(names) - MOST_LISTED
    return f"{shown} and {more:,} more" if more > 0 else shown
