"""`judge` and `replay` without a screen: progress on stderr, then the result of what was read."""

import asyncio
import gc
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from queue_fairness.cli.commands import PROGRAM, FileCommand, JudgeCommand, Options, ReplayCommand
from queue_fairness.cli.output import finish
from queue_fairness.cli.progress import ProgressWriter
from queue_fairness.cli.signals import SignalHandler
from queue_fairness.cli.streams import complain
from queue_fairness.errors import OutputError, TableError
from queue_fairness.formatting import numbers
from queue_fairness.report.results import Result

if TYPE_CHECKING:
    from queue_fairness.judge.options import TableOptions
    from queue_fairness.trace.files import Source

Tell = Callable[[str, float | None], None]
USAGE = 2
"""The exit status where what was to be read is no table and no recording."""


class GivenUpError(Exception):
    """Somebody has asked to end before all was read. Never leaves this module."""


async def run_file(options: Options, command: FileCommand, interruption: SignalHandler) -> int:
    """Read the command's file and print the result; returns the exit status.

    Whoever interrupts it gets no result: half a table would give another verdict.
    """
    is_over = False

    def stop() -> None:
        nonlocal is_over
        is_over = True

    interruption.stop = stop
    with ProgressWriter(sys.stderr, interruption.hang_up) as writer:
        told_at = float("-inf")

        def tell(doing: str, share: float | None) -> None:
            nonlocal told_at
            if is_over:
                raise GivenUpError
            now = time.monotonic()
            if now < told_at + writer.period_s:
                return
            told_at = now
            said = "" if share is None else f" · {numbers.percent(min(1.0, share))}"
            writer.update(f"{doing}{said}")

        try:
            # Nothing that is made on the way is a circle, and there may be ten million rows.
            gc.disable()
            result = await asyncio.to_thread(read, command, tell)
        except GivenUpError:
            return interruption.status or 1
        except TableError as error:
            writer.close()
            complain(f"{PROGRAM}: {error}\n")
            return USAGE
        finally:
            gc.enable()
    return finish(result, options, interruption)


def read(command: FileCommand, tell: Tell) -> Result:
    """What a command's file gives.

    Args:
        command: What to read, and how.
        tell: Told what is being done, and how far it is; may raise to give up.

    Raises:
        TableError: It is no table and no recording, or makes no sense.
        OutputError: It cannot be read.
    """
    from queue_fairness.trace.files import open_to_read

    if isinstance(command, JudgeCommand):
        from queue_fairness.judge.duck import is_for_duckdb, judge_query

        if is_for_duckdb(command.path):
            return judge_query(command.path, command.table, tell)
    try:
        with open_to_read(command.path) as source:
            if isinstance(command, JudgeCommand):
                return _judge(source, command.table, tell)
            assert isinstance(command, ReplayCommand)
            from queue_fairness.engine.replay import replayed

            doing = f"playing {source.name}"
            return replayed(source, lambda share: tell(doing, share), command.number)
    except OSError as error:
        raise OutputError(f"{command.path} cannot be read: {error.strerror or error}") from error


def _judge(source: "Source", options: "TableOptions", tell: Tell) -> Result:
    """A table, facts of any system, or a recording of ours, which is played as it was."""
    from itertools import chain

    from queue_fairness.judge.facts import judge_facts
    from queue_fairness.judge.reading import judge_source
    from queue_fairness.trace.reading import is_recording, lines_of

    if not is_recording(source.peek()):
        return judge_source(source, options, tell)
    lines = lines_of(source)
    header = next(lines)
    lines = chain((header,), lines)
    if header.fact.get("plan") is None or options.looks_at_a_part:
        return judge_facts(source.name, lines, options, tell)
    from queue_fairness.engine.replay import replayed

    doing = f"playing {source.name}"
    return replayed(source, lambda share: tell(doing, share), lines=lines)
