"""A comparison in words: the advice, the table, and what has to be known to read it.

As text, at most 80 columns wide but for the command, in two tables: what the order of service
decides, and what it costs. As Markdown in one, for `$GITHUB_STEP_SUMMARY`.
"""

import statistics
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from queue_fairness.analysis.comparison import Comparison, incomplete
from queue_fairness.analysis.merits import slowdown
from queue_fairness.analysis.recommendation import recommend
from queue_fairness.analysis.scoreboard import (
    COST,
    FAIRNESS,
    UNTRUSTED,
    Cell,
    Column,
    Rank,
    Row,
    Scoreboard,
    scoreboard,
)
from queue_fairness.formatting import numbers
from queue_fairness.formatting.table import WIDTH, Table, render
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.plan import Plan, description
from queue_fairness.plan.ignored import ignored_by
from queue_fairness.report import run_text
from queue_fairness.report.limit import LimitResult
from queue_fairness.report.run_tables import server_line

IDEAL = "ideal: by turns"
MARKS = {Rank.NONE: " ", Rank.BEST: "*", Rank.SAME: "="}
"""What stands behind a number in the text tables."""
NAME_WIDTH = 24
"""Widest name of a strategy in the text tables; longer ones, of a user's own, lose their head."""


def headline(comparison: Comparison) -> str:
    """What is compared: strategies, repeats and load on one line."""
    plan = comparison.plan
    often = f", {comparison.repeats} runs each" if comparison.repeats > 1 else ""
    compared = len(comparison.strategies)
    return (
        f"{compared} {'strategy' if compared == 1 else 'strategies'}{often} · "
        f"{description.whole(plan, comparison.strategies)}"
    )


def command(comparison: Comparison) -> str:
    """The command line that asks for the same again, the server included; without a password."""
    server = run_text.server_options(comparison.runs[-1]) if comparison.runs else ""
    return comparison.command + server


def text(comparison: Comparison) -> str:
    """The whole comparison as plain text, at most 80 columns wide but for the last line."""
    board = scoreboard(comparison)
    lines = [*textwrap.wrap(recommend(board).sentence, WIDTH, break_on_hyphens=False), ""]
    about = " · ".join((headline(comparison), *_server(comparison)))
    # Between two facts, not in one.
    about = about.replace(" ", "\u00a0").replace("\u00a0·\u00a0", " ·\u00a0")
    lines += [line.replace("\u00a0", " ") for line in textwrap.wrap(about, WIDTH)]
    for table in tables(board):
        for part in fitting(table):
            lines += ("", *render(part))
    lines += ("", *wrapped([*marks(board), *notes(board)]), "", f"$ {command(comparison)}")
    return "\n".join(line.rstrip() for line in lines) + "\n"


def tables(board: Scoreboard) -> tuple[Table, ...]:
    """The scoreboard as text tables: a row per strategy, strict turns on top."""
    repeats = board.comparison.repeats
    shown = (
        Table(
            title="Fairness: worst wait and first pickup in rounds, debt in tasks, round Jain",
            columns=_heads(FAIRNESS),
            rows=_rows(board, FAIRNESS, with_verdict=True),
        ),
        Table(
            title="DequeueCost: throughput, Redis round trips, wait of a task, time of a pop",
            columns=_heads(COST),
            rows=_rows(board, COST, with_verdict=False),
        ),
    )
    if repeats == 1:
        return shown
    spreads = (
        Table(
            title=f"{what}, the smallest and the largest of {repeats} repeats",
            columns=tuple(column.head for column in columns),
            rows=tuple(
                (short_name(row.strategy), *(spread(cell, column) for column, cell in cells))
                for row, cells in _cells(board, columns)
            ),
        )
        for what, columns in (("Fairness", FAIRNESS), ("DequeueCost", COST))
    )
    return (*shown, *spreads)


