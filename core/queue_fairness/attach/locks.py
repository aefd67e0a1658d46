"""Locks under which nobody works: the proof, or the suspicion, and what would free them.

A lock is proved to be without an owner where the library or the server shows it: no connection
that could be its owner's, a lease in the past, a worker without a sign of life. Where nothing can
show it, a lock is suspected that is older than everything that was ever seen to be done under one.
"""

import re
import shlex
from dataclasses import dataclass

from queue_fairness.attach.model import Bound, Holding, Lock
from queue_fairness.attach.options import Thresholds
from queue_fairness.attach.watch import Watch
from queue_fairness.outside import from_outside

FREES = {
    "agentexec": "DEL",
    "arq": "DEL",
    "huey": "HDEL",
}
"""The command by which a person may end a lock, where there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StuckLock:
    """A lock, and why nobody is believed to work under it."""

    tenant: str
    name: str
    """Its key or field, safe to show."""
    lock: Lock
    evidence: tuple[str, ...]
    is_proved: bool
    is_task: bool = False
    """Whether it is a task in the hands of a worker that is gone, and no key that is a lock."""


def stuck_locks(watch: Watch, limits: Thresholds, mask: bool = False) -> tuple[StuckLock, ...]:
    """Every stuck lock, those that keep tasks waiting first, and of these the oldest."""
    lost = {(each.lane, each.task): each for each in watch.hands.holdings if each.is_lost}
    found = [_judged(watch, each, limits, mask=mask) for each in watch.hands.locks]
    found += [_lost(watch, each, mask=mask) for each in lost.values() if each.task is not None]
    stuck = [each for each in found if each is not None]

    def place(each: StuckLock) -> tuple[bool, float]:
        lane = watch.lanes.get(each.tenant)
        return not (lane and lane.waiting), -(each.lock.held.age(watch.now) or 0.0)

    return tuple(sorted(stuck, key=place))


def _judged(watch: Watch, lock: Lock, limits: Thresholds, *, mask: bool) -> StuckLock | None:
    age_s = lock.held.age(watch.now)
    evidence: list[str] = []
    if lock.is_dead:
        evidence.append("no connection is silent for as long as the lock is held")
    elif lock.owner is None and age_s is not None and age_s >= limits.lock_s:
        longest_s = watch.longest_service_s
        if longest_s is None or age_s < limits.lock_services * longest_s:
            return None
        evidence.append(f"held {age_s:.0f} s, and no service took longer than {longest_s:.1f} s")
    else:
        return None
    return StuckLock(
        tenant=watch.tenant_of(lock.lane),
        name=shown_name(watch, lock, mask=mask),
        lock=_nameless(lock) if mask else lock,
        evidence=tuple(evidence),
        is_proved=lock.is_dead,
    )


def _lost(watch: Watch, holding: Holding, *, mask: bool) -> StuckLock:
    task = holding.task or b""
    lock = Lock(holding.lane, task, None, holding.since, holding.worker, is_dead=True)
    return StuckLock(
        tenant=watch.tenant_of(holding.lane),
        name=shown_name(watch, lock, mask=mask),
        lock=_nameless(lock) if mask else lock,
        evidence=("its worker shows no sign of life, or its lease is over",),
        is_proved=True,
        is_task=True,
    )


def _nameless(lock: Lock) -> Lock:
    return lock._replace(lane=b"", name=b"")


def shown_name(watch: Watch, lock: Lock, *, mask: bool) -> str:
    """A lock's name as it may be shown: with `--mask` without its tenant's."""
    if mask:
        return f"(lock of {watch.tenant_of(lock.lane)})"
    return from_outside(lock.name, 120)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """All that can be said of one lock."""

    name: str
    tenant: str
    facts: tuple[tuple[str, str], ...]
    """What, and what of it is known."""
    evidence_for: tuple[str, ...]
    """What speaks for an owner."""
    evidence_against: tuple[str, ...]
    freed_by: tuple[str, ...]
    command: str | None
    """What a person may run, if it is certain that nobody works; never run by this program."""


def diagnose(watch: Watch, lock: Lock, library: str, limits: Thresholds) -> Diagnosis:
    """Everything about a lock."""
    age_s = lock.held.age(watch.now)
    stuck = _judged(watch, lock, limits, mask=False)
    bound = "at least " if lock.held.bound is Bound.AT_LEAST else ""
    longest_s = watch.longest_service_s
    facts = (
        ("held", "not known" if age_s is None else f"{bound}{age_s:.1f} s"),
        ("ends by itself", "never" if lock.ttl_s is None else f"in {lock.ttl_s:.0f} s"),
        ("owner", lock.owner or "the lock names none"),
        ("longest service seen", "none yet" if longest_s is None else f"{longest_s:.1f} s"),
    )
    working = [
        each
        for each in watch.hands.holdings
        if each.lane == lock.lane and not each.is_lost and each.worker is not None
    ]
    evidence_for = [f"{lock.owner} fits"] if lock.owner else []
    evidence_for += [f"{each.worker} has a task of this lane" for each in working]
    against = list(stuck.evidence) if stuck is not None else []
    freed = [] if lock.ttl_s is None else [f"its own end, in {lock.ttl_s:.0f} s"]
    freed.append("the end of the task of its owner, if there is one")
    return Diagnosis(
        name=from_outside(lock.name, 200),
        tenant=watch.tenant_of(lock.lane),
        facts=facts,
        evidence_for=tuple(dict.fromkeys(evidence_for)),
        evidence_against=tuple(against),
        freed_by=tuple(freed),
        command=_command(lock, library),
    )


def _command(lock: Lock, library: str) -> str | None:
    verb = FREES.get(library)
    if verb is None:
        return None
    key = lock.name
    words = [key]
    if verb == "HDEL":
        words = [b"huey.results." + lock.lane, key]
    return f"redis-cli {verb} {' '.join(map(_quoted, words))}"


def _quoted(word: bytes) -> str:
    """A word for a shell, whatever bytes it has; nothing in it steers a terminal."""
    text = word.decode(errors="surrogateescape")
    if re.fullmatch(r"[ -~]+", text):
        return shlex.quote(text)
    escaped = "".join(
        chr(each) if chr(each).isalnum() and each < 128 else f"\\x{each:02x}" for each in word
    )
    return f"$'{escaped}'"
