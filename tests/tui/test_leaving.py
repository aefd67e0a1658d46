"""Leaving in order, at every moment, by every key and signal that can end a program."""

import os
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers import ENGINES, processes_of
from tty_program import COMMAND, Tty

pytestmark = pytest.mark.sample(7)

RUN = ("-P", "60", "-t", "60", "-w", "4", "--redis-server", "bundled")
COMPARE = ("compare", "--strategies", "scan,round-robin", "-P", "40", "-t", "10")
SWEEP = ("sweep", "--partitions", "40,80", "--total-tasks", "2000")
WORDS = {"run": RUN, "compare": COMPARE, "sweep": SWEEP}
REPORT = {"run": "STOPPED EARLY", "compare": "stopped early", "sweep": "stopped early"}
WAYS: dict[str, tuple[bytes | int, int]] = {
    "q": (b"q", 0),
    "ctrl-c": (b"\x03", 130),
    "INT": (signal.SIGINT, 130),
    "TERM": (signal.SIGTERM, 143),
    "HUP": (signal.SIGHUP, 129),
    "QUIT": (signal.SIGQUIT, 131),
    "ctrl-backslash": (b"\x1c", 131),
}
BLOCKING = "import time\n\nasync def block(partition, number):\n    time.sleep(1e9)\n"
PROMISED_S = 3.0
"""How long Ctrl-C may take, whatever hangs."""
BUSY_S = 1.0
"""On top of it, for a machine on which other tests run."""


@pytest.fixture
def short_tmp() -> Iterator[Path]:
    """A temporary folder short enough for a socket path, in which leftovers would show."""
    with tempfile.TemporaryDirectory(prefix="qft-", dir="/tmp") as folder:
        yield Path(folder)


def leave(tty: Tty, way: str) -> None:
    what, status = WAYS[way]
    if isinstance(what, bytes):
        tty.press(what)
    else:
        tty.signal(what)

    assert tty.ends() == status, tty.text[-3000:]
    assert "Traceback" not in tty.text
    assert tty.is_restored


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("word", WORDS)
def test_in_mid_run_the_result_so_far_is_printed(word: str, way: str) -> None:
    with Tty(WORDS[word]) as tty:
        tty.sees("tasks/s")

        leave(tty, way)

        assert REPORT[word] in tty.scrollback


@pytest.mark.parametrize("way", ["q", "ctrl-c", "TERM"])
def test_between_the_runs_of_a_comparison(way: str) -> None:
    quick = ("compare", "--strategies", "scan,round-robin,fifo", "-P", "20", "-t", "3")
    for pause_s in (0.0, 0.1, 0.25, 0.4):
        with Tty([*quick, "--work-duration", "1ms"]) as tty:
            tty.sees("RUN 1 of 3")
            time.sleep(pause_s)

            leave(tty, way)

            assert "scan" in tty.scrollback


def test_while_all_strategies_are_compared_by_a_key() -> None:
    with Tty(RUN) as tty:
        tty.sees("tasks/s")
        tty.press(b"D")
        tty.sees("RUN 1 of")

        leave(tty, "q")

        assert "stopped early" in tty.scrollback


OVER = {
    "form": (b"e", "enter run"),
    "help": (b"?", "Keys"),
    "faults": (b"!", "Inject a fault"),
    "palette": (b"\x10", "earch for commands"),
    "frozen": (b" ", "FROZEN"),
}


@pytest.mark.parametrize(
    ("over", "way"), zip(OVER, ("ctrl-c", "TERM", "HUP", "ctrl-c", "QUIT"), strict=True)
)
def test_whatever_lies_over_the_run(over: str, way: str) -> None:
    key, text = OVER[over]
    with Tty(RUN) as tty:
        tty.sees("tasks/s")
        tty.press(key)
        tty.sees(text)

        leave(tty, way)

        assert "STOPPED EARLY" in tty.scrollback


