"""Which exit status a run gets under limits."""

import dataclasses

import pytest
from script import snapshot

from queue_fairness.fairness.word import Level
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.plan import Plan
from queue_fairness.report.limit import parse_fail_if, parse_require
from queue_fairness.report.limits import NO_LIMITS, Limits, limit_lines

RUN = snapshot(Plan(strategy="round-robin"))
NAMES = ("totals.lost", "quiet_slowdown")
KEPT, BROKEN, UNMEASURED = "totals.lost > 0", "totals.lost == 0", "quiet_slowdown > 2"


def _judged(word: Level, run: Snapshot = RUN) -> Snapshot:
    assessment = run.assessment
    assert assessment is not None
    verdict = dataclasses.replace(assessment.verdict, word=word)
    return dataclasses.replace(run, assessment=dataclasses.replace(assessment, verdict=verdict))


def _status(run: Snapshot, *expressions: str, allow: bool = False) -> int:
    limits = tuple(parse_fail_if(each, NAMES) for each in expressions)
    gate = Limits(limits=limits, allow_inconclusive=allow)
    return gate.status(gate.check(run), run)


def _nothing_arrived() -> Snapshot:
    counts = dict.fromkeys(("enqueued", "arrived", "completed", "picked_up", "left"), 0)
    return dataclasses.replace(RUN, phase=Phase.ENDED, assessment=None, **counts)  # type: ignore[arg-type]


@pytest.mark.parametrize("word", Level)
def test_without_limits_every_run_passes(word: Level) -> None:
    run = dataclasses.replace(_judged(word), completed=0, dead=2000)

    assert NO_LIMITS.check(run) == ()
    assert NO_LIMITS.status((), run) == 0


@pytest.mark.parametrize(
    ("word", "limits", "status", "allowed"),
    [
        pytest.param(Level.FAIR, [KEPT], 0, 0, id="kept"),
        pytest.param(Level.FAIR, [KEPT, BROKEN], 3, 3, id="broken"),
        pytest.param(Level.FAIR, [KEPT, UNMEASURED], 4, 4, id="not-measured"),
        pytest.param(Level.FAIR, [UNMEASURED, BROKEN], 3, 3, id="broken-before-not-measured"),
        pytest.param(Level.UNFAIR, [KEPT], 0, 0, id="verdict-not-asked-for"),
        pytest.param(Level.UNFAIR, ["verdict < FAIR"], 3, 3, id="verdict-too-low"),
        pytest.param(Level.INCONCLUSIVE, [KEPT], 4, 0, id="inconclusive"),
        pytest.param(Level.INCONCLUSIVE, [BROKEN], 3, 3, id="broken-before-inconclusive"),
        pytest.param(Level.INCONCLUSIVE, ["verdict < FAIR"], 4, 0, id="inconclusive-verdict"),
        pytest.param(Level.INCONCLUSIVE, ["verdict != FAIR"], 4, 0, id="inconclusive-other"),
        pytest.param(Level.INCONCLUSIVE, ["verdict == INCONCLUSIVE"], 3, 3, id="forbidden"),
        pytest.param(Level.BROKEN, [KEPT], 3, 3, id="broken-verdict"),
        pytest.param(Level.BROKEN, ["verdict == FAIR"], 3, 3, id="broken-verdict-kept"),
    ],
)
def test_the_worst_decides(word: Level, limits: list[str], status: int, allowed: int) -> None:
    assert _status(_judged(word), *limits) == status
    assert _status(_judged(word), *limits, allow=True) == allowed


@pytest.mark.parametrize("word", Level)
@pytest.mark.parametrize("allow", [False, True])
def test_run_that_gave_up_its_tasks_never_passes(word: Level, allow: bool) -> None:
    run = dataclasses.replace(_judged(word), completed=0, dead=2000)

    assert _status(run, KEPT, allow=allow) == 3


@pytest.mark.parametrize("allow", [False, True])
def test_run_in_which_nothing_arrived_is_undecided(allow: bool) -> None:
    assert _status(_nothing_arrived(), KEPT, allow=allow) == 4


@pytest.mark.parametrize("allow", [False, True])
def test_run_stopped_before_anything_was_done_is_undecided(allow: bool) -> None:
    run = dataclasses.replace(_judged(Level.INCONCLUSIVE), phase=Phase.STOPPED, completed=0)

    assert _status(run, KEPT, allow=allow) == 4


@pytest.mark.parametrize(
    ("run", "line"),
    [
        pytest.param(
            _judged(Level.BROKEN),
            "✗ fail if verdict == BROKEN   measured: BROKEN",
            id="broken",
        ),
        pytest.param(
            _judged(Level.INCONCLUSIVE),
            "– fail if verdict == INCONCLUSIVE   measured: INCONCLUSIVE",
            id="inconclusive",
        ),
        pytest.param(
            dataclasses.replace(RUN, completed=0, dead=2000),
            "✗ fail if hardly anything was done   measured: 0 of 2,000 tasks",
            id="nothing-done",
        ),
        pytest.param(
            _nothing_arrived(), "– fail if hardly anything was done   no task arrived", id="nothing"
        ),
    ],
)
def test_whatever_decides_the_status_is_told(run: Snapshot, line: str) -> None:
    gate = Limits(limits=(parse_fail_if(KEPT, NAMES),))

    lines = limit_lines(gate.check(run))

    assert lines == ["✓ fail if totals.lost > 0   measured: 0", line]


@pytest.mark.parametrize("word", [Level.BROKEN, Level.INCONCLUSIVE])
def test_verdict_is_told_once(word: Level) -> None:
    gate = Limits(limits=(parse_require("FAIR"),))

    results = gate.check(_judged(word))

    assert [each.reason for each in results] == [word.text]
