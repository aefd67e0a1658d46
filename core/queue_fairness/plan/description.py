"""A plan in a few words, as headlines show it."""

from collections.abc import Sequence

from queue_fairness.formatting import numbers
from queue_fairness.plan.ignored import held_limit, ignored
from queue_fairness.plan.plan import Plan


def load(plan: Plan) -> str:
    """The load: `200 × 10 block`, or `200 partitions, poisson 384/s for 20 s`."""
    if plan.described:
        return plan.described
    if plan.is_drain:
        if plan.sizes == "equal":
            size = f"{plan.tasks_per_partition:,}"
        else:
            size = f"{plan.sizes} ({sum(plan.sizes_of_all()):,})"
        return f"{plan.partitions:,} × {size} {plan.arrival_order}"
    share = f" (load {numbers.exact(plan.load)})" if plan.load else ""
    return (
        f"{numbers.plural(plan.partitions, 'partition')}, {plan.arrivals} "
        f"{numbers.digits(plan.arrival_rate)}/s{share} for {numbers.setting(plan.duration)}"
    )


def short_load(plan: Plan) -> str:
    """The same in less space: `200 × 10`, or `200 partitions, 384/s`."""
    if plan.described:
        return plan.described
    if plan.is_drain:
        size = f"{plan.tasks_per_partition:,}" if plan.sizes == "equal" else plan.sizes
        return f"{plan.partitions:,} × {size}"
    return f"{numbers.plural(plan.partitions, 'partition')}, {numbers.digits(plan.arrival_rate)}/s"


def work(plan: Plan) -> str:
    """The work of a task: `25 ms`, `25 ms log-normal`, `cpu 25 ms`, or the user's function."""
    if plan.described:
        return f"{numbers.seconds(plan.mean_work_s or None)} each"
    if ":" in plan.task:
        return plan.task
    kind = "" if plan.task == "sleep" else f"{plan.task} "
    varies = "" if plan.work_distribution == "constant" else f" {plan.work_distribution}"
    return f"{kind}{numbers.setting(plan.work_duration)}{varies}"


def extras(plan: Plan, strategies: Sequence[str] = ()) -> list[str]:
    """All other settings that differ from the defaults, a few words each.

    Args:
        plan: What is asked for.
        strategies: Those that run it: an option that they ignore is marked, and the limit is the
            one that holds under them. Empty to describe the plan alone.
    """
    said: list[str] = []
    if plan.observed is not None:
        return [f"fair by {plan.fair_by}"] if plan.fair_by != "turns" else said
    if not plan.is_drain and plan.sizes != "equal":
        said.append(f"sizes {plan.sizes}")
    if plan.noisy:
        who = f"{plan.noisy} × " if plan.noisy > 1 else ""
        said.append(f"noise {who}{plan.noisy_tasks:,} tasks at {numbers.setting(plan.noisy_at)}")
    if plan.newcomer_at:
        said.append(f"newcomer at {numbers.setting(plan.newcomer_at)}")
    if plan.weights != "equal":
        said.append(f"weights {plan.weights}{_ignored_note(plan, 'weights', strategies)}")
    if plan.fair_by != "turns":
        said.append(f"fair by {plan.fair_by}")
    if plan.work_scale != "equal":
        said.append(f"work × {plan.work_scale}")
    if plan.slow_worker != 1:
        said.append(f"w0 {numbers.exact(plan.slow_worker)} times as slow")
    if plan.crash_at:
        said.append(f"crash at {numbers.setting(plan.crash_at)}")
    if plan.failure_rate:
        place = f"{plan.retry}{_ignored_note(plan, 'retry', strategies)}"
        said.append(f"{numbers.percent(plan.failure_rate)} fail, retry {place}")
    if limit := _limit(plan.concurrency_limit, strategies):
        said.append(limit)
    if note := _ignored_note(plan, "lease_ttl", strategies):
        said.append(f"lease {numbers.setting(plan.lease_ttl)}{note}")
    if plan.foreign_keys:
        said.append(f"{plan.foreign_keys:,} foreign keys")
    if plan.results_ttl:
        said.append(f"results kept {numbers.setting(plan.results_ttl)}")
    if plan.network_delay:
        said.append(f"network {numbers.setting(plan.network_delay)}")
    return said


def ignoring(plan: Plan) -> list[str]:
    """Those of the `extras` that the plan's own strategy ignores."""
    unmarked = extras(plan)
    is_ignored = bool(ignored(plan, plan.strategy))
    return [each for each in extras(plan, (plan.strategy,)) if is_ignored and each not in unmarked]


def _ignored_note(plan: Plan, name: str, strategies: Sequence[str]) -> str:
    """Which strategies ignore a field, in parentheses; empty if none does."""
    ignoring_it = [
        strategy
        for strategy in strategies
        if any(each.field == name for each in ignored(plan, strategy))
    ]
    return _but(ignoring_it, strategies)


def _limit(asked: int, strategies: Sequence[str]) -> str:
    """The limit that holds, and under which strategies it does not; empty for the plain lock."""
    held = {each: held_limit(each, asked) for each in strategies}
    known = {limit for limit in held.values() if limit is not None}
    if len(known) == 1 and asked not in known:
        (limit,) = known
        is_default = asked == 1
        return _limit_word(limit) + ("" if is_default else f" ({asked} is ignored)")
    others = [name for name, limit in held.items() if limit not in (None, asked)]
    return "" if asked == 1 and not others else _limit_word(asked) + _but(others, strategies)


def _limit_word(limit: int) -> str:
    return f"limit {limit:,}" if limit else "no limit"


def _but(exceptions: Sequence[str], strategies: Sequence[str]) -> str:
    if not exceptions:
        return ""
    is_by_all = len(exceptions) == len(strategies)
    return " (ignored)" if is_by_all else f" (not {numbers.listed(exceptions)})"


def whole(plan: Plan, strategies: Sequence[str] = ()) -> str:
    """Everything but the strategy: load, workers, work, seed, and the `extras`.

    Args:
        plan: What is asked for.
        strategies: As in `extras`.
    """
    what = load(plan)
    if plan.described:
        workers = numbers.plural(plan.workers, "worker")
        return " · ".join([what, workers, work(plan), *extras(plan, strategies)])
    if plan.is_drain and plan.sizes == "equal":
        tasks = numbers.plural(plan.tasks_per_partition, "task")
        what = f"{numbers.plural(plan.partitions, 'partition')} × {tasks}, {plan.arrival_order}"
    parts = [what, numbers.plural(plan.workers, "worker"), work(plan), f"seed {plan.seed}"]
    return " · ".join([*parts, *extras(plan, strategies)])
