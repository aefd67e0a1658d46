"""Which exit status a run gets under limits."""

import dataclasses

import pytest
from script import snapshot

from queue_fairness.fairness.word import Word
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.plan import Plan
from queue_fairness.report import run_text
from queue_fairness.report.limit import parse_fail_if, parse_require
from queue_fairness.report.limits import NO_GATE, Gate

RUN = snapshot(Plan(strategy="round-robin"))
NAMES = ("totals.lost", "quiet_slowdown")
KEPT, BROKEN, UNMEASURED = "totals.lost > 0", "totals.lost == 0", "quiet_slowdown > 2"


def _judged(word: Word, run: Snapshot = RUN) -> Snapshot:
    standing = run.standing
    assert standing is not None
    verdict = dataclasses.replace(standing.verdict, word=word)
    return dataclasses.replace(run, standing=dataclasses.replace(standing, verdict=verdict))


def _status(run: Snapshot, *expressions: str, allow: bool = False) -> int:
    limits = tuple(parse_fail_if(each, NAMES) for each in expressions)
    gate = Gate(limits=limits, allow_inconclusive=allow)
    return gate.status(gate.check(run), run)


def _nothing_arrived() -> Snapshot:
    counts = dict.fromkeys(("enqueued", "arrived", "completed", "picked_up", "left"), 0)
    return dataclasses.replace(RUN, phase=Phase.ENDED, standing=None, **counts)  # type: ignore[arg-type]


@pytest.mark.parametrize("word", Word)
def test_without_limits_every_run_passes(word: Word) -> None:
    run = dataclasses.replace(_judged(word), completed=0, dead=2000)

    assert NO_GATE.check(run) == ()
    assert NO_GATE.status((), run) == 0


@pytest.mark.parametrize(
    ("word", "limits", "status", "allowed"),
    [
        pytest.param(Word.FAIR, [KEPT], 0, 0, id="kept"),
        pytest.param(Word.FAIR, [KEPT, BROKEN], 3, 3, id="broken"),
        pytest.param(Word.FAIR, [KEPT, UNMEASURED], 4, 4, id="not-measured"),
        pytest.param(Word.FAIR, [UNMEASURED, BROKEN], 3, 3, id="broken-before-not-measured"),
        pytest.param(Word.UNFAIR, [KEPT], 0, 0, id="verdict-not-asked-for"),
        pytest.param(Word.UNFAIR, ["verdict < FAIR"], 3, 3, id="verdict-too-low"),
        pytest.param(Word.INCONCLUSIVE, [KEPT], 4, 0, id="inconclusive"),
        pytest.param(Word.INCONCLUSIVE, [BROKEN], 3, 3, id="broken-before-inconclusive"),
        pytest.param(Word.INCONCLUSIVE, ["verdict < FAIR"], 4, 0, id="inconclusive-verdict"),
        pytest.param(Word.INCONCLUSIVE, ["verdict != FAIR"], 4, 0, id="inconclusive-other"),
        pytest.param(Word.INCONCLUSIVE, ["verdict == INCONCLUSIVE"], 3, 3, id="forbidden"),
        pytest.param(Word.BROKEN, [KEPT], 3, 3, id="broken-verdict"),
        pytest.param(Word.BROKEN, ["verdict == FAIR"], 3, 3, id="broken-verdict-kept"),
    ],
)
def test_the_worst_decides(word: Word, limits: list[str], status: int, allowed: int) -> None:
    assert _status(_judged(word), *limits) == status
    assert _status(_judged(word), *limits, allow=True) == allowed


@pytest.mark.parametrize("word", Word)
@pytest.mark.parametrize("allow", [False, True])
def test_run_that_gave_up_its_tasks_never_passes(word: Word, allow: bool) -> None:
    run = dataclasses.replace(_judged(word), completed=0, dead=2000)

    assert _status(run, KEPT, allow=allow) == 3


@pytest.mark.parametrize("allow", [False, True])
def test_run_in_which_nothing_arrived_is_undecided(allow: bool) -> None:
    assert _status(_nothing_arrived(), KEPT, allow=allow) == 4


@pytest.mark.parametrize("allow", [False, True])
def test_run_stopped_before_anything_was_done_is_undecided(allow: bool) -> None:
    run = dataclasses.replace(_judged(Word.INCONCLUSIVE), phase=Phase.STOPPED, completed=0)

    assert _status(run, KEPT, allow=allow) == 4


@pytest.mark.parametrize(
    ("run", "line"),
    [
        pytest.param(
            _judged(Word.BROKEN), "✗ fail if verdict == BROKEN   measured: BROKEN", id="broken"
        ),
        pytest.param(
            _judged(Word.INCONCLUSIVE),
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
    gate = Gate(limits=(parse_fail_if(KEPT, NAMES),))

    lines = run_text.gates(gate.check(run))

    assert lines == ["✓ fail if totals.lost > 0   measured: 0", line]


@pytest.mark.parametrize("word", [Word.BROKEN, Word.INCONCLUSIVE])
def test_verdict_is_told_once(word: Word) -> None:
    gate = Gate(limits=(parse_require("FAIR"),))

    results = gate.check(_judged(word))

    assert [each.reason for each in results] == [word.text]
