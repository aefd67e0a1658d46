"""The program in a real terminal: started, driven by keys, left, and what it leaves behind."""

import asyncio
import os
import shutil
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from servers import processes_of
from tui.tmux import COMMAND, DEADLINE_S, Terminal

from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.server import Server, open_server

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """A server of our own, so that the keys of the program can be watched."""
    async with open_server(ServerChoice()) as opened:
        yield opened


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40)])
def test_a_first_session(terminal: Terminal, width: int, height: int) -> None:
    terminal.open(width, height)
    terminal.type(f"{COMMAND} -P 60 -t 20 -w 4 --work-duration 0.005; echo status $?")

    live = terminal.sees("partitions served")
    assert "RUN scan" in live
    assert "Tasks of 4 workers" in live
    assert "First pickup" in live
    terminal.sees("DRAINED  1,200 of 1,200 tasks")

    terminal.press("d")
    terminal.sees("RUN scan-resume")
    terminal.sees("DRAINED")

    terminal.press("e")
    terminal.sees("enter run")
    terminal.press("Down", "Down", "BSpace")
    terminal.sees("(empty) is not a whole number")
    terminal.press("5", "5")
    terminal.sees("1,100 tasks")
    terminal.press("Enter")
    terminal.sees("DRAINED  1,100 of 1,100 tasks")

    terminal.press("q")
    terminal.sees("status 0")
    left = terminal.screen(back=200)
    assert "Fairness: waits in rounds" in left
    assert "--partitions 55" in left.replace("\n", "")
    state = terminal.do("display", "-p", "#{alternate_on} #{cursor_flag} #{mouse_any_flag}")
    assert state.split() == ["0", "1", "0"], "the terminal is as it was"


def test_ctrl_c_in_mid_run_reports_and_restores(terminal: Terminal) -> None:
    terminal.open(80, 24)
    terminal.type(f"{COMMAND} -P 200 -t 100; echo status $?")
    terminal.sees("tasks/s")

    terminal.press("C-c")

    terminal.sees("status 130")
    assert "STOPPED EARLY" in terminal.screen(back=200)
    assert terminal.do("display", "-p", "#{alternate_on} #{cursor_flag}").split() == ["0", "1"]


def test_freeze_and_resize_while_the_run_goes_on(terminal: Terminal) -> None:
    terminal.open(80, 24)
    terminal.type(f"{COMMAND} -P 100 -t 20 -w 4 --work-duration 0.005")
    terminal.sees("tasks/s")

    terminal.press("Space")
    terminal.sees("FROZEN")
    terminal.do("resize-window", "-x", "40", "-y", "10")
    terminal.sees("FROZEN")
    terminal.do("resize-window", "-x", "120", "-y", "40")
    terminal.press("Space")

    terminal.sees("DRAINED  2,000 of 2,000 tasks")
    terminal.press("q")


def test_unreachable_redis_is_said_on_the_screen_and_after(terminal: Terminal) -> None:
    terminal.open(80, 24)
    terminal.type(f"{COMMAND} --redis-url redis://:hunter2@127.0.0.1:1/0; clear; echo status $?")

    terminal.sees("nothing listens there")
    assert "hunter2" not in terminal.screen()
    terminal.press("q")

    terminal.sees("status 0")


async def test_stalled_terminal_does_not_stop_the_workers(
    terminal: Terminal, server: Server, tmp_path: Path
) -> None:
    result = tmp_path / "result.json"
    terminal.open(80, 24)
    # Long enough for more frames than fit into Textual's queue of 30 and the pipe behind it.
    options = f"-P 100 -t 24 -w 4 --work-duration 0.01 --json {result}"
    terminal.type(f"{COMMAND} --redis-url {server.endpoint.url} {options}; echo status $?")
    terminal.sees("tasks/s")

    # A reader that is stopped leaves the pseudo terminal unread, as a hung connection does.
    reader = int(terminal.do("display", "-p", "#{pid}"))
    os.kill(reader, signal.SIGSTOP)
    try:
        # The run removes its keys when it has ended.
        deadline = time.monotonic() + DEADLINE_S
        async with server.connect("watcher") as client:
            assert await client.dbsize(), "the run goes on when the reader stops"
            while await client.dbsize():
                assert time.monotonic() < deadline, "the run stands still while nobody reads"
                await asyncio.sleep(0.05)
    finally:
        os.kill(reader, signal.SIGCONT)

    terminal.sees("DRAINED")
    terminal.press("q")
    terminal.sees("status 0")
    assert '"completed": 2400' in result.read_text()


@pytest.mark.parametrize("moment", ["tasks/s", "FROZEN", "DRAINED", "enter run"])
def test_terminal_that_goes_away_leaves_nothing_running(
    terminal: Terminal, tmp_path: Path, moment: str
) -> None:
    result = tmp_path / "result.json"
    terminal.open(80, 24)
    tasks = 4 if moment == "DRAINED" else 400
    options = f"-P 60 -t {tasks} -w 4 --work-duration 0.01 --json {result}"
    terminal.type(f"env TMPDIR={tmp_path} {COMMAND} --redis-server bundled {options}")
    terminal.sees("DRAINED" if moment == "DRAINED" else "tasks/s")
    keys = {"FROZEN": "Space", "enter run": "e"}
    if moment in keys:
        terminal.press(keys[moment])
        terminal.sees(moment)

    terminal.hang_up()

    deadline = time.monotonic() + DEADLINE_S
    while left := processes_of(tmp_path):
        assert time.monotonic() < deadline, left
        time.sleep(0.05)
    assert not [each for each in tmp_path.iterdir() if each.is_dir()], "no folder of the server"
    assert result.exists(), "what was measured is not lost"
