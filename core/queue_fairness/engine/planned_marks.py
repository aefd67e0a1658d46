"""What a plan lets happen at set times and is worth a mark on the timeline."""

from queue_fairness.plan import Plan


def planned_marks(plan: Plan) -> list[tuple[float, str]]:
    """When, in seconds from the workers' start, and what is to be said; in order of time."""
    marks: list[tuple[float, str]] = []
    if plan.noisy:
        piles = f"{plan.noisy} x " if plan.noisy > 1 else ""
        marks.append((plan.noisy_at, f"noise: {piles}{plan.noisy_tasks:,} tasks"))
    if plan.newcomer_at:
        newcomer = plan.partition_name(plan.partitions - 1)
        marks.append((plan.newcomer_at, f"{newcomer} is new"))
    return sorted(marks)
