"""How long a start takes: `python tests/bench/start.py`.

    the command ──► first frame ──► first task picked up
                    as a terminal    as the bundled server sees it (MONITOR)
                    receives it

Each is shown beside what Python itself needs to begin.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.figures import (
    Target,
    engine_of,
    interleave,
    options,
    show_machine,
    show_ratio,
    show_side,
)
from bench.terminal import PROGRAM, Terminal
from bench.watching import first_sent

HELP_S, FRAME_S, PICKUP_S = 0.15, 0.6, 1.0
TAKES = b'"RPOP"'
"""What the strategy `scan`, which the default plan has, sends to take a task."""
PLAN = ("--redis-server", "bundled", "--work-duration", "0.01")


def main() -> None:
    parser = options(__doc__.splitlines()[0], repeats=9)
    asked = parser.parse_args()
    show_machine(engine_of("bundled"))
    print("start: seconds since the command began")
    taken = interleave(
        {
            "python": lambda: _runs(sys.executable, "-c", "pass"),
            "help": lambda: _runs(*PROGRAM, "--help"),
            "version": lambda: _runs(*PROGRAM, "--version"),
            "frame": first_frame,
            "pickup": first_pickup,
            "pickup headless": first_pickup_headless,
        },
        asked.repeats,
    )
    show_side("an empty Python program", taken["python"], "s")
    show_side("--help", taken["help"], "s", Target(HELP_S, at_least=False))
    show_side("--version", taken["version"], "s", Target(HELP_S, at_least=False))
    show_side("first frame, 120x40", taken["frame"], "s", Target(FRAME_S, at_least=False))
    show_side("first pickup, live screen", taken["pickup"], "s", Target(PICKUP_S, at_least=False))
    show_side("first pickup, headless", taken["pickup headless"], "s")
    show_ratio("--help / an empty program", taken["help"], taken["python"])
    show_ratio("first frame / an empty program", taken["frame"], taken["python"])
    show_ratio("first pickup / first frame", taken["pickup"], taken["frame"])


def _runs(*command: str) -> float:
    """Seconds from a command's start to its end."""
    started = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - started


def first_frame() -> float:
    """Seconds until the headline of the live screen has reached the terminal."""
    with tempfile.TemporaryDirectory() as folder, _opened(folder) as terminal:
        at = terminal.wait_for("RUN ")
        terminal.press("q")
    return at - terminal.started


def first_pickup() -> float:
    """Seconds until the server was asked for the first task, under a live screen."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.time()
        with _opened(folder) as terminal:
            at = first_sent(Path(folder), TAKES)
            terminal.wait_for("RUN ")
            terminal.press("q")
    return at - started


def first_pickup_headless() -> float:
    """The same without a screen."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.time()
        process = subprocess.Popen(
            [*PROGRAM, "--headless", *PLAN],
            env={"PATH": "", "TMPDIR": folder},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            return first_sent(Path(folder), TAKES) - started
        finally:
            process.terminate()
            process.wait()


def _opened(folder: str) -> Terminal:
    return Terminal((*PROGRAM, *PLAN), (120, 40), {"TMPDIR": folder})


if __name__ == "__main__":
    main()
