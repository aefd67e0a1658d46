"""The walls of the house, at run time: import-linter draws them once more, statically."""

import json
import subprocess
import sys

import pytest

SCREEN_LIBRARIES = ("textual", "rich", "plotext")


def _imported_by(statement: str) -> set[str]:
    program = f"{statement}; import sys, json; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("module", ["session", "headless", "report", "document"])
def test_engine_loads_no_screen(module: str) -> None:
    loaded = _imported_by(f"import queue_fairness_core.{module}")

    assert not loaded & set(SCREEN_LIBRARIES)
    assert "queue_fairness_tui" not in loaded


def test_the_first_frame_does_not_wait_for_the_charts() -> None:
    assert "plotext" not in _imported_by("import queue_fairness_tui.app")


def test_help_waits_for_neither_redis_nor_screen() -> None:
    loaded = _imported_by("import queue_fairness_tui.__main__")

    assert not loaded & {*SCREEN_LIBRARIES, "redis", "hiredis"}
