"""Whether a run completed its tasks.

A queue may hand out its tasks in round robin, and every one of them may fail: the order was fair,
yet nothing was done. Reports say so beside the verdict, and the exit status tells it.
"""

from typing import TYPE_CHECKING

from queue_fairness.formatting.numbers import percent, plural

if TYPE_CHECKING:
    # A picture brings redis-py along, and `--help`, which shows what a gate does, waits for none.
    from queue_fairness.metrics.snapshot import Snapshot

HARDLY = 0.5
"""Share of the ended tasks below which a run counts as mostly failed."""


def share_done(snapshot: "Snapshot") -> float | None:
    """Share of the tasks that came to an end which were done, not given up: 0 to 1.

    A run of which no task came to an end counts as 0 if tasks were taken or attempts failed.
    None where no task ever arrived, so that there was nothing to do.
    """
    ended = snapshot.completed + snapshot.dead
    if ended:
        return snapshot.completed / ended
    return 0.0 if snapshot.enqueued else None


def nothing_done(snapshot: "Snapshot") -> bool:
    """Whether a run that went to its end did none of its tasks, of which there were some."""
    return (
        snapshot.phase.is_complete and share_done(snapshot) is not None and not snapshot.completed
    )


def nothing_handed_out(snapshot: "Snapshot") -> bool:
    """Whether a run that went to its end had tasks, and no worker ever got one from the queue.

    That is a verdict on the queue, unless the server is to blame.
    """
    is_over = snapshot.phase.is_complete and snapshot.server_fault is None
    return is_over and bool(snapshot.enqueued) and not snapshot.picked_up


def hardly_anything_done(snapshot: "Snapshot") -> bool:
    """Whether a run that went to its end did nothing, or gave most of its tasks up.

    Most is more than half of those that came to an end (`HARDLY`). False for a run that goes on,
    was stopped or failed, whose phase says so, and for one without any task.
    """
    share = share_done(snapshot)
    return snapshot.phase.is_complete and share is not None and share < HARDLY


def remark(snapshot: "Snapshot") -> str | None:
    """What was not done, in one sentence of at most 70 columns; None where most was."""
    if not hardly_anything_done(snapshot):
        return None
    ended = snapshot.completed + snapshot.dead
    if snapshot.completed:
        share = percent(snapshot.completed / ended, 1 if snapshot.completed < ended / 100 else 0)
        return f"Most tasks failed: {snapshot.completed:,} of {ended:,} were done ({share})."
    if snapshot.dead:
        tries = plural(snapshot.plan.max_attempts, "attempt")
        return f"Nothing was done: {plural(snapshot.dead, 'task')} failed, after {tries} each."
    if snapshot.failed:
        return f"Nothing was done: all {snapshot.failed:,} attempts failed."
    if snapshot.cut_short:
        return "Nothing was done: the run ended before the first task did."
    end = "" if snapshot.picked_up else " handed out"
    return f"Nothing was done: of {plural(snapshot.enqueued, 'task')} none was{end}."


def label(snapshot: "Snapshot") -> str:
    """How a run ended, for a headline: `DRAINED`, or `DRAINED, NOTHING DONE`."""
    word = snapshot.phase.value.upper()
    if nothing_done(snapshot):
        return f"{word}, NOTHING DONE"
    return f"{word}, MOST FAILED" if hardly_anything_done(snapshot) else word