@pytest.mark.parametrize("face", ["screen", "headless"])
def test_while_the_program_starts(face: str) -> None:
    moments_s = (0.1, 0.2, 0.3, 0.5, 0.8)
    for pause_s, way in zip(moments_s, ("INT", "TERM", "INT", "QUIT", "HUP"), strict=True):
        with Tty([*RUN, *(("--headless",) if face == "headless" else ())]) as tty:
            time.sleep(pause_s)

            leave(tty, way)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_what_cannot_be_caught_leaves_the_terminal_to_the_keeper(number: int) -> None:
    with Tty(RUN) as tty:
        tty.sees("tasks/s")
        assert not tty.is_restored

        tty.signal(number)

        assert tty.ends() == 128 + number
        assert tty.becomes_restored()


def test_a_kill_under_a_shell_gives_the_shell_a_sane_terminal() -> None:
    script = f"{' '.join(COMMAND)} {' '.join(RUN)}; sleep 1; echo typed: $(stty -a)"
    with Tty(["-c", script], command=["sh"]) as tty:
        tty.sees("tasks/s")
        shell = tty.process.pid
        (program,) = Path(f"/proc/{shell}/task/{shell}/children").read_text().split()

        os.kill(int(program), signal.SIGKILL)

        assert tty.ends() == 0
        assert " icanon " in tty.scrollback
        assert " echo " in tty.scrollback
        assert tty.is_restored


@pytest.mark.parametrize("presses", [1, 2])
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("face", ["screen", "headless"])
def test_a_server_that_hangs_holds_nobody(
    face: str, engine: str, presses: int, short_tmp: Path
) -> None:
    headless = ("--headless",) if face == "headless" else ()
    with Tty(
        ["-P", "60", "-t", "60", "--redis-server", engine, *headless],
        environment={"TMPDIR": str(short_tmp)},
    ) as tty:
        tty.sees("tasks/s")
        for pid in servers_in(short_tmp):
            os.kill(pid, signal.SIGSTOP)

        took_s = press_ctrl_c(tty, presses)

        assert took_s < (PROMISED_S if presses == 1 else 1.5) + BUSY_S
        # A second press does not wait until the run itself has given the server up.
        told = "has not answered" if presses == 1 else "left without waiting"
        assert told in tty.text
        assert tty.is_restored
    nothing_stays(short_tmp)


@pytest.mark.parametrize("presses", [1, 2])
@pytest.mark.parametrize("options", [(), ("--headless",), ("--isolate", "--headless")])
def test_a_task_that_blocks_holds_nobody(
    options: tuple[str, ...], presses: int, short_tmp: Path
) -> None:
    (short_tmp / "blocking.py").write_text(BLOCKING)
    environment = {"PYTHONPATH": str(short_tmp), "TMPDIR": str(short_tmp)}
    with Tty([*RUN, "--task", "blocking:block", *options], environment=environment) as tty:
        tty.sees("starting" if options else "partitions")
        time.sleep(2)  # the screen stands still, and says nothing of it

        took_s = press_ctrl_c(tty, presses)

        assert took_s < (PROMISED_S if presses == 1 else 1.5) + BUSY_S
        assert tty.is_restored
    nothing_stays(short_tmp)


def press_ctrl_c(tty: Tty, presses: int) -> float:
    """Press it so often; returns after how many seconds the program has ended."""
    began = time.monotonic()
    for number in range(presses):
        time.sleep(0.2 if number else 0)
        tty.press(b"\x03")
    assert tty.ends() == 130
    return time.monotonic() - began


def servers_in(folder: Path) -> list[int]:
    """Process ids of the servers whose socket is in that folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().decode()
        except OSError:
            continue  # it has ended meanwhile
        if f"{folder}/qf-" in line:
            found.append(int(process.name))
    assert found
    return found


def nothing_stays(folder: Path) -> None:
    """No process that names the folder, and no folder in it."""
    deadline = time.monotonic() + 15
    while left := [*processes_of(folder), *(str(each) for each in folder.glob("qf-*"))]:
        assert time.monotonic() < deadline, left
        time.sleep(0.05)
