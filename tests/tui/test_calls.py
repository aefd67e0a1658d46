"""What a terminal is told beside the picture: the end of long work, and copies."""

import base64
import re
import shutil
import subprocess

import pytest
from tty_program import COMMAND, Tty
from tui import tmux
from tui.tmux import Terminal

PLAN = ("-P", "60", "-t", "20", "-w", "4", "--work-duration", "5ms")
"""A second and a half: as long as a title needs to show progress."""
KEPT, GIVEN_BACK = b"\x1b[22;2t", b"\x1b[23;2t"
NOTIFIED = re.compile(rb"\x1b\]9;([^\x07]*)\x07\x07")
ENTITLED = re.compile(rb"\x1b\]2;([^\x07]*)\x07")
COPIED = re.compile(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07")


def _called(tty: Tty) -> list[str]:
    return [each.decode() for each in NOTIFIED.findall(tty.raw)]


def _titles(tty: Tty) -> list[str]:
    return [each.decode() for each in ENTITLED.findall(tty.raw)]


def test_end_of_a_run_rings_and_is_told_and_the_title_follows() -> None:
    with Tty([*PLAN, "--notify"]) as tty:
        tty.sees("DRAINED")
        tty.press(b"q")
        assert tty.ends() == 0

        assert _called(tty) == ["scan: ✗ UNFAIR"]
        *progress, last = _titles(tty)
        assert progress
        assert all(re.fullmatch(r"\d+ % scan", each) for each in progress)
        assert last == "scan: ✗ UNFAIR"
        assert tty.raw.count(KEPT) == tty.raw.count(GIVEN_BACK) == 1


def test_end_of_a_comparison_is_told_once() -> None:
    names = ("--strategies", "scan,round-robin")
    with Tty(["compare", *names, *PLAN, "--notify"]) as tty:
        tty.sees("2 strategies · ")
        tty.press(b"q")
        assert tty.ends() == 0

        assert len(_called(tty)) == 1
        assert _called(tty)[0].startswith("comparison done: ")
        assert any("(run 1 of 2)" in each for each in _titles(tty)), _titles(tty)


def test_nothing_is_told_unasked() -> None:
    with Tty(PLAN) as tty:
        tty.sees("DRAINED")
        tty.press(b"q")
        assert tty.ends() == 0

        assert not _called(tty)
        assert not _titles(tty)
        assert KEPT not in tty.raw


def test_end_is_told_to_a_terminal_without_a_screen_but_to_no_pipe() -> None:
    options = ["--headless", "-P", "20", "-t", "3", "--work-duration", "1ms", "--notify"]
    with Tty(options) as tty:
        assert tty.ends() == 0
        assert len(_called(tty)) == 1

    run = subprocess.run([*COMMAND, *options], capture_output=True, check=True)
    assert b"\x1b" not in run.stdout + run.stderr


def test_report_is_copied_to_the_clipboard_of_the_terminal() -> None:
    with Tty(PLAN) as tty:
        tty.sees("DRAINED")
        tty.press(b"s")
        tty.sees("Copy the report")
        tty.press(b"\x1b[F\r")
        tty.sees("Copied ")
        tty.press(b"q")
        assert tty.ends() == 0

        (copied,) = COPIED.findall(tty.raw)
        report = base64.b64decode(copied).decode()
        assert "UNFAIR" in report
        assert f"Copied {len(report.splitlines())} lines" in tty.text


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
def test_a_terminal_takes_bell_title_and_copy(terminal: Terminal) -> None:
    terminal.open(80, 24)
    terminal.do("set", "-g", "set-clipboard", "on")
    terminal.do("set", "-g", "monitor-bell", "on")
    terminal.type(f"{tmux.COMMAND} {' '.join(PLAN)} --notify; echo status $?")
    terminal.sees("DRAINED")

    terminal.until(lambda _: "UNFAIR" in terminal.do("display", "-p", "#{pane_title}"), "the title")
    assert terminal.do("display", "-p", "#{window_bell_flag}").strip() == "1"
    terminal.press("s")
    terminal.sees("Copy the report")
    terminal.press("End", "Enter")
    terminal.sees("Copied ")
    assert "UNFAIR" in terminal.do("show-buffer")
    terminal.press("q")
    terminal.sees("status 0")
    assert "UNFAIR" not in terminal.do("display", "-p", "#{pane_title}"), "as it was"
