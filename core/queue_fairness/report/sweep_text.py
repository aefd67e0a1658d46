"""A sweep in words: the answer, a table for each quantity, and what has to be known to read it.

As text, at most 80 columns wide but for the command; as Markdown, for `$GITHUB_STEP_SUMMARY`.
"""

import textwrap
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from queue_fairness.analysis.comparison import incomplete
from queue_fairness.analysis.curves import QUANTITIES, Curve, Point, curves
from queue_fairness.analysis.scoreboard import GOOD, Column
from queue_fairness.analysis.sweep import Sweep
from queue_fairness.analysis.trend import conclusion
from queue_fairness.formatting import numbers
from queue_fairness.formatting.table import WIDTH, Table, render
from queue_fairness.plan import description
from queue_fairness.plan.ignored import ignored_by
from queue_fairness.report import run_text
from queue_fairness.report.comparison_text import escaped, fitting, markdown_row, spread, wrapped
from queue_fairness.report.run_tables import server_line

NAME_WIDTH = 24
"""Widest name of a strategy; longer ones, of a user's own, lose their head."""
SHORT_S = 1.0
"""Seconds below which a run's rate is rough: how it begins and ends is a good part of it."""


def headline(sweep: Sweep) -> str:
    """What is run: strategies, repeats and load on one line, a range for what varies."""
    count = len(sweep.strategies)
    often = f", {sweep.repeats} runs each" if sweep.repeats > 1 else ""
    strategies = f"{count} {'strategy' if count == 1 else 'strategies'}{often}"
    return f"{strategies} · {_load(sweep)}"


def _load(sweep: Sweep) -> str:
    """The load at the smallest and at the largest value, said once: what differs as a range."""
    ends = (sweep.plan_at(sweep.values[index], sweep.strategies[0]) for index in (0, -1))
    first, last = (description.whole(end, sweep.strategies).split(" · ") for end in ends)
    if len(first) == len(last):
        return " · ".join(map(_merged, first, last))
    # What is out of the ordinary is not said where it is nothing: 0 foreign keys.
    both = [part for part in last if part in first]
    ends_shown = "–".join(sweep.show(sweep.values[index]) for index in (0, -1))
    return " · ".join([*both, f"{sweep.noun} {ends_shown}"])


def _merged(first: str, last: str) -> str:
    """`50 partitions × 10 tasks` and `1,000 partitions × 5 tasks` in one, with ranges."""
    pairs = list(zip_longest(first.split(), last.split(), fillvalue=""))
    if any(one != other and not _are_alike(one, other) for one, other in pairs):
        return f"{first} – {last}"
    return " ".join(
        other if one == other or not other[:1].isdigit() else f"{one}–{other}"
        for one, other in pairs
    )


def _are_alike(one: str, other: str) -> bool:
    """Whether two words are numbers, or one noun for one and for several."""
    are_numbers = one[:1].isdigit() and other[:1].isdigit()
    return are_numbers or one.rstrip("s,") == other.rstrip("s,")


def command(sweep: Sweep) -> str:
    """The command line that asks for the same again, the server included; without a password."""
    server = run_text.server_options(sweep.runs[-1]) if sweep.runs else ""
    return sweep.command + server


def text(sweep: Sweep) -> str:
    """The whole sweep as plain text, at most 80 columns wide but for the last line."""
    found = curves(sweep)
    lines = textwrap.wrap(conclusion(sweep, found), WIDTH, break_on_hyphens=False)
    lines += ("", *textwrap.wrap(headline(sweep), WIDTH), *_server(sweep))
    for table in tables(sweep, found):
        for part in fitting(table):
            lines += ("", *render(part))
    lines += ("", *wrapped(notes(sweep, found)), "", f"$ {command(sweep)}")
    return "\n".join(line.rstrip() for line in lines) + "\n"


def tables(sweep: Sweep, found: Sequence[Curve]) -> tuple[Table, ...]:
    """A table per quantity: a row per value, a column per strategy; then how far repeats spread."""
    medians = [_table(sweep, found, column, is_spread=False) for column in QUANTITIES]
    if sweep.repeats == 1:
        return tuple(medians)
    return (*medians, *(_table(sweep, found, column, is_spread=True) for column in QUANTITIES))


def markdown(sweep: Sweep) -> str:
    """The whole sweep as Markdown: medians, with the spread of repeats in parentheses."""
    found = curves(sweep)
    lines = [f"**{escaped(conclusion(sweep, found))}**", ""]
    lines.append(escaped(" · ".join((headline(sweep), *_server(sweep)))))
    for column in QUANTITIES:
        heads = (f"{sweep.noun}: {column.title}", *(f"`{each.strategy}`" for each in found))
        lines += ("", markdown_row(heads), markdown_row(["---:" for _ in heads]))
        lines += (
            markdown_row((sweep.show(value), *(both(each.points[row], column) for each in found)))
            for row, value in enumerate(sweep.values)
        )
    lines += ("", *(f"- {escaped(note)}" for note in notes(sweep, found)))
    lines += ("", "```", command(sweep), "```")
    return "\n".join(lines) + "\n"