def fitting(table: Table, width: int = WIDTH) -> tuple[Table, ...]:
    """The table, or its columns in as many tables as it takes to stay within a width."""
    count = len(table.columns)
    if count < 2 or max(map(len, render(table))) <= width:
        return (table,)
    halves = (slice(0, (count + 1) // 2), slice((count + 1) // 2, count))
    parts = (
        replace(
            table,
            title=table.title if half.start == 0 else f"{table.title}, continued",
            columns=table.columns[half],
            rows=tuple((row[0], *row[1:][half]) for row in table.rows),
        )
        for half in halves
    )
    return tuple(chain.from_iterable(fitting(part, width) for part in parts))


def markdown(comparison: Comparison) -> str:
    """The whole comparison as Markdown: the best in bold, the spread in parentheses."""
    board = scoreboard(comparison)
    heads = ("strategy", "verdict", *(column.title for column in board.columns))
    ideal = (
        column.show(value) if value is not None else numbers.UNKNOWN
        for column, value in zip(board.columns, board.ideal, strict=True)
    )
    rows = [("*ideal*", "*by turns*", *ideal)]
    rows += (
        (f"`{row.strategy}`", row.label, *(_markdown_cell(*each) for each in cells))
        for row, cells in _cells(board, board.columns)
    )
    lines = [f"**{escaped(recommend(board).sentence)}**", ""]
    lines.append(escaped(" · ".join((headline(comparison), *_server(comparison)))))
    lines += (
        "",
        markdown_row(heads),
        markdown_row(("---", "---", *("---:" for _ in board.columns))),
    )
    lines += (markdown_row(tuple(map(escaped, row))) for row in rows)
    lines += ("", *(f"- {escaped(note)}" for note in (*marks(board, bold=True), *notes(board))))
    lines += ("", "```", command(comparison), "```")
    return "\n".join(lines) + "\n"


def notes(board: Scoreboard) -> list[str]:
    """What has to be known to read the table, one sentence each, the gravest first."""
    comparison = board.comparison
    ignored = ignored_by(comparison.plan, comparison.strategies)
    return [
        *_incomplete(board),
        *_slowdowns(board),
        *ignored,
        *_exceptions(board),
        *_basis(board),
    ]


def _slowdowns(board: Scoreboard) -> list[str]:
    """What noise does to the quiet partitions, where it was measured."""
    return [*_without_noise(board), *_by_fair_turns(board)]


def _by_fair_turns(board: Scoreboard) -> Iterator[str]:
    """How much of that is the order's doing."""
    found = []
    for row in board.rows:
        known = [each.quiet_times_ideal for each in row.runs if each.quiet_times_ideal is not None]
        if known:
            times = numbers.digits(statistics.median(known), 2)
            found.append(f"{short_name(row.strategy)} {times}")
    if found:
        yield f"quiet partitions' p95 wait, with ÷ by fair turns: {', '.join(found)}"


def _without_noise(board: Scoreboard) -> list[str]:
    found = []
    for row in board.rows:
        times = slowdown(row)
        if times is not None:
            found.append(f"{short_name(row.strategy)} {numbers.digits(times, 2)}")
    if not found:
        return []
    return [f"quiet partitions' p95 wait, with ÷ without the noise: {', '.join(found)}"]


def marks(board: Scoreboard, *, bold: bool = False) -> list[str]:
    """What the marks beside the numbers mean; only those that are there.

    Args:
        board: The table.
        bold: Whether the best is marked by bold type, not by a sign.
    """
    found = {cell.mark for row in board.rows for cell in row.cells}
    best = f"{'bold' if bold else MARKS[Rank.BEST]}: best of its column"
    same = f"{'same' if bold else MARKS[Rank.SAME]}: same as the best, the repeats overlap"
    return [text for mark, text in ((Rank.BEST, best), (Rank.SAME, same)) if mark in found]


def gates(
    gated: Sequence[tuple[Snapshot, Sequence[LimitResult]]], name_of: Callable[[Plan], str]
) -> str:
    """Each limit that must not be broken, with its measured value in each run; empty for none.

    Indented by four, which Markdown takes for preformatted text.
    """
    lines = [
        f"    run {number} · {name_of(run.plan)}: {line}"
        for number, (run, results) in enumerate(gated, 1)
        for line in run_text.gates(results)
    ]
    return "".join(f"{line}\n" for line in ("", *lines)) if lines else ""


def spread(cell: Cell, column: Column) -> str:
    """The smallest and the largest of the repeats: `9.8–10.1`, `1.2–1.4 ms`; one if they agree."""
    if cell.minimum is None:
        return numbers.UNKNOWN
    low, high = column.show(cell.minimum), column.show(cell.maximum)
    if low == high:
        return low
    parts, other = low.split(" "), high.split(" ")
    one_unit = len(parts) == len(other) == 2 and parts[1] == other[1]
    return f"{parts[0] if one_unit else low}–{high}"


def _server(comparison: Comparison) -> list[str]:
    return [server_line(comparison.runs[-1])] if comparison.runs else []


def _cells(
    board: Scoreboard, columns: Sequence[Column]
) -> Iterator[tuple[Row, list[tuple[Column, Cell]]]]:
    for row in board.rows:
        yield row, [(column, board.cell(row, column.name)) for column in columns]


def _rows(
    board: Scoreboard, columns: Sequence[Column], *, with_verdict: bool
) -> tuple[tuple[str, ...], ...]:
    width = max(len(short_name(row.strategy)) for row in board.rows)
    ideal = (board.ideal_of(column.name) for column in columns)
    rows = [(IDEAL, *(f"{column.show(of)} " for column, of in zip(columns, ideal, strict=True)))]
    for row, cells in _cells(board, columns):
        name = short_name(row.strategy)
        values = (f"{column.show(cell.median)}{MARKS[cell.mark]}" for column, cell in cells)
        rows.append((f"{name:{width}}  {row.label}" if with_verdict else name, *values))
    return tuple(rows)


def _heads(columns: Sequence[Column]) -> tuple[str, ...]:
    """Their heads, with room at each line's end for the mark behind a number."""
    return tuple(f"{column.head} ".replace("\n", " \n") for column in columns)


def short_name(strategy: str) -> str:
    """A strategy's name in a table."""
    return strategy if len(strategy) <= NAME_WIDTH else f"…{strategy[1 - NAME_WIDTH :]}"


def _basis(board: Scoreboard) -> Iterator[str]:
    repeats = board.comparison.repeats
    yield "ideal: strict turns, and a Redis that takes no time"
    if repeats == 1:
        yield "one run each: a small difference may be chance; --repeat 3 shows the spread"
    else:
        yield f"numbers: medians of {repeats} interleaved repeats; verdict: the worst of them"


def _incomplete(board: Scoreboard) -> Iterator[str]:
    comparison = board.comparison
    if not comparison.is_complete:
        yield incomplete(comparison.runs, comparison.planned, comparison.left_out)


def _exceptions(board: Scoreboard) -> Iterator[str]:
    """Where one word for a strategy is not all of it; strategies of one reason together."""
    strategies: dict[str, list[str]] = {}
    for row in board.rows:
        for reason in _reasons(row, board.comparison.of(row.strategy)):
            strategies.setdefault(reason, []).append(row.strategy)
    for reason, names in strategies.items():
        yield f"{', '.join(names)}: {reason}"


def _reasons(row: Row, begun: Sequence[Snapshot]) -> Iterator[str]:
    failure = next((each.failure for each in begun if each.failure), None)
    if failure is not None:
        yield f"failed: {failure.removeprefix(f'{row.strategy}: ')}"
    counts = Counter(row.verdicts)
    if len(counts) > 1:
        yield ", ".join(f"{word.text} {often}×" for word, often in counts.most_common())
    if row.has_stalled:
        yield "stood still in a run, trust no rate or time"
    unfair = {
        f"unfair in {aspect.name}: {' '.join(aspect.why).rstrip('.')}"
        for run in row.runs
        if run.assessment is not None and row.is_good
        for aspect in run.assessment.verdict.aspects
        if aspect.is_unfair
    }
    yield from sorted(unfair)[:1]
    if row.is_trusted and not row.conserves_work:
        yield "not work-conserving, workers idle while tasks wait"
    if row.word in UNTRUSTED:
        judged = (each.assessment.verdict for each in row.runs if each.assessment is not None)
        yield " ".join(next(each.why for each in judged if each.word is row.word))


def wrapped(sentences: Sequence[str]) -> Iterator[str]:
    """Notes below a table, each in lines of its own."""
    for each in sentences:
        yield from textwrap.wrap(
            each, WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False
        )


def _markdown_cell(column: Column, cell: Cell) -> str:
    if cell.median is None:
        return numbers.UNKNOWN
    shown = column.show(cell.median)
    parts = [f"**{shown}**" if cell.mark is Rank.BEST else shown]
    if cell.mark is Rank.SAME:
        parts.append("same")
    if cell.minimum != cell.maximum and (ends := spread(cell, column)) != shown:
        parts.append(f"({ends})")
    return " ".join(parts)


def markdown_row(cells: Sequence[str]) -> str:
    """A row of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def escaped(text: str) -> str:
    """As Markdown: no cell ends early, and `~ FAIR ON AVERAGE ONLY` strikes nothing out."""
    return text.replace("|", "\\|").replace("~", "\\~")
