"""A run whose end nobody could count: what is known of it stays, and the rest is unknown."""

import dataclasses

import pytest
from script import snapshot

from queue_fairness.metrics.snapshot import Phase
from queue_fairness.plan import Plan

AT_WORK = dataclasses.replace(
    snapshot(Plan(), Phase.DRAINING),
    enqueued=100,
    completed=60,
    dead=3,
    in_flight=4,
    left=33,
    lost=0,
    locks_left=4,
)


@pytest.mark.parametrize("phase", [Phase.FAILED, Phase.STOPPED])
def test_what_was_in_hand_is_cut_short_and_what_waited_is_unknown(phase: Phase) -> None:
    seen = AT_WORK.broken_off(phase)

    assert seen.phase is phase
    assert (seen.completed, seen.dead, seen.in_flight, seen.cut_short) == (60, 3, 0, 4)
    assert (seen.left, seen.lost, seen.locks_left) == (None, None, None)


def test_where_all_was_done_nothing_is_left_or_lost() -> None:
    seen = dataclasses.replace(AT_WORK, completed=97, in_flight=0).broken_off(Phase.FAILED)

    assert (seen.left, seen.lost, seen.cut_short) == (0, 0, 0)


def test_run_that_has_ended_stays_as_it_was_counted() -> None:
    final = dataclasses.replace(AT_WORK, phase=Phase.DRAINED)

    assert final.broken_off(Phase.FAILED) is final
