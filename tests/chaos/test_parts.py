"""The chaos test's own parts: what it draws, how it reads a terminal, and what it calls broken."""

import dataclasses
import json

import pytest
from chaos.case import LASTING, OWNER_FAULTS, SCREEN_FAULTS, Case, draw
from chaos.promises import Done, Outcome, breaches
from chaos.screen import read_screen
from hypothesis import given
from hypothesis import strategies as st

ENTER = b"\x1b[?1049h\x1b[?25l\x1b[?1003h\x1b[?2004h\x1b[>1u"
LEAVE = b"\x1b[<u\x1b[?2004l\x1b[?1003l\x1b[?25h\x1b[?1049l"
SEEDS = st.integers(min_value=0, max_value=2**32)


@given(SEEDS)
def test_a_seed_is_one_case_with_one_to_three_faults_of_its_time(seed: int) -> None:
    case = draw(seed)

    assert case == draw(seed)
    assert 1 <= len(case.faults) <= 3
    for fault in case.faults:
        assert 0 <= fault.at_s <= 4
        assert (fault.for_s > 0) == (fault.kind in LASTING)
        assert not fault.kind.startswith("guard") or not fault.early
    assert 1 <= case.lasts_s <= 4


@given(SEEDS)
def test_a_fault_has_something_to_be_done_to(seed: int) -> None:
    case = draw(seed)

    if case.server != "owner":
        assert not case.kinds & set(OWNER_FAULTS)
        assert not case.settings
    if case.size is None or case.streams is not None:
        assert not case.kinds & set(SCREEN_FAULTS)
    if case.size is not None:
        assert case.json != "-"


def test_all_kinds_are_drawn() -> None:
    cases = [draw(seed) for seed in range(2000)]

    assert set().union(*(case.kinds for case in cases)) > {*OWNER_FAULTS, *SCREEN_FAULTS}
    assert {case.command for case in cases} == {"run", "compare", "sweep"}
    assert any(case.uses_own_queue for case in cases)


@given(st.binary(max_size=300))
def test_a_terminal_that_was_left_is_as_it_was_whatever_was_painted(painted: bytes) -> None:
    # Only a program that means it begins a code.
    shown = read_screen(ENTER + painted.replace(b"\x1b", b"") + LEAVE + b"report")

    assert shown.wrong == ()
    assert shown.scrollback == "report"


@pytest.mark.parametrize(
    ("kept", "wrong"),
    [
        (b"\x1b[?1049l", "alternate screen"),
        (b"\x1b[?25h", "cursor hidden"),
        (b"\x1b[?1003l", "mouse reports"),
        (b"\x1b[?2004l", "bracketed paste"),
        (b"\x1b[<u", "keyboard protocol"),
    ],
)
def test_what_is_not_restored_is_named(kept: bytes, wrong: str) -> None:
    assert read_screen(ENTER + LEAVE.replace(kept, b"")).wrong == (wrong,)


def _document(phase: str = "drained", **totals: int | None) -> str:
    counted = {"enqueued": 10, "completed": 10, "left": 0, "lost": 0, "dead": 0, "duplicated": 0}
    run = {"phase": phase, "failure": None, "plan": {"load": 0}, "totals": counted | totals}
    return json.dumps(run)


CASE = dataclasses.replace(
    draw(0), command="run", plan=(), server="owner", size=None, streams=None, json="file"
)
SOUND = Outcome(
    status=0,
    begun=True,
    ended_at_s=10.0,
    done=(),
    stdout=b"$ queue-fairness-tui",
    stderr=b"",
    screen=None,
    stty_changed=False,
    document=_document(),
)
INTERRUPTED = (Done(kind="program INT", at_s=9.0),)


def _broken(outcome: Outcome, case: Case = CASE) -> list[str]:
    return [each.promise for each in breaches(case, outcome)]


def test_a_sound_end_breaks_nothing() -> None:
    stopped = _document("stopped", completed=4, left=6)

    assert _broken(SOUND) == []
    interrupted = dataclasses.replace(SOUND, status=130, done=INTERRUPTED, document=stopped)
    assert _broken(interrupted) == []


@pytest.mark.parametrize(
    ("changes", "promise"),
    [
        ({"status": None}, "ends"),
        ({"status": 1}, "status"),
        ({"status": 130, "done": INTERRUPTED, "ended_at_s": 29.0}, "ends soon"),
        ({"stderr": b"Traceback (most recent call last):\nKeyError: 1"}, "no traceback"),
        ({"stdout": b"queue-fairness-tui s3cretPW"}, "no password"),
        ({"stdout": b"queue-fairness-tui this run's keys may still be in Redis"}, "no false alarm"),
        ({"stdout": b""}, "report"),
        ({"processes": ("python cleaner.py",)}, "no process left"),
        ({"folders": ("qf-1",)}, "no folder left"),
        ({"keys": ("qf:{1}:p0",)}, "no key left"),
        ({"harmed": 2}, "the owner's keys"),
        ({"document": None}, "json"),
        ({"document": _document()[:-3]}, "json"),
        ({"document": _document(completed=9)}, "counts"),
        ({"document": _document(lost=8)}, "counts"),
        ({"document": _document(completed=3, left=7)}, "no false DRAINED"),
        ({"document": _document("failed"), "status": 0}, "done is not failed"),
    ],
)
def test_each_promise_can_be_broken(changes: dict[str, object], promise: str) -> None:
    assert promise in _broken(dataclasses.replace(SOUND, **changes))  # type: ignore[arg-type]


def test_a_false_end_on_a_screen_is_seen() -> None:
    painted = ENTER + b"DRAINED  361 of 1,501 tasks\r\n1,140 left, none lost" + LEAVE
    screen = read_screen(painted + b"queue-fairness-tui")

    assert _broken(dataclasses.replace(SOUND, screen=screen)) == ["no false DRAINED"]
    done = painted.replace(b"361 of 1,501", b"10 of 10").replace(b"1,140", b"none")
    screen = read_screen(done + b"queue-fairness-tui")
    assert _broken(dataclasses.replace(SOUND, screen=screen)) == []


def test_an_interrupted_run_does_not_pass_for_a_whole_one() -> None:
    stopped = _document("stopped", completed=4, left=6)

    zero = dataclasses.replace(SOUND, status=0, done=INTERRUPTED, document=stopped)
    assert _broken(zero) == ["status"]
