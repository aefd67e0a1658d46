"""Terminals as they are: any bytes, sizes, encodings; in the background; gone in mid-run."""

import json
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers import processes_of
from tty_program import COMMAND, Tty

pytestmark = pytest.mark.sample(5)

RUN = ("-P", "60", "-t", "60", "-w", "4", "--redis-server", "bundled")
SHORT = ("-P", "20", "-t", "5", "-w", "2", "--work-duration", "1ms", "--redis-server", "bundled")
MEASURING = {
    "run": RUN,
    "compare": ("compare", "--strategies", "scan,round-robin", "-P", "40", "-t", "40"),
    "sweep": ("sweep", "--partitions", "40,80", "--total-tasks", "4000"),
}
BUSY_S = 1.0
"""On top of what is promised, for a machine on which other tests run."""
BASH = ("sh", "-i")
BREAKING = """
from queue_fairness_tui.widgets.worker_bars import WorkerBars

def fail(self, y):
    raise LookupError("a widget that is broken")

async def breaking(partition, number):
    WorkerBars.render_line = fail
"""


@pytest.fixture
def short_tmp() -> Iterator[Path]:
    """A temporary folder short enough for a socket path, in which leftovers would show."""
    with tempfile.TemporaryDirectory(prefix="qft-", dir="/tmp") as folder:
        yield Path(folder)


def quit_in_order(tty: Tty, status: int = 0, key: bytes = b"q") -> None:
    tty.press(key)
    assert tty.ends() == status, tty.text[-3000:]
    assert "Traceback" not in tty.text
    assert "STOPPED EARLY" in tty.scrollback
    assert tty.is_restored


@pytest.mark.parametrize(
    "read",
    [
        b"\xc3(",
        b"\xff\xfe\x80\x81",
        b"\x1b[M\x9a\xff\x9c",  # the mouse, as X10 reported it
        b"\x1b[<0;9999999999;1M",
        b"\x1b[48;70000;70000;0;0t",  # a size, as terminals report it
        b"\x1b]0;title\x07\x1bP\x90\x9c",
        b"\xe2\x82",  # the beginning of a character
        bytes(each for each in range(128, 256)),
    ],
    ids=repr,
)
def test_any_bytes_may_be_typed(read: bytes) -> None:
    with Tty(RUN) as tty:
        tty.sees("tasks/s")

        tty.press(read)
        time.sleep(0.3)
        assert tty.process.poll() is None
        tty.press(b"\x1b\x1b")
        time.sleep(0.3)

        quit_in_order(tty, 130, b"\x03")


@pytest.mark.parametrize("size", [(65535, 65535), (0, 0), (1, 1), (3, 60000), (1900, 3)], ids=str)
def test_any_size_is_left_in_order(size: tuple[int, int]) -> None:
    with Tty(RUN, size=size) as tty:
        deadline = time.monotonic() + 20
        while b"\x1b[2026" not in tty.raw and len(tty.raw) < 4000 and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.5)

        tty.press(b"\x03")

        assert tty.ends(10) == 130
        assert tty.is_restored


def test_sizes_that_the_environment_names_are_bounded() -> None:
    with Tty(RUN, environment={"COLUMNS": "99999999", "LINES": "99999999"}) as tty:
        tty.sees("tasks/s")
        quit_in_order(tty)


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "cp437"])
def test_other_encodings_get_characters_they_have(encoding: str) -> None:
    with Tty(RUN, environment={"PYTHONIOENCODING": encoding}) as tty:
        tty.sees("tasks/s")
        assert b"\\u2" not in tty.raw
        assert "│".encode() not in tty.raw
        quit_in_order(tty)


