"""The command line that asks for a result again, the server included."""

import shlex

from queue_fairness.analysis.series import Series
from queue_fairness.metrics.snapshot import Snapshot


def command(result: Snapshot | Series) -> str:
    """The command that asks for the same again, safe to paste into a shell; without a password."""
    if isinstance(result, Snapshot):
        return " ".join((result.plan.command, *server_options(result)))
    last = result.runs[-1:]
    return " ".join((result.command, *(word for run in last for word in server_options(run))))


def server_options(snapshot: Snapshot) -> tuple[str, ...]:
    """The options that name the run's server, quoted for a shell; none for the default one."""
    origin = snapshot.server.origin if snapshot.server else ""
    if origin == "bundled":
        return ("--redis-server", "bundled")
    if origin.startswith("URL "):
        return ("--redis-url", shlex.quote(origin.removeprefix("URL ")))
    program = origin.removeprefix("--redis-server ")
    return ("--redis-server", shlex.quote(program)) if program != origin else ()
