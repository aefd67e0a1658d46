"""The report of a comparison: the advice, the scoreboard, and what has to be known to read it."""

import statistics
from collections import Counter
from collections.abc import Iterator, Sequence

from queue_fairness.analysis.columns import COST, FAIRNESS, IDEAL
from queue_fairness.analysis.columns import Column as Quantity
from queue_fairness.analysis.comparison import Comparison
from queue_fairness.analysis.merits import slowdown
from queue_fairness.analysis.recommendation import recommend
from queue_fairness.analysis.scoreboard import UNTRUSTED, Row, Scoreboard, scoreboard
from queue_fairness.fairness.word import Level
from queue_fairness.formatting import numbers
from queue_fairness.formatting.table import Cell, Column, Entry, Table
from queue_fairness.formatting.wrapping import BETWEEN, short_name
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.plan import description
from queue_fairness.plan.ignored import ignored_by
from queue_fairness.report import series_report
from queue_fairness.report.command import command
from queue_fairness.report.model import Figure, Measure, Report, Section
from queue_fairness.report.series_pictures import comparison_pictures
from queue_fairness.report.tones import tone_of

GROUPS = {
    "Fairness: worst wait and first pickup in rounds, debt in tasks, round Jain": FAIRNESS,
    "Cost: throughput, Redis round trips, wait of a task, time of a pop": COST,
}
"""The quantities by the title of the table that they are in where one for all is too wide."""


def headline(comparison: Comparison) -> str:
    """What is compared: strategies, repeats and load on one line."""
    load = description.whole(comparison.plan, comparison.strategies)
    return series_report.headline(comparison, load)


def comparison_report(comparison: Comparison) -> Report:
    """The whole report, or as much of it as there is of a comparison that was stopped."""
    board = scoreboard(comparison)
    about = BETWEEN.join((headline(comparison), *series_report.server(comparison)))
    advice = recommend(board)
    return Report(
        sentence=advice.sentence,
        badge=advice.strategy or "",
        tone=tone_of(advice.word),
        figures=tuple(_figures(board, advice.strategy)),
        pictures=tuple(comparison_pictures(board)),
        headline=(about,),
        sections=(Section(title="Scoreboard", blocks=(_table(board),)),),
        notes=tuple(notes(board)),
        command=command(comparison),
        measures=tuple(_measures(board)),
    )


def _figures(board: Scoreboard, advised: str | None) -> Iterator[Figure]:
    """How many are FAIR, and what the advised one has beside the worst; none where none is."""
    row = next((each for each in board.rows if each.strategy == advised), None)
    if row is None:
        return
    fair = sum(each.word is Level.FAIR and not each.failed for each in board.rows)
    yield Figure(
        label="strategies that are FAIR",
        value=f"{fair} of {len(board.rows)}",
        beside="on this load",
    )
    for name, label in (
        ("worst_wait_rounds_max", "its longest wait, in turns of everyone"),
        ("round_trips_per_pop", "round trips to Redis per task"),
    ):
        quantity = next(each for each in board.columns if each.name == name)
        known = [each for each in board.rows if board.cell(each, name).median is not None]
        worst = max(known, key=lambda each: board.cell(each, name).median or 0.0, default=row)
        beside = f"{worst.strategy}: {quantity.show(board.cell(worst, name).median)}"
        yield Figure(
            label=label,
            value=quantity.show(board.cell(row, name).median),
            beside=beside if worst is not row else "the most of all",
        )


def _table(board: Scoreboard) -> Table:
    """The scoreboard: a row per strategy, the ideal on top."""
    first = next(iter(GROUPS))
    return Table(
        title="Scoreboard",
        columns=(
            Column(title="strategy", is_label=True),
            Column(title="verdict", is_label=True, group=first),
            *(
                Column(head=each.head, title=each.title, group=group)
                for group, quantities in GROUPS.items()
                for each in quantities
            ),
        ),
        rows=(_ideal(board), *(_row(board, row) for row in board.rows)),
        is_ranked=True,
        repeats=board.comparison.repeats,
    )


def _ideal(board: Scoreboard) -> tuple[Entry, ...]:
    shown = (each.show(board.ideal_of(each.name)) for each in _quantities())
    return (IDEAL, "", *shown)


def _row(board: Scoreboard, row: Row) -> tuple[Entry, ...]:
    entries = (series_report.entry(board.cell(row, each.name), each) for each in _quantities())
    return (Cell(text=row.strategy, is_name=True), row.label, *entries)


def _measures(board: Scoreboard) -> Iterator[Measure]:
    for row in board.rows:
        for each in _quantities():
            ideal = board.ideal_of(each.name)
            yield series_report.measure(row, board.cell(row, each.name), each, ideal=ideal)


def _quantities() -> Iterator[Quantity]:
    for quantities in GROUPS.values():
        yield from quantities


def notes(board: Scoreboard) -> list[str]:
    """What has to be known to read the table, one sentence each, the gravest first."""
    comparison = board.comparison
    ignored = ignored_by(comparison.plan, comparison.strategies)
    return [
        *filter(None, (comparison.incomplete,)),
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
        yield f"quiet partitions' p95 wait, with ÷ ideal: {', '.join(found)}"


def _without_noise(board: Scoreboard) -> list[str]:
    found = []
    for row in board.rows:
        times = slowdown(row)
        if times is not None:
            found.append(f"{short_name(row.strategy)} {numbers.digits(times, 2)}")
    if not found:
        return []
    return [f"quiet partitions' p95 wait, with ÷ without the noise: {', '.join(found)}"]


def _basis(board: Scoreboard) -> Iterator[str]:
    repeats = board.comparison.repeats
    yield "ideal: round robin without a lock, and a Redis that takes no time"
    if repeats == 1:
        yield "one run each: a small difference may be chance; --repeat 3 shows the spread"
    else:
        yield f"numbers: medians of {repeats} interleaved repeats; verdict: the worst of them"


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
