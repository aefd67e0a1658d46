"""`new-queue` writes a queue that is FAIR as it stands, and a test that says so."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from queue_fairness.cli.new_queue import names_of


def _run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize("more", [(), ("--sync",)], ids=["async", "plain"])
def test_what_is_written_passes_its_own_test(tmp_path: Path, more: tuple[str, ...]) -> None:
    wrote = _run(tmp_path, "-m", "queue_fairness_tui", "new-queue", "TurnTaker", *more)
    tested = _run(tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:valkey")

    assert wrote.returncode == 0, wrote.stderr
    assert "--strategy turn_taker:TurnTaker" in wrote.stdout
    assert tested.returncode == 0, tested.stdout
    # Where the machine is too busy to tell, the fixture skips.
    assert re.search(r"[1-4] passed", tested.stdout), tested.stdout


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("my queue", "use letters, digits and _"),
        ("class", "use letters, digits and _"),
        ("", "use letters, digits and _"),
        ("../up", "use letters, digits and _"),
        ("redis", "would hide the installed module redis"),
        ("there", "there.py is there already"),
    ],
)
def test_refusal_is_one_line_and_writes_nothing(tmp_path: Path, name: str, complaint: str) -> None:
    (tmp_path / "there.py").write_text("mine")

    done = _run(tmp_path, "-m", "queue_fairness_tui", "new-queue", name)

    assert done.returncode == 2
    assert complaint in done.stderr
    assert done.stderr.count("\n") == 1
    assert [each.name for each in tmp_path.iterdir()] == ["there.py"]
    assert (tmp_path / "there.py").read_text() == "mine"


@pytest.mark.parametrize("name", ["my_queue", "MyQueue", "my-queue", "myQueue"])
def test_either_spelling_names_both(name: str) -> None:
    assert names_of(name) == ("my_queue", "MyQueue")
