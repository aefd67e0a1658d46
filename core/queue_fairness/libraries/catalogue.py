"""The public libraries that can be measured, and how each is set up here."""

import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

from queue_fairness.errors import PlanError
from queue_fairness.libraries.environments import Environment


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """One public library."""

    name: str
    package: str
    """What its version is found by."""
    environment: Environment
    adapter: str
    """The file in `adapters/` that drives it."""
    documentation: str
    indexes: tuple[str, ...] = ()
    """Sets of its own, beside the run's keys, in which it notes names of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """One way of using a library: what `--strategy` names."""

    name: str
    library: Library | None
    """None for a program of the user's own that speaks the protocol."""
    about: str
    """What it does, in a line."""
    deployment: str
    """Which processes run, in words."""
    remedy: str = ""
    """The set-up of the same library that was measured to take fairer turns; empty for none."""
    concurrency_limit: int = 0
    """Most tasks of a partition in service at once; 0 for no limit."""

    command: tuple[str, ...] = ()
    """The program of the user's own, and its arguments."""

    @property
    def variant(self) -> str:
        """What comes after the colon of its name; empty without one."""
        return self.name.partition(":")[2] if self.library is not None else ""


def _python(name: str, *requirements: str, python: str = "") -> Environment:
    return Environment(name=name, tool="uv", requirements=requirements, python=python)


def _node(name: str, *requirements: str) -> Environment:
    return Environment(name=name, tool="npm", requirements=requirements)


_RQ = Library(
    name="rq",
    package="rq",
    environment=_python("rq", "rq>=3,<4"),
    adapter="for_rq",
    documentation="https://python-rq.org/docs/workers/",
    indexes=("rq:queues", "rq:workers"),
)

_BULLMQ = Library(
    name="bullmq",
    package="bullmq",
    environment=_node("bullmq", "bullmq@>=6 <7", "ioredis@>=5 <6"),
    adapter="for_bullmq",
    documentation="https://docs.bullmq.io/",
)
_GROUPMQ = Library(
    name="groupmq",
    package="groupmq",
    environment=_node("groupmq", "groupmq@>=1.1 <2"),
    adapter="for_groupmq",
    documentation="https://github.com/Openpanel-dev/groupmq",
)

_CELERY = Library(
    name="celery",
    package="celery",
    environment=_python("celery", "celery[redis]>=5.5,<6"),
    adapter="for_celery",
    documentation="https://docs.celeryq.dev/en/stable/userguide/routing.html",
)
_KOMBU = Library(
    name="kombu",
    package="kombu",
    environment=_python("kombu", "kombu[redis]>=5.5,<6"),
    adapter="for_kombu",
    documentation="https://docs.celeryq.dev/projects/kombu/en/stable/",
)
_SAQ = Library(
    name="saq",
    package="saq",
    # Its extra forgets typing_extensions.
    environment=_python("saq", "saq[redis]>=0.26,<0.27", "typing_extensions"),
    adapter="for_saq",
    documentation="https://saq-py.readthedocs.io/",
)
_ARQ = Library(
    name="arq",
    package="arq",
    environment=_python("arq", "arq>=0.28,<0.29"),
    adapter="for_arq",
    documentation="https://arq-docs.helpmanual.io/",
)
_TASKIQ = Library(
    name="taskiq",
    package="taskiq-redis",
    environment=_python("taskiq", "taskiq-redis>=1.2,<2"),
    adapter="for_taskiq",
    documentation="https://taskiq-python.github.io/",
)
_DRAMATIQ = Library(
    name="dramatiq",
    package="dramatiq",
    environment=_python("dramatiq", "dramatiq[redis]>=2,<3"),
    adapter="for_dramatiq",
    documentation="https://dramatiq.io/",
)
_HUEY = Library(
    name="huey",
    package="huey",
    environment=_python("huey", "huey>=3,<4", "redis>=5,<9"),
    adapter="for_huey",
    documentation="https://huey.readthedocs.io/",
)
_STREAQ = Library(
    name="streaq",
    package="streaq",
    environment=_python("streaq", "streaq>=7,<8"),
    adapter="for_streaq",
    documentation="https://streaq.readthedocs.io/",
)
_AGENTEXEC = Library(
    name="agentexec",
    package="agentexec",
    environment=_python("agentexec", "agentexec>=0.3,<0.4", python=">=3.12"),
    adapter="for_agentexec",
    documentation="https://github.com/Agent-CI/agentexec",
)

_PROCESSES = "a process per worker"
_NODES = "a Node process per worker, concurrency 1"
_RQ_FLEET = "an `rq worker` process per worker, a fork per job"

