"""The walls of the house, at run time (import-linter draws them once more), and its figures."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import queue_fairness
import queue_fairness_tui
from queue_fairness_tui import screens

SCREEN_LIBRARIES = ("textual", "rich", "plotext")


def _imported_by(statement: str) -> set[str]:
    program = f"{statement}\nimport sys, json\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


SCREENS = {*SCREEN_LIBRARIES, "queue_fairness_tui"}
REDIS = {"redis", "hiredis"}

NEVER_LOADED = {
    "formatting": {*SCREENS, *REDIS, "asyncio"},
    "fairness": {*SCREENS, *REDIS, "asyncio"},
    "dispatch_order": {*SCREENS, *REDIS, "asyncio"},
    "load": {*SCREENS, *REDIS, "asyncio"},
    "plan": {*SCREENS, *REDIS, "asyncio"},
    "strategies": {*SCREENS, *REDIS, "asyncio"},
    "libraries": SCREENS,
    "attach": SCREENS,
    "server": SCREENS,
    "metrics": SCREENS,
    "analysis": SCREENS,
    "engine": SCREENS,
    "judge": SCREENS,
    "trace": SCREENS,
    "report": SCREENS,
    "cli": SCREENS,
    "api": SCREENS,
    "history": {*SCREENS, *REDIS, "asyncio"},
    "testing": SCREENS,
}
"""What must not be loaded by all that a room holds."""


def _imports_of(room: str) -> str:
    folder = Path(queue_fairness.__file__).parent / room
    modules = (
        f"queue_fairness.{room}.{each.stem}".removesuffix(".__init__")
        for each in sorted(folder.glob("*.py"))
    )
    return "; ".join(f"import {each}" for each in modules)


def test_every_room_has_its_walls() -> None:
    folder = Path(queue_fairness.__file__).parent
    rooms = {each.parent.name for each in folder.glob("*/__init__.py")}

    assert rooms == NEVER_LOADED.keys()


@pytest.mark.parametrize("walls", dict.fromkeys(map(frozenset, NEVER_LOADED.values())), ids=len)
def test_a_room_loads_nothing_that_it_must_not_know(walls: frozenset[str]) -> None:
    """Rooms of the same walls in one process: what none of them loads is not there."""
    rooms = [room for room, each in NEVER_LOADED.items() if each == walls]

    assert not _imported_by("; ".join(map(_imports_of, rooms))) & walls, rooms


NOT_FOR_THE_FIRST_FRAME = {
    "plotext",
    *(f"textual.widgets._{each}" for each in ("data_table", "tabbed_content", "markdown")),
    *(f"queue_fairness.analysis.{each}" for each in ("scoreboard", "recommendation", "curves")),
    *(f"queue_fairness.report.{each}" for each in ("results", "run_report", "run_tables")),
    *(f"queue_fairness_tui.screens.{file}" for file in screens.LATER.values()),
    "queue_fairness_tui.ending",
}


def test_the_first_frame_waits_for_no_chart_report_or_later_screen() -> None:
    loaded = _imported_by("import queue_fairness_tui.interactive")

    assert not loaded & NOT_FOR_THE_FIRST_FRAME
    assert "queue_fairness_tui.screens.live" in loaded


def test_what_the_first_frame_does_without_is_there_when_it_is_asked_for() -> None:
    loaded = _imported_by(
        "from queue_fairness_tui import ending, screens; from queue_fairness_tui.charts import plot"
        "; plot.load(); screens.load(); screens.SummaryScreen"
    )

    assert loaded >= NOT_FOR_THE_FIRST_FRAME - {"textual.widgets._markdown"}


def test_the_package_alone_loads_nothing() -> None:
    alone = _imported_by("import queue_fairness") - _imported_by("pass")

    assert not alone & {*SCREENS, *REDIS, "argparse", "dataclasses"}


def test_the_plugin_of_pytest_waits_for_its_first_use() -> None:
    program = "import pytest, sys; before = set(sys.modules); import queue_fairness.testing.plugin"
    program += "; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    ours = {"queue_fairness", "queue_fairness.testing", "queue_fairness.testing.plugin"}
    assert set(done.stdout.split()) <= {*ours, "importlib.resources"}


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_waits_for_neither_redis_nor_screen(option: str) -> None:
    loaded = _imported_by(
        "import sys, queue_fairness_tui.__main__ as program\n"
        f"sys.argv[1:] = [{option!r}]\n"
        "try: program.main()\n"
        "except SystemExit: pass\n"
        "print()"
    )

    assert not loaded & {*SCREEN_LIBRARIES, *REDIS, "asyncio"}


MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 50

LONG_FILES: dict[str, str] = {}
LONG_FUNCTIONS = {
    "queue_fairness/engine/observation.py:observe": "one literal, the snapshot itself",
}
"""Those that may be longer, and why: who shortens one takes it off the list."""


def _sources() -> Iterator[tuple[str, str]]:
    """Every source file of the packages: its name from the package on, and its text."""
    for package in (queue_fairness, queue_fairness_tui):
        folder = Path(package.__path__[0])
        for file in sorted(folder.rglob("*.py")):
            yield str(file.relative_to(folder.parent)), file.read_text()


def _functions(source: str) -> Iterator[tuple[str, int]]:
    """The name of every function, and its lines without decorators."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            yield node.name, node.end_lineno - node.lineno + 1


def test_files_are_short() -> None:
    long = {file for file, text in _sources() if len(text.splitlines()) > MOST_LINES_OF_A_FILE}

    assert long == LONG_FILES.keys()


def test_functions_are_short() -> None:
    long = {
        f"{file}:{name}"
        for file, text in _sources()
        for name, lines in _functions(text)
        if lines > MOST_LINES_OF_A_FUNCTION
    }

    assert long == LONG_FUNCTIONS.keys()
