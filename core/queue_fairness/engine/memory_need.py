"""How much of a server's memory a run takes."""

from queue_fairness.plan import Plan
from queue_fairness.server.room import BYTES, FIXED


def need_of(plan: Plan) -> int:
    """Estimates from above how many bytes of the server's memory a run takes.

    As if all tasks of the run waited at the same time, and all their results were still there.
    """
    tasks = round(plan.expected_tasks)
    return (
        FIXED
        + BYTES["connection"] * plan.workers
        + BYTES["partition"] * plan.all_partitions
        + BYTES["task"] * tasks
        + (BYTES["result"] * tasks if plan.results_ttl else 0)
        + BYTES["foreign_key"] * plan.foreign_keys
    )
