"""What the environment does to a user's queue: an old redis-py, a file that hides a package."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from servers import ENGINES

import queue_fairness.server.redis_py as redis_py
from queue_fairness.errors import ServerError


def _run(folder: Path, *options: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "queue_fairness_tui", *options],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(path or "")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("textual.py", "from textual import events\n"),
        ("textual.py", "import textual\nQueue = textual.events.Event\n"),
        ("mine.py", "from textual.app import App\n"),
    ],
)
def test_file_that_hides_an_installed_package_is_named(
    tmp_path: Path, name: str, text: str
) -> None:
    (tmp_path / "textual.py").write_text("")
    (tmp_path / name).write_text(text)

    ended = _run(tmp_path, "--headless", "--strategy", f"{name.removesuffix('.py')}:Queue")

    assert ended.returncode == 2
    assert "textual.py hides the package of that name" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_file_called_as_a_library_that_is_not_installed_here_is_named(tmp_path: Path) -> None:
    (tmp_path / "saq.py").write_text("from saq import Queue\n")

    ended = _run(tmp_path, "--headless", "--strategy", "saq:Mine")

    assert ended.returncode == 2
    assert "saq.py hides the package of that name" in ended.stderr


def test_import_that_fails_by_itself_is_told_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("from textual import no_such_thing\n")

    ended = _run(tmp_path, "--headless", "--strategy", "mine:Queue")

    assert ended.returncode == 2
    assert "the module mine cannot be imported: ImportError: cannot import name" in ended.stderr


@pytest.mark.parametrize("options", [(), ("--headless", "--redis-server", ENGINES[0])])
def test_old_redis_py_is_one_sentence(tmp_path: Path, options: tuple[str, ...]) -> None:
    older = tmp_path / "older" / "redis"
    older.mkdir(parents=True)
    (older / "__init__.py").write_text("__version__ = '5.3.1'\n")

    ended = _run(tmp_path, *options, path=older.parent)

    assert ended.returncode == 1
    assert ended.stderr.startswith(
        "queue-fairness-tui: redis-py 5.3.1 is installed here, and 8.1 or newer is needed: "
    )
    assert ended.stderr.count("\n") == 1
    assert _run(tmp_path, "--help", path=older.parent).returncode == 0


@pytest.mark.parametrize(
    ("version", "is_refused"),
    [("8.1.0", False), ("8.10.0b1", False), ("10.0", False), ("8.0.9", True), ("7.4", True)],
)
def test_version_is_compared_by_its_numbers(
    version: str, is_refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("redis.__version__", version)
    if is_refused:
        with pytest.raises(ServerError, match=version):
            redis_py.check_redis_py()
    else:
        redis_py.check_redis_py()