def both(point: Point, column: Column) -> str:
    """The median of a point, and in parentheses how far its repeats spread: `9.9 (9.8–10.1)`."""
    cell = point.cell(column.name)
    shown, ends = column.show(cell.median), spread(cell, column)
    return shown if shown == ends else f"{shown} ({ends})"


def notes(sweep: Sweep, found: Sequence[Curve]) -> list[str]:
    """The verdicts, and what has to be known to read the tables, one sentence each."""
    return [*_verdicts(sweep, found), *caveats(sweep, found)]


def caveats(sweep: Sweep, found: Sequence[Curve]) -> list[str]:
    """What has to be known to read the numbers, one sentence each."""
    return [
        *_ignored(sweep),
        *_unfair_besides(sweep),
        *_work_bound(sweep, found),
        *_short(sweep, found),
        *_how_made(sweep),
    ]


def _unfair_besides(sweep: Sweep) -> Iterator[str]:
    """Which runs are unfair in something that the word is not on, such as worker time."""
    found: dict[str, dict[str, None]] = {}
    for run in sweep.runs:
        verdict = run.assessment.verdict if run.assessment is not None else None
        if verdict is None or verdict.word not in GOOD:
            continue
        for aspect in verdict.aspects:
            if aspect.is_unfair:
                found.setdefault(aspect.name, {})[sweep.name_of(run.plan)] = None
    for name, runs in found.items():
        yield f"unfair in {name}: {numbers.listed(list(runs))}"


def _table(sweep: Sweep, found: Sequence[Curve], column: Column, *, is_spread: bool) -> Table:
    title = f"{column.title[0].upper()}{column.title[1:]}"
    if is_spread:
        title = f"The smallest and the largest of {sweep.repeats} repeats: {column.title}"

    def shown(point: Point) -> str:
        cell = point.cell(column.name)
        return spread(cell, column) if is_spread else column.show(cell.median)

    width = max(len(sweep.show(value)) for value in sweep.values)
    return Table(
        title=title,
        columns=tuple(_name(curve.strategy) for curve in found),
        rows=tuple(
            (
                f"{sweep.noun} {sweep.show(value):>{width}}",
                *(shown(curve.points[row]) for curve in found),
            )
            for row, value in enumerate(sweep.values)
        ),
    )


def _verdicts(sweep: Sweep, found: Sequence[Curve]) -> Iterator[str]:
    """The verdict of each strategy, with its values where there are several."""
    strategies: dict[str, list[str]] = {}
    for curve in found:
        labels: dict[str, list[str]] = {}
        for point in curve.points:
            labels.setdefault(point.row.label, []).append(sweep.show(point.value))
        said = "; ".join(
            label if len(labels) == 1 else f"{label} at {', '.join(values)}"
            for label, values in labels.items()
        )
        strategies.setdefault(said, []).append(curve.strategy)
    for said, names in strategies.items():
        yield f"{', '.join(names)}: {said}"


def _ignored(sweep: Sweep) -> Iterator[str]:
    """What strategies ignore, at whichever value, once."""
    first = sweep.strategies[0]
    plans = (sweep.plan_at(value, first) for value in sweep.values)
    yield from dict.fromkeys(
        sentence for plan in plans for sentence in ignored_by(plan, sweep.strategies)
    )


def _work_bound(sweep: Sweep, found: Sequence[Curve]) -> Iterator[str]:
    """Where the rate says nothing about the queue."""
    values = dict.fromkeys(
        sweep.show(point.value)
        for curve in found
        for point in curve.points
        if point.row.runs and point.is_work_bound
    )
    if values:
        yield (
            f"the work alone bounds rates at {sweep.noun} {', '.join(values)}: "
            f"a queue's own cost shows at --work-duration 0"
        )


def _short(sweep: Sweep, found: Sequence[Curve]) -> Iterator[str]:
    """Where runs were too short for a rate."""
    values = dict.fromkeys(
        sweep.show(point.value)
        for curve in found
        for point in curve.points
        if any(run.elapsed_s < SHORT_S for run in point.row.runs)
    )
    if values:
        more = "--total-tasks" if sweep.name == "partitions" else "--tasks-per-partition"
        yield (
            f"runs of less than 1 s at {sweep.noun} {', '.join(values)}: their rates are rough; "
            f"a higher {more} makes them longer"
        )


def _how_made(sweep: Sweep) -> Iterator[str]:
    if sweep.repeats == 1:
        yield "one run each shows no spread: --repeat 3 tells a difference from chance"
    else:
        yield f"medians of {sweep.repeats} repeats, made by turns; the worst verdict"
    if not sweep.is_complete:
        yield incomplete(sweep.runs, sweep.planned, sweep.left_out)


def _server(sweep: Sweep) -> list[str]:
    return [server_line(sweep.runs[-1])] if sweep.runs else []


def _name(strategy: str) -> str:
    return strategy if len(strategy) <= NAME_WIDTH else f"…{strategy[1 - NAME_WIDTH :]}"
