"""Files that the user asked for: their names, and where they land.

The working directory first; where it cannot be written to, the home folder, then the one for
temporary files. An existing file is never overwritten.
"""

import re
import tempfile
from contextlib import suppress
from pathlib import Path

from queue_fairness.analysis.comparison import Comparison
from queue_fairness.analysis.recommendation import recommend
from queue_fairness.analysis.scoreboard import scoreboard
from queue_fairness.analysis.sweep import Sweep
from queue_fairness.errors import OutputError
from queue_fairness.formatting import numbers
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.plan import Plan

MOST_NAMES = 1_000
"""How many files of one name may lie side by side."""
LONGEST = 60
"""Characters of a name without its suffix."""


def stem_of(result: Snapshot | Comparison | Sweep) -> str:
    """A telling name: `scan-1000x10-unfair`, `compare-1000x10-round-robin`, `sweep-partitions`."""
    if isinstance(result, Sweep):
        parts = ["sweep", result.noun, *(result.strategies if len(result.strategies) < 3 else ())]
    elif isinstance(result, Comparison):
        parts = ["compare", _load(result.plan), recommend(scoreboard(result)).strategy or ""]
    else:
        parts = [result.plan.strategy, _load(result.plan), _word(result)]
    plain = "-".join(re.sub(r"[^a-z0-9.]+", "-", each.lower()).strip("-.") for each in parts)
    return plain.strip("-")[:LONGEST].rstrip("-.")


def save(stem: str, suffix: str, text: str) -> Path:
    """Write a file; returns its whole path.

    Raises:
        OutputError: No folder takes it.
    """
    for folder in _folders():
        for number in range(1, MOST_NAMES):
            path = folder / f"{stem}{f'-{number}' if number > 1 else ''}.{suffix}"
            try:
                with path.open("x", encoding="utf-8") as file:
                    file.write(text)
            except FileExistsError:
                continue
            except OSError:
                break
            return path
    raise OutputError(f"{stem}.{suffix}: no folder can be written to; start where one can")


def shown(path: Path) -> str:
    """A path as one would type it: relative to the working directory where it lies in it."""
    with suppress(ValueError, OSError):
        return f"./{path.relative_to(Path.cwd())}"
    return str(path)


def _folders() -> list[Path]:
    found = []
    for find in (Path.cwd, Path.home, lambda: Path(tempfile.gettempdir())):
        # A working directory that was removed, a user without a home, no folder for temporary
        # files: the next one is as good.
        with suppress(OSError, RuntimeError):
            found.append(find())
    return found


def _load(plan: Plan) -> str:
    if plan.is_drain:
        return f"{plan.partitions}x{plan.tasks_per_partition}"
    share = f"load-{numbers.exact(plan.load)}" if plan.load else f"{numbers.exact(plan.rate)}-s"
    return f"{plan.partitions}-{share}"


def _word(run: Snapshot) -> str:
    if not run.phase.is_final:
        return "live"
    if run.failure is not None or run.assessment is None:
        return "failed" if run.failure is not None else "stopped"
    return run.assessment.verdict.word.text
