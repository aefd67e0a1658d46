"""What a run knows beside its events, as the last fact of its recording, and back."""

import dataclasses
from collections.abc import Mapping
from types import NoneType
from typing import Any

from queue_fairness.metrics.phase import Phase
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.metrics.values import Lag, Lateness, Stall, Stalls
from queue_fairness.server.info import ServerInfo
from queue_fairness.server.origin import OriginKind, ServerOrigin
from queue_fairness.server.watch import Changes
from queue_fairness.trace.facts import ENDED
from queue_fairness.trace.picture import Known


def end_of(final: Snapshot) -> dict[str, object]:
    """The last fact of a run, from its final picture."""
    fact: dict[str, object] = {"t": final.elapsed_s, "event": ENDED}
    for name in Known.__dataclass_fields__:
        value = getattr(final, name)
        if isinstance(value, Phase):
            fact[name] = value.value
        elif isinstance(value, ServerInfo):
            fact[name] = server_fact(value)
        elif dataclasses.is_dataclass(value) and not isinstance(value, type):
            fact[name] = dataclasses.asdict(value)
        else:
            fact[name] = value
    return fact


def known_of(fact: Mapping[str, Any]) -> Known:
    """What such a fact says.

    Raises:
        KeyError, TypeError, ValueError: Something of it is missing, or no such value.
    """
    plain = {name: fact[name] for name in Known.__dataclass_fields__ if name not in _MADE}
    for name, value in plain.items():
        kinds = (str, NoneType) if name in _TEXTS else (int, float, NoneType)
        if not isinstance(value, kinds) or isinstance(value, bool):
            raise ValueError(f"{name} is {value!r}")
    return Known(
        **plain,
        phase=Phase(fact["phase"]),
        server=server_of(fact["server"]),
        lag=Lag(**fact["lag"]),
        stalls=Stalls(**{who: Stall(**each) for who, each in fact["stalls"].items()}),
        lateness=Lateness(**fact["lateness"]),
        server_changes=None
        if fact["server_changes"] is None
        else Changes(**fact["server_changes"]),
    )


_TEXTS = ("run_id", "failure", "failure_details", "warning", "pair_label", "server_fault")
_MADE = ("phase", "server", "lag", "stalls", "lateness", "server_changes")


def server_fact(server: ServerInfo) -> dict[str, str]:
    """A server as plain values; without a password, as its origin is."""
    return {
        "engine": server.engine,
        "version": server.version,
        "found": server.origin.kind.value,
        "at": server.origin.value,
    }


def server_of(fact: Mapping[str, Any] | None) -> ServerInfo | None:
    """The server of such values; None for none."""
    if fact is None:
        return None
    origin = ServerOrigin(OriginKind(fact["found"]), fact["at"])
    return ServerInfo(fact["engine"], fact["version"], origin)
