"""`judge`: jobs that any system has done, from a file or from memory."""

import os
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import TypedDict, cast

from queue_fairness.api.result import Result
from queue_fairness.engine.replay import replayed
from queue_fairness.errors import TableError
from queue_fairness.judge.facts import judge_facts
from queue_fairness.judge.options import TableOptions
from queue_fairness.judge.reading import judge_source
from queue_fairness.judge.rows import JobRow, judge_rows
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.trace.files import Source, open_to_read
from queue_fairness.trace.reading import is_recording, lines_of


def judge(
    jobs: str | os.PathLike[str] | Iterable[JobRow],
    *,
    name: str = "rows",
    fair_by: str = "turns",
    workers: int | None = None,
    columns: Mapping[str, str] | None = None,
    begin: str | None = None,
    end: str | None = None,
    timezone: str | None = None,
    mask: bool = False,
) -> Result:
    """Judge jobs that were done already, whatever system has done them; nothing is run.

    Args:
        jobs: A file, as the word `judge` of the command reads it: a table with a row per job, facts
            or a recording. Or rows in memory, in the order in which they were taken.
        name: What reports call rows in memory.
        fair_by: What must be shared fairly: `turns`, `time` or `tokens` (the jobs' cost).
        workers: How many worked; None for as many as their names, or as were busy at once.
        columns: Of a file, by what they hold (`by`, the tenant; `ready`, `started`, `finished`,
            `worker`, `cost`, `weight`); those left out are recognized by their names.
        begin: Of a file, from when is looked, written as in the table.
        end: Until when.
        timezone: Of times that tell none, such as `Europe/Berlin`.
        mask: Whether names of a file are replaced by pseudonyms.

    Returns:
        What was found. What only workers of our own can know, such as round trips, is None.

    Raises:
        TableError: There are no jobs, or they make no sense.
        OSError: The file cannot be read.
    """
    if not isinstance(jobs, str | os.PathLike):
        return Result.of(judge_rows(jobs, name=name, workers=workers, fair_by=fair_by))
    options = TableOptions(
        **_columns(columns or {}),
        begin=begin,
        end=end,
        timezone=timezone,
        workers=workers,
        fair_by=fair_by,
        mask=mask,
    )
    with open_to_read(os.fspath(jobs)) as source:
        return Result.of(_judged(source, options))


class _Columns(TypedDict, total=False):
    """Those of `TableOptions`."""

    by: str
    ready: str
    started: str
    finished: str
    worker: str
    cost: str
    weight: str


def _columns(columns: Mapping[str, str]) -> _Columns:
    unknown = [each for each in columns if each not in _Columns.__annotations__]
    if unknown:
        raise TableError(f"columns: {unknown[0]} is none of {', '.join(_Columns.__annotations__)}")
    return cast("_Columns", dict(columns))


def _judged(source: Source, options: TableOptions) -> Snapshot:
    if not is_recording(source.peek()):
        return judge_source(source, options)
    lines = lines_of(source)
    header = next(lines)
    lines = chain((header,), lines)
    if header.fact.get("plan") is None or options.looks_at_a_part:
        return judge_facts(source.name, lines, options)
    found = replayed(source, lambda _: None, lines=lines)
    if not isinstance(found, Snapshot):
        raise TableError(f"{source.name} holds several runs, not one: judge each by itself")
    return found