def test_the_screen_does_not_go_to_a_redirected_stderr(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as file, Tty(RUN, stderr=file) as tty:
        tty.sees("tasks/s")
        quit_in_order(tty)
    assert "\x1b" not in log.read_text()


@pytest.mark.parametrize(
    ("name", "value"),
    [("TEXTUAL_DRIVER", "x:y"), ("TEXTUAL_FPS", "x"), ("TEXTUAL_THEME", "none"), ("TERM", "none")],
)
def test_the_environment_of_the_screen_may_be_nonsense(name: str, value: str) -> None:
    with Tty(RUN, environment={name: value}) as tty:
        tty.sees("tasks/s")
        quit_in_order(tty)


@pytest.mark.parametrize(
    ("name", "value"), [("TEXTUAL_COLOR_SYSTEM", "none-such"), ("TEXTUAL_LOG", "/nowhere/log")]
)
def test_what_textual_cannot_do_with_it_is_one_sentence(name: str, value: str) -> None:
    with Tty(RUN, environment={name: value}) as tty:
        assert tty.ends() == 1
        assert "the screen broke: " in tty.text
        assert f"try without {name}" in tty.text
        assert "Traceback" not in tty.text
        assert tty.is_restored


def test_a_broken_screen_keeps_the_result_and_is_no_stop_of_the_user(tmp_path: Path) -> None:
    (tmp_path / "breaking.py").write_text(BREAKING)
    with Tty(
        [*RUN, "--task", "breaking:breaking"], environment={"PYTHONPATH": str(tmp_path)}
    ) as tty:
        assert tty.ends() == 1, tty.text[-2000:]

        assert "STOPPED EARLY" in tty.scrollback
        assert "the screen broke: LookupError: a widget that is broken" in tty.scrollback
        assert "Traceback" not in tty.text
        assert tty.is_restored


def test_in_the_background_there_is_no_screen_and_the_run_goes_on() -> None:
    with Tty([], command=BASH) as tty:
        tty.press(f"{' '.join(COMMAND)} {' '.join(SHORT)} &\n".encode())

        tty.sees("DRAINED")

        assert b"\x1b[?1049h" not in tty.raw


@pytest.mark.parametrize("moment", ["background", "suspended", "sent to the background"])
def test_a_terminal_that_closes_ends_what_runs_behind_it(short_tmp: Path, moment: str) -> None:
    with Tty([], command=BASH, environment={"TMPDIR": str(short_tmp)}) as tty:
        tty.press(
            f"{' '.join(COMMAND)} {' '.join(RUN)}{' &' * (moment == 'background')}\n".encode()
        )
        tty.sees("tasks/s" if moment != "background" else "draining")
        if moment != "background":
            tty.press(b"\x1a")
            time.sleep(1)
        if moment == "sent to the background":
            tty.press(b"bg\n")
            time.sleep(1)
        assert processes_of(short_tmp)

        tty.hang_up()

        deadline = time.monotonic() + 20
        while left := processes_of(short_tmp):
            assert time.monotonic() < deadline, left
            time.sleep(0.05)


@pytest.mark.parametrize("word", ["run", "compare", "sweep"])
@pytest.mark.parametrize("face", ["screen", "headless"])
def test_a_terminal_that_closes_leaves_the_result_in_its_file(
    short_tmp: Path, word: str, face: str
) -> None:
    result = short_tmp / "result.json"
    headless = ["--headless"] if face == "headless" else []
    with Tty([*MEASURING[word], "--json", str(result), *headless]) as tty:
        tty.sees("tasks/s" if face == "screen" else "draining")
        time.sleep(0.5)

        tty.hang_up()

        assert tty.process.wait(10) == 129
    document = json.loads(result.read_text())
    for points in document.get("points", [document]):
        for run in points.get("runs", [points]):
            assert run["phase"] in {"stopped", "drained", "starting"}


@pytest.mark.parametrize("ending", [b"q", signal.SIGTERM, signal.SIGINT], ids=repr)
def test_a_terminal_that_nobody_reads_holds_nobody(ending: bytes | int) -> None:
    with Tty(RUN) as tty:
        tty.sees("tasks/s")
        tty.pause()
        time.sleep(3)  # until nothing more can be written to it
        began = time.monotonic()

        if isinstance(ending, bytes):
            tty.press(ending)
            time.sleep(1)
            tty.signal(signal.SIGINT)
        else:
            tty.signal(ending)

        assert tty.process.wait(10) == (143 if ending == signal.SIGTERM else 130)
        assert time.monotonic() - began < 3 + BUSY_S
        tty.read_on()
        assert tty.becomes_restored()


def test_suspended_and_resumed_it_goes_on() -> None:
    with Tty([], command=BASH) as tty:
        tty.press(f"{' '.join(COMMAND)} {' '.join(RUN)}\n".encode())
        tty.sees("tasks/s")
        tty.press(b"\x1a")
        tty.sees("Stopped")
        assert tty.raw.count(b"\x1b[?1049h") == tty.raw.count(b"\x1b[?1049l")

        tty.press(b"fg\n")
        time.sleep(1)
        tty.press(b"q")

        deadline = time.monotonic() + 20
        while "STOPPED EARLY" not in tty.scrollback:
            assert time.monotonic() < deadline, tty.text[-1000:]
            time.sleep(0.05)
        assert tty.raw.count(b"\x1b[?1049h") == tty.raw.count(b"\x1b[?1049l") == 2


@pytest.mark.parametrize("word", ["run", "compare", "sweep"])
@pytest.mark.parametrize("times", [1, 3])
def test_stopped_and_continued_from_outside_the_terminal_is_given_back(
    word: str, times: int
) -> None:
    with Tty(MEASURING[word]) as tty:
        tty.sees("tasks/s")
        for _ in range(times):
            tty.signal(signal.SIGSTOP)
            time.sleep(0.3)
            tty.signal(signal.SIGCONT)
            time.sleep(0.3)

        tty.press(b"q")

        assert tty.ends(10) == 0, tty.text[-3000:]
        assert "never awaited" not in tty.text
        assert "queue-fairness-tui" in tty.scrollback
        assert tty.is_restored


def test_a_keeper_that_is_killed_changes_nothing() -> None:
    with Tty(RUN) as tty:
        tty.sees("tasks/s")
        (keeper,) = keepers_of(tty.process.pid)
        os.kill(keeper, signal.SIGKILL)

        quit_in_order(tty)


def test_the_keeper_ends_with_the_program() -> None:
    with Tty(RUN) as tty:
        tty.sees("tasks/s")
        (keeper,) = keepers_of(tty.process.pid)

        quit_in_order(tty)

        assert not Path(f"/proc/{keeper}").exists()


def keepers_of(program: int) -> list[int]:
    """Process ids of what keeps the terminal of a program."""
    children = Path(f"/proc/{program}/task/{program}/children").read_text().split()
    return [
        int(each)
        for each in children
        if b"keeper_child" in Path(f"/proc/{each}/cmdline").read_bytes()
    ]
