"""The distribution without screens: what a queue library's tests install."""

import subprocess
import sys
import tomllib
import zipfile
from email.parser import Parser
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from queue_fairness.report import program

ROOT = Path(__file__).parents[1]
SCREEN = ("textual", "plotext", "platformdirs", "shtab")
"""What only screens and the command line need."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = WheelBuilder(str(ROOT / "core")).build(directory=str(tmp_path_factory.mktemp("dist")))
    return Path(next(built))


def test_it_needs_all_that_the_whole_needs_but_what_is_for_screens(wheel: Path) -> None:
    whole = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    own = tomllib.loads((ROOT / "core" / "pyproject.toml").read_text())["project"]
    with zipfile.ZipFile(wheel) as archive:
        name = next(each for each in archive.namelist() if each.endswith("/METADATA"))
        metadata = Parser().parsestr(archive.read(name).decode())

    needed = [each for each in whole["dependencies"] if not each.startswith(SCREEN)]
    assert own["dependencies"] == needed
    assert own["requires-python"] == whole["requires-python"]
    assert own["entry-points"] == whole["entry-points"]
    assert metadata["Version"] == whole["version"]


def test_it_holds_the_engine_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        files = set(archive.namelist())

    engine = ROOT / "core" / "queue_fairness"
    expected = {
        str(each.relative_to(engine.parent))
        for each in engine.rglob("*")
        if each.is_file() and each.name != "README.md" and "__pycache__" not in each.parts
    }
    assert {each for each in files if ".dist-info/" not in each} == expected


def test_it_measures_where_no_screen_is_installed(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    script = """
import sys
for name in ("textual", "rich", "plotext", "platformdirs", "shtab", "queue_fairness_tui"):
    sys.modules[name] = None  # an import of it fails
from queue_fairness import measure_sync
import queue_fairness
result = measure_sync(
    "fifo", partitions=20, tasks_per_partition=5, workers=4, work_duration=0.001
)
result.report(), result.report("html"), result.document()
print(result.verdict, queue_fairness.__file__)
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(tmp_path / "site"), "PATH": "/usr/bin:/bin"},
    )

    assert done.stdout.split() == ["UNFAIR", str(tmp_path / "site/queue_fairness/__init__.py")]


@pytest.mark.parametrize(
    ("installed", "expected"),
    [(["queue-fairness-tui", "queue-fairness"], "1"), (["queue-fairness"], "1"), ([], "unknown")],
)
def test_the_version_is_that_of_the_distribution_that_is_there(
    installed: list[str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def version(name: str) -> str:
        if name not in installed:
            raise PackageNotFoundError(name)
        return "1"

    monkeypatch.setattr(program, "version", version)
    program.installed_version.cache_clear()

    assert program.installed_version() == expected
    program.installed_version.cache_clear()
