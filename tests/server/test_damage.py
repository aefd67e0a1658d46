"""Who is charged with what is missing: the server only where something is, and it shows why."""

import dataclasses

import pytest

from queue_fairness.server.damage import Damage, server_fault, suspicion
from queue_fairness.server.watch import Changes, causes

NAME = "redis://host:6379/0"
QUIET = Changes(
    restarted=False,
    became_replica=False,
    flushes=0,
    evicted_keys=0,
    expired_keys=0,
    removals=0,
    refused_writes=0,
    witness_gone=False,
    maxmemory=2 * 2**20,
    policy="allkeys-lru",
)
INTACT = Damage()
LOSS = Damage(missing=7_210)


def _said(damage: Damage, **changes: object) -> str | None:
    return server_fault(NAME, dataclasses.replace(QUIET, **changes), damage)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"restarted": True}, "was restarted in mid-run"),
        ({"became_replica": True}, "became a read-only replica in mid-run (a failover)"),
        ({"flushes": 1, "witness_gone": True}, "was emptied in mid-run by somebody (1 x FLUSHALL"),
        ({"flushes": 2, "witness_gone": None}, "was emptied in mid-run by somebody (2 x FLUSHALL"),
        ({"evicted_keys": 7_210}, "evicted 7,210 keys in mid-run (maxmemory 2 MB, allkeys-lru)"),
        ({"evicted_keys": 1}, "evicted 1 key in mid-run"),
        ({"refused_writes": 12}, "ran out of memory in mid-run (maxmemory 2 MB, allkeys-lru, 12"),
        ({"witness_gone": True}, "lost keys of this run in mid-run, which somebody removed"),
        ({"idle_timeout_s": 300}, "closed connections that were idle for 300 s (its setting"),
    ],
)
def test_each_cause_is_named_with_what_was_measured(changes: dict[str, object], words: str) -> None:
    sentence = _said(LOSS, **changes)

    assert sentence is not None
    assert sentence.startswith(f"{NAME} {words}")
    assert ", and 7,210 tasks of this run are gone; " in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize(
    "changes",
    [{"evicted_keys": 5}, {"flushes": 1}, {"restarted": True}, {"expired_keys": 5}, {}],
)
def test_nothing_is_charged_where_nothing_is_wrong(changes: dict[str, object]) -> None:
    assert _said(INTACT, **changes) is None


def test_what_nothing_explains_stays_with_the_queue() -> None:
    assert _said(LOSS) is None
    assert _said(dataclasses.replace(LOSS, is_atomic=False), expired_keys=3, removals=9) is None
    assert _said(LOSS, flushes=3) is None  # another database: the witness is there


@pytest.mark.parametrize("damage", [Damage(missing=1), Damage(duplicated=1), Damage(locks_left=1)])
def test_every_kind_of_damage_may_be_the_servers(damage: Damage) -> None:
    assert _said(damage, restarted=True) is not None


def test_removed_keys_show_in_what_a_queue_of_ours_cannot_lose() -> None:
    assert "(9 keys expired)" in (_said(LOSS, expired_keys=9) or "")
    assert "(2 x DEL" in (_said(dataclasses.replace(LOSS, own_removals=7), removals=9) or "")
    assert _said(dataclasses.replace(LOSS, own_removals=9), removals=9) is None
    assert _said(Damage(missing=3, replies_lost=3), expired_keys=9) is None


@pytest.mark.parametrize("changes", [None, Changes()])
def test_a_server_that_tells_nothing_is_named_as_such(changes: Changes | None) -> None:
    assert "cannot be looked at" in (server_fault(NAME, changes, LOSS) or "")
    assert server_fault(NAME, changes, INTACT) is None


def test_a_failure_of_the_servers_is_said_as_it_is_or_by_its_cause() -> None:
    gone = Damage(missing=None, failure="it went away", failed_by_server=True)

    assert server_fault(NAME, None, gone) == "it went away"
    assert _said(gone) == "it went away"
    assert "was restarted" in (_said(gone, restarted=True) or "")


def test_a_queue_that_raised_is_excused_by_certain_causes_alone() -> None:
    raised = Damage(failure="pop raised KeyError")

    assert _said(raised) is None
    assert _said(raised, evicted_keys=5, refused_writes=5) is None
    assert _said(raised, flushes=1, witness_gone=True) is not None
    assert _said(raised, evicted_keys=5, witness_gone=True) is not None


def test_a_quiet_server_has_done_nothing() -> None:
    assert list(causes(QUIET)) == []
    assert list(causes(Changes())) == []


def _suspected(damage: Damage, **changes: object) -> str | None:
    return suspicion(NAME, dataclasses.replace(QUIET, **changes), damage)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "seen"),
    [
        ({"removals": 1}, "1 x DEL, UNLINK or the like"),
        ({"expired_keys": 3}, "3 keys expired"),
        ({"expired_keys": 1, "removals": 2}, "1 key expired and 2 x DEL, UNLINK or the like"),
    ],
)
def test_a_removal_casts_doubt_on_what_a_queue_of_the_users_is_charged_with(
    changes: dict[str, object], seen: str
) -> None:
    said = _suspected(dataclasses.replace(LOSS, is_atomic=False), **changes)

    assert said is not None
    assert said.startswith(f"{NAME} saw {seen} meanwhile: unless that was the queue itself, ")


def test_without_a_loss_or_a_removal_nobody_is_suspected() -> None:
    own = Damage(is_atomic=False)

    assert _suspected(own, removals=9) is None
    assert _suspected(dataclasses.replace(own, missing=3)) is None
    assert _suspected(dataclasses.replace(own, missing=3, replies_lost=3), removals=9) is None
    assert suspicion(NAME, None, dataclasses.replace(own, missing=3)) is None
    assert _suspected(LOSS, removals=9) is None, "of one of ours it is known"
