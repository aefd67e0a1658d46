"""What a recording gives when it is played to its end: a run, a comparison or a sweep."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from queue_fairness.analysis.comparison import Comparison
from queue_fairness.analysis.sweep import Sweep
from queue_fairness.errors import TableError
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.plan.observed import RecordedPlan
from queue_fairness.trace.files import Source
from queue_fairness.trace.playback import Playback, plan_of
from queue_fairness.trace.reading import Line, lines_of

Progress = Callable[[float | None], None]
"""Told the share of the file that is read, None where that is not known; may raise to give up."""
TELL_EVERY = 20_000
"""Facts between two words on the progress."""


def runs_of(name: str, lines: Iterator[Line]) -> Iterator[tuple[Line, Iterator[Line]]]:
    """The runs of a recording, in order: the header of each, and its facts, to be read at once.

    Raises:
        TableError: The file does not begin with a header, or cannot be read.
    """
    header = next(lines, None)
    if header is None:
        raise TableError(f"{name} is empty: a recording begins with a header")
    if not header.is_header:
        raise TableError(f"{name}, line 1 is no header: a recording begins with one")
    following: list[Line] = [header]

    def facts() -> Iterator[Line]:
        for line in lines:
            if line.is_header:
                following.append(line)
                return
            yield line

    while following:
        header = following.pop()
        mine = facts()
        yield header, mine
        for _ in mine:
            pass  # what its reader has left


def first_header(source: Source, number: int | None = None) -> Playback:
    """A run of a recording, by default the first, of which only the header was played.

    Raises:
        TableError: It is no recording of this program, or there is no such run in it.
    """
    for count, (header, _) in enumerate(runs_of(source.name, lines_of(source)), 1):
        if count == (number or 1):
            return Playback(source.name, header)
    raise TableError(f"{source.name} has no run {number}")


def replayed(
    source: Source,
    progress: Progress = lambda _: None,
    number: int | None = None,
    lines: Iterator[Line] | None = None,
) -> Snapshot | Comparison | Sweep:
    """Play a recording to its end; runs of one comparison or sweep come back as that.

    Args:
        source: The file.
        progress: Told how far it is.
        number: Which run alone, from 1; None for the whole of a comparison or sweep, and for the
            first run of any other file.
        lines: Its facts, if somebody has begun to read it.

    Raises:
        TableError: It is no recording of this program, or there is no such run in it.
    """
    finals: list[Snapshot] = []
    series: Mapping[str, Any] | None = None
    count = 0
    for count, (header, facts) in enumerate(runs_of(source.name, lines or lines_of(source)), 1):
        told = header.fact.get("series")
        if count == 1:
            series = told
        if number is not None and count != number:
            continue
        if number is None and told != series:
            break  # another one that was recorded behind it
        playback = Playback(source.name, header)
        for line in facts:
            playback.play(line)
            if not line.number % TELL_EVERY:
                progress(source.share_read)
        finals.append(playback.end())
        if number is not None or series is None:
            return finals[-1]
    if series is None or not finals:
        raise TableError(f"{source.name} has no run {number}: it has {count}")
    return _series(source.name, series, finals)


def _series(name: str, told: Mapping[str, Any], finals: list[Snapshot]) -> Comparison | Sweep:
    try:
        plan: RecordedPlan = plan_of(told)
        strategies = tuple(str(each) for each in told["strategies"])
        repeats, runs = int(told["repeats"]), tuple(finals)
        if told["kind"] == "comparison":
            return Comparison(plan=plan, strategies=strategies, repeats=repeats, runs=runs)
        return Sweep(
            plan=plan,
            strategies=strategies,
            repeats=repeats,
            runs=runs,
            name=str(told["name"]),
            values=tuple(told["values"]),
            total_tasks=told["total_tasks"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise TableError(f"{name}: its header names no comparison and no sweep: {error}") from error