SETUPS: dict[str, Setup] = {
    each.name: each
    for each in (
        Setup(
            name="rq",
            library=_RQ,
            about="RQ, one queue.",
            deployment=_RQ_FLEET,
            remedy="rq:rotated",
        ),
        Setup(
            name="rq:tenants",
            library=_RQ,
            about="RQ, a queue per partition, in the order of its list (the default).",
            deployment=_RQ_FLEET,
            remedy="rq:rotated",
        ),
        Setup(
            name="rq:round_robin",
            library=_RQ,
            about="RQ, a queue per partition, --dequeue-strategy round_robin.",
            deployment=_RQ_FLEET,
            remedy="rq:rotated",
        ),
        Setup(
            name="rq:random",
            library=_RQ,
            about="RQ, a queue per partition, --dequeue-strategy random.",
            deployment=_RQ_FLEET,
            remedy="rq:rotated",
        ),
        Setup(
            name="rq:rotated",
            library=_RQ,
            about="RQ, round_robin, each worker's list of queues begins elsewhere.",
            deployment=_RQ_FLEET,
        ),
        Setup(
            name="celery",
            library=_CELERY,
            about="Celery, a queue per partition, one node of many processes.",
            deployment="one `celery worker` node with a process per worker",
        ),
        Setup(
            name="celery:nodes",
            library=_CELERY,
            about="Celery, a queue per partition, a node of one process per worker.",
            deployment="a `celery worker` node of one process per worker",
            remedy="celery",
        ),
        Setup(
            name="celery:one_queue",
            library=_CELERY,
            about="Celery, one queue (its default), one node.",
            deployment="one `celery worker` node with a process per worker",
            remedy="celery",
        ),
        Setup(
            name="kombu",
            library=_KOMBU,
            about="kombu, one queue.",
            deployment=_PROCESSES,
            remedy="kombu:rotated",
        ),
        Setup(
            name="kombu:round_robin",
            library=_KOMBU,
            about="kombu, a queue per partition, queue_order_strategy round_robin.",
            deployment=_PROCESSES,
            remedy="kombu:rotated",
        ),
        Setup(
            name="kombu:priority",
            library=_KOMBU,
            about="kombu, a queue per partition, queue_order_strategy priority.",
            deployment=_PROCESSES,
            remedy="kombu:rotated",
        ),
        Setup(
            name="kombu:sorted",
            library=_KOMBU,
            about="kombu, a queue per partition, queue_order_strategy sorted.",
            deployment=_PROCESSES,
            remedy="kombu:rotated",
        ),
        Setup(
            name="kombu:rotated",
            library=_KOMBU,
            about="kombu, round_robin, each worker's list of queues begins elsewhere.",
            deployment=_PROCESSES,
        ),
        Setup(
            name="bullmq",
            library=_BULLMQ,
            about="BullMQ, one queue.",
            deployment=_NODES,
            remedy="bullmq:priority",
        ),
        Setup(
            name="bullmq:priority",
            library=_BULLMQ,
            about="BullMQ, a job's priority is the running number of its partition's job.",
            deployment=_NODES,
        ),
        Setup(
            name="groupmq",
            library=_GROUPMQ,
            about="GroupMQ, a group per partition.",
            deployment=_NODES,
            concurrency_limit=1,
        ),
        Setup(
            name="saq",
            library=_SAQ,
            about="SAQ, one queue.",
            deployment=_PROCESSES,
        ),
        Setup(
            name="arq",
            library=_ARQ,
            about="arq, one queue, its default poll_delay of 0.5 s.",
            deployment=_PROCESSES,
        ),
        Setup(
            name="arq:fast",
            library=_ARQ,
            about="arq, one queue, a poll_delay of 5 ms.",
            deployment=_PROCESSES,
        ),
        Setup(
            name="taskiq",
            library=_TASKIQ,
            about="taskiq-redis, ListQueueBroker.",
            deployment=_PROCESSES,
        ),
        Setup(
            name="taskiq:stream",
            library=_TASKIQ,
            about="taskiq-redis, RedisStreamBroker with its defaults.",
            deployment=_PROCESSES,
        ),
        Setup(
            name="taskiq:tenants",
            library=_TASKIQ,
            about="taskiq-redis, a stream per partition, one message of each at a time.",
            deployment=_PROCESSES,
        ),
        Setup(
            name="dramatiq",
            library=_DRAMATIQ,
            about="Dramatiq, one queue.",
            deployment=_PROCESSES,
        ),
        Setup(
            name="dramatiq:tenants",
            library=_DRAMATIQ,
            about="Dramatiq, a queue per partition.",
            deployment=_PROCESSES,
        ),
        Setup(
            name="huey",
            library=_HUEY,
            about="Huey, one list.",
            deployment=_PROCESSES,
        ),
        Setup(
            name="streaq",
            library=_STREAQ,
            about="streaQ, one stream.",
            deployment=_PROCESSES,
        ),
        Setup(
            name="agentexec",
            library=_AGENTEXEC,
            about="agentexec, a list per partition, found by SCAN and locked.",
            deployment="a process per worker that pops and completes by its backend",
            concurrency_limit=1,
        ),
    )
}
"""By name, as `--strategy` takes it."""

LIBRARIES: dict[str, Library] = {
    each.library.name: each.library for each in SETUPS.values() if each.library is not None
}
PIPE = "pipe"
"""Begins the name of a program of the user's own: `pipe:node my_queue.cjs`."""


def find_setup(name: str) -> Setup | None:
    """The set-up of this name; None if that is no library's.

    A file of the user's that is called as a library hides it: `saq:MyQueue` may be theirs.

    Raises:
        PlanError: The library has no such set-up; the field is `strategy`.
    """
    if name in SETUPS:
        return SETUPS[name]
    library, _, variant = name.partition(":")
    if library == PIPE and variant:
        return _own_program(name, variant)
    if library not in LIBRARIES or not variant or Path(f"{library}.py").exists():
        return None
    known = ", ".join(each for each in SETUPS if each.partition(":")[0] == library)
    raise PlanError("strategy", f"--strategy {name[:40]} is not known: choose one of {known}")


def _own_program(name: str, line: str) -> Setup:
    try:
        command = tuple(shlex.split(line))
    except ValueError as error:
        raise PlanError("strategy", f"--strategy {name[:40]} is no command line: {error}") from None
    if not command or shutil.which(command[0]) is None:
        program = command[0][:40] if command else "(nothing)"
        raise PlanError("strategy", f"--strategy {name[:40]}: there is no program {program}")
    return Setup(
        name=name,
        library=None,
        about="A program of your own, over the pipe.",
        deployment="whatever it starts",
        command=command,
    )
