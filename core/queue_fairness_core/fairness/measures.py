"""The measures of a run at one instant: what the verdict, the screens and the JSON are made of."""

from dataclasses import dataclass

from queue_fairness_core.fairness.conservation import Conservation


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Spread:
    """Rounds across tenants; all 0 when there are none."""

    mean: float
    p50: float
    p99: float
    max: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FairnessMeasures:
    """What the folds say now. The same numbers live and at the end."""

    worst_wait_rounds: Spread
    """Each tenant's longest wait, open ones included (waits.py). Ideal: at most 1."""
    first_pickup_rounds: Spread
    """Each tenant's wait for its first pickup; for a tenant not served yet, its wait so far, so
    that the starved are not left out. Round robin: mean 0.5, max 1."""
    repeat_pickup_rounds: float
    """Mean wait for a pickup that is not the tenant's first (waits.py). Round robin: 1 less the
    part of a round spent in service."""
    debt_tasks_now: float
    """The most any tenant is owed now (debt.py). Ideal: at most 1."""
    debt_tasks_max: float
    """The most any tenant was ever owed."""
    round_jain: float | None
    """Mean of Jain's index over contended rounds (jain.py). Ideal: 1; None before one round."""
    conservation: Conservation
    """What became of the workers' time (conservation.py)."""

    rounds: float
    """Rounds seen, by the clock of the fluid, which hands out one task per dispatch (debt.py).
    A drain of m tasks each has m, under every strategy."""
    dispatches: int
    contended_share: float
    """Share of dispatches with a real choice: more eligible tenants than idle workers, so that
    somebody had to be passed over; 0 for none."""
    tenants: int
    """Tenants known: those that had tasks."""
    peak_backlogged: int
    """The most tenants that had waiting tasks at once."""
    tasks_per_tenant: float
    """Tasks that arrived per tenant, on average; 0 without tenants."""

    served_tenants: int
    never_served: int
    """Tenants with waiting tasks that have not been served once."""
    starving: int
    """Tenants whose worst wait, open or closed, is over `thresholds.STARVING_ROUNDS`."""
    worst_partition: int | None
    """The partition with the longest wait; None before any."""
    peak_in_progress: int
    """The most tenants started and not yet empty at once (mechanism.py)."""
    emptied_before_median: float
    """Share of tenants already empty when the median one was first served (mechanism.py)."""
