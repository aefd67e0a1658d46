"""What a run will need of a server: commands, keys, connections. Its memory is in `memory_need`."""

from dataclasses import dataclass

from queue_fairness.engine import simulated_work
from queue_fairness.engine.run_keys import RunKeys
from queue_fairness.engine.run_parts import RunParts
from queue_fairness.plan import Plan
from queue_fairness.server.rights import Need
from queue_fairness.strategies import STRATEGIES, Strategy
from queue_fairness.strategies.commands import commands_of

SPARE_CONNECTIONS = 2
"""For a worker and foreign keys that are added by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What a run will need, as far as it is known before."""

    needs: tuple[Need, ...]
    """Each command on each kind of key; those that removing keys takes are not among them."""
    keys: tuple[str, ...]
    """What the keys begin with that it makes, as in `~qf:*` without its star."""
    names_are_known: bool
    """Whether all its keys can be removed by name; else SCAN has to find them."""
    connections: int

    @property
    def commands(self) -> tuple[str, ...]:
        """The fewest commands with which it runs and leaves nothing, as ACL names them."""
        found = {each.command for each in self.needs}
        if "del" not in found:
            found.add("unlink")
        if not self.names_are_known:
            found.add("scan")
        return tuple(sorted(found))


def needs_of(parts: RunParts) -> Needs:
    """What a run of these parts needs."""
    plan, strategy = parts.plan, parts.strategy
    queue, foreign = RunKeys.beginnings(parts.keys.key_prefix)
    commands = {"ping", *commands_of(strategy, retries=_may_fail(plan))}
    needs = [Need(each, queue) for each in sorted(commands)]
    if plan.foreign_keys:
        needs.append(Need("mset", foreign))
    if plan.results_ttl:
        needs.append(Need("set", foreign))
    has_foreign = bool(plan.foreign_keys or plan.results_ttl)
    return Needs(
        needs=tuple(needs),
        keys=(queue, foreign) if has_foreign else (queue,),
        names_are_known=strategy.known_keys() is not None and not plan.results_ttl,
        connections=_connections(plan, strategy),
    )


def _may_fail(plan: Plan) -> bool:
    return bool(plan.failure_rate) or plan.task not in simulated_work.BODIES


def _connections(plan: Plan, strategy: Strategy) -> int:
    """Those at the same time: a pipeline takes a second one, and keeps it."""
    each = 1
    if plan.strategy not in STRATEGIES or (strategy.sends_at_retry and _may_fail(plan)):
        each = 2
    # Control and its pipeline, the generator, the pulse, the reaper, the guard of the keys.
    others = 2 + 1 + 1 + (1 if strategy.lease_ttl_s else 0) + 1
    return each * plan.workers + others + SPARE_CONNECTIONS
