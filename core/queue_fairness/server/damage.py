"""Whether a run failed for the server's sake, and the sentence that says so; pure.

The queue is charged for what it did. A server that let keys go, was emptied, restarted or ran out
of memory has failed the run: no count of it says anything about the queue.
"""

from dataclasses import dataclass

from queue_fairness.formatting.numbers import plural
from queue_fairness.server.watch import Cause, Changes, causes


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """What is wrong with a run, as far as nothing of ours explains it."""

    missing: int | None = 0
    """Tasks gone in nobody's hands; None if they cannot be counted."""
    replies_lost: int = 0
    """Connections that broke while the queue was asked for something."""
    duplicated: int = 0
    locks_left: int = 0
    failure: str | None = None
    """What ended the run early."""
    failed_by_server: bool = False
    """Whether the server said so, or went away; not the queue under test."""
    own_removals: int = 0
    """Keys that the run has removed itself while it worked."""
    is_atomic: bool = True
    """Whether the queue is one of ours, which cannot lose a task but with a reply or a worker."""

    @property
    def is_any(self) -> bool:
        """Whether something is missing or wrong with the counts."""
        return bool(self.missing or self.duplicated or self.locks_left)


def server_fault(name: str, changes: Changes | None, damage: Damage) -> str | None:
    """What the server did to the run: its name, what was measured, what to do.

    Args:
        name: How to name the server; no secrets.
        changes: What it counted; None if it could not be asked.
        damage: What is wrong with the run.

    Returns:
        None where the server is not to blame, or nothing is wrong.
    """
    cause = _cause(changes, damage) if changes is not None else None
    if cause is not None:
        return f"{name} {cause.did}{_toll(damage)}; {cause.remedy}"
    if damage.failed_by_server:
        return damage.failure
    unexplained = (damage.missing or 0) - damage.replies_lost
    removed = _how_removed(changes, damage)
    # Taking a task is one step in ours: what no reply and no worker took along was removed.
    if damage.is_atomic and unexplained > 0 and removed is not None:
        return (
            f"{name} lost {plural(unexplained, 'task')} that no worker had taken: somebody removed"
            f" keys of this run ({removed}); run again when nobody does"
        )
    return None


def suspicion(name: str, changes: Changes | None, damage: Damage) -> str | None:
    """That somebody may have removed tasks of a queue of the user's own; None where nobody did.

    The server counts removals and does not tell whose they are: such a queue may remove its own.

    Args:
        name: How to name the server; no secrets.
        changes: What it counted; None if it could not be asked.
        damage: What is wrong with the run.
    """
    unexplained = (damage.missing or 0) - damage.replies_lost
    if damage.is_atomic or changes is None or unexplained <= 0:
        return None
    removed = [
        *([f"{plural(changes.expired_keys, 'key')} expired"] if changes.expired_keys else []),
        *([f"{changes.removals:,} x DEL, UNLINK or the like"] if changes.removals else []),
    ]
    if not removed:
        return None
    return (
        f"{name} saw {' and '.join(removed)} meanwhile: unless that was the queue itself, somebody"
        " removed tasks of this run; run again when nobody does"
    )


def _cause(changes: Changes, damage: Damage) -> Cause | None:
    """The surest thing that the server did, if it explains what is wrong."""
    for cause in causes(changes):
        if damage.is_any or damage.failed_by_server:
            return cause
        # A queue of the user's own that raised an error may have a fault of its own.
        if damage.failure is not None and cause.is_certain:
            return cause
    return None


def _toll(damage: Damage) -> str:
    if damage.missing:
        return f", and {plural(damage.missing, 'task')} of this run are gone"
    return ""


def _how_removed(changes: Changes | None, damage: Damage) -> str | None:
    """What speaks for somebody's having removed keys; None if nothing does."""
    if changes is None or changes.is_unknown:
        return "how cannot be looked at: it gives no INFO"
    if changes.expired_keys:
        return f"{plural(changes.expired_keys, 'key')} expired"
    others = (changes.removals or 0) - damage.own_removals
    return f"{others:,} x DEL, UNLINK or the like by others" if others > 0 else None
