"""The command line that asks for a result again, the server included."""

import os
import shlex

from queue_fairness.analysis.series import Series
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.outside import harmless


def command(result: Snapshot | Series) -> str:
    """The command that asks for the same again, safe to paste into a shell; without a password."""
    if isinstance(result, Snapshot):
        return " ".join(filter(None, (result.plan.command, server_options(result))))
    return " ".join(filter(None, (result.command, *map(server_options, result.runs[-1:]))))


def server_options(snapshot: Snapshot) -> str:
    """The options that name the run's server, quoted for a shell; empty for the default one."""
    return " ".join(map(quoted, snapshot.server.origin.options)) if snapshot.server else ""


def quoted(word: str) -> str:
    """A word for a shell; one that would steer a terminal by the escapes of `$'…'`."""
    if word == harmless(word):
        return shlex.quote(word)
    plain = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._- ")
    escaped = "".join(
        chr(each) if each in plain else f"\\x{each:02x}" for each in os.fsencode(word)
    )
    return f"$'{escaped}'"
