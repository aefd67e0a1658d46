"""A result in some twenty lines: for a failing test, and for `print(result)`."""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from queue_fairness.analysis.heat_grid import grid
from queue_fairness.formatting.numbers import plural
from queue_fairness.formatting.wrapping import facts, paragraphs
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.report.limit import LimitResult
from queue_fairness.report.limits import limit_lines
from queue_fairness.report.model import Report
from queue_fairness.report.render_text import answer_lines

WIDTH, HEIGHT = 60, 8
LEGEND = "· waited, not served   ░▒▓ some of its due   █ all of it"


def short_report(report: Report, run: Snapshot, checked: Sequence[LimitResult]) -> str:
    """The answer, what was run, who was served when, and the command for the screen.

    Args:
        report: Of the run.
        run: The run.
        checked: What became of the limits, shown where there are any.
    """
    answer = answer_lines(report.sentence, report.reasons)
    if not answer:
        answer = [f"no verdict: {run.failure or 'no task was handed out'}"]
    headline = [line for each in report.headline[:1] for line in facts(each)]
    picture = heat_lines(run, WIDTH, HEIGHT)
    if picture:
        title = f"{plural(run.partitions, 'partition')} in the order of their first turn, over time"
        picture = [title, *(f"  {line}" for line in picture), f"  {LEGEND}"]
    shown = ["on the screen:", *screen_command(report.command, run)]
    parts = [answer, headline, limit_lines(checked), picture, shown]
    return "\n".join(paragraphs(parts))


def heat_lines(run: Snapshot, width: int, height: int) -> list[str]:
    """The heat map, as many rows as there are partitions at most; none where nothing was served."""
    if run.assessment is None or not run.picked_up:
        return []
    rows = max(1, min(height, run.partitions))
    return grid(run.assessment.heat, run.partitions or 1, run.rounds, max(1, width), rows)


def screen_command(command: str, run: Snapshot) -> Iterator[str]:
    """The command that makes the run with a screen, from the folder in which its queue is found."""
    module, colon, name = run.plan.strategy.partition(":")
    if not colon:
        yield f"  $ {command}"
        return
    loaded = sys.modules.get(module)
    found: object = loaded
    for part in name.split("."):
        found = getattr(found, part, None)
    file = getattr(loaded, "__file__", None)
    if found is None or file is None or module == "__main__":
        yield f"  $ {command}"
        yield "  (once the queue is a class of a module: no path leads to it where it is)"
        return
    folder = Path(file).resolve().parents[module.count(".") + (Path(file).stem == "__init__")]
    here = Path.cwd()
    where = "" if folder == here else f"cd {os.path.relpath(folder, here)} && "
    yield f"  $ {where}{command}"
