"""The command line that asks for a result again, the server included."""

import shlex

from queue_fairness.analysis.series import Series
from queue_fairness.metrics.snapshot import Snapshot


def command(result: Snapshot | Series) -> str:
    """The command that asks for the same again, safe to paste into a shell; without a password."""
    if isinstance(result, Snapshot):
        return " ".join(filter(None, (result.plan.command, server_options(result))))
    return " ".join(filter(None, (result.command, *map(server_options, result.runs[-1:]))))


def server_options(snapshot: Snapshot) -> str:
    """The options that name the run's server, quoted for a shell; empty for the default one."""
    return shlex.join(snapshot.server.origin.options) if snapshot.server else ""
