"""Loads by size, from which the cases are made; each a function of the seed."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import inf
from typing import Any

from fairness.arrivals import backlog, poisson
from fairness.service import Law, exponential, gamma, log_normal, pareto
from fairness.simulator import Load

from queue_fairness.events import Arrived

WORK_S = 0.025
Loader = Callable[[int], Load]
LAWS: dict[str, Law | None] = {
    "": gamma(0.2),
    "lockstep": None,
    "exponential": exponential,
    "log-normal": log_normal(10),
    "Pareto": pareto(1.5),
    "CV 3": gamma(3),
}
"""Service times by name; tasks differ by a fifth where nothing else is said."""


def drain(
    sizes: Sequence[int],
    workers: int = 8,
    limit: int = 1,
    law: str = "",
    order: str = "block",
    until: float = inf,
) -> Loader:
    """All tasks at time 0; `until` is the share of the work after which the workers stop."""
    load = Load(
        partitions=len(sizes),
        arrivals=(),
        workers=workers,
        limit=limit,
        law=LAWS[law],
        until_s=until * sum(sizes) * WORK_S / workers,
    )
    return lambda seed: replace(load, arrivals=backlog(sizes, order, seed))


def sustained(
    rho: float,
    shares: int | Sequence[float],
    seconds: float,
    workers: int = 8,
    limit: int = 1,
    law: str = "",
) -> Loader:
    """Poisson arrivals at `rho` of what the workers can do.

    Args:
        rho: The offered load.
        shares: How many partitions share it equally, or each one's part.
        seconds: How long it goes on; the workers stop then.
        workers: How many there are.
        limit: Tasks of one partition in service at once.
        law: A key of `LAWS`.
    """
    parts = [1.0] * shares if isinstance(shares, int) else shares
    rate = rho * workers / WORK_S / sum(parts)
    load = Load(
        partitions=len(parts),
        arrivals=(),
        workers=workers,
        limit=limit,
        law=LAWS[law],
        until_s=seconds,
    )
    return lambda seed: replace(
        load, arrivals=poisson([rate * part for part in parts], seconds, seed)
    )


def adding(loader: Loader, more: Sequence[Arrived]) -> Loader:
    """The same load with further arrivals; their partitions must be known to it."""

    def load(seed: int) -> Load:
        base = loader(seed)
        arrivals = sorted([*base.arrivals, *more], key=lambda arrived: arrived.at)
        return replace(base, arrivals=arrivals)

    return load


def changed(loader: Loader, **changes: Any) -> Loader:
    """The same load with other values of these fields."""
    return lambda seed: replace(loader(seed), **changes)


def size(partitions: int, tasks: int, workers: int = 8, limit: int = 1, law: str = "") -> str:
    """A size in a few characters: `200x10 8w L0 exponential`."""
    return f"{partitions}x{tasks} {workers}w L{limit} {law}".strip()
