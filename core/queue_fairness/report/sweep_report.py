"""The report of a sweep: the conclusion, a table per quantity, and what to know to read them."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from queue_fairness.analysis.columns import Column as Quantity
from queue_fairness.analysis.curves import QUANTITIES, Curve, curves
from queue_fairness.analysis.scoreboard import GOOD
from queue_fairness.analysis.sweep import Sweep
from queue_fairness.analysis.trend import conclusion
from queue_fairness.formatting import numbers
from queue_fairness.formatting.table import Column, Table
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.plan import description
from queue_fairness.plan.ignored import ignored_by
from queue_fairness.report import series_report
from queue_fairness.report.command import command
from queue_fairness.report.model import Measure, Report, Section
from queue_fairness.report.series_pictures import sweep_pictures

SHORT_S = 1.0
"""Seconds below which a run's rate is rough: how it begins and ends is a good part of it."""


def headline(sweep: Sweep) -> str:
    """What is run: strategies, repeats and load on one line, a range for what varies."""
    return series_report.headline(sweep, _load(sweep))


def sweep_report(sweep: Sweep) -> Report:
    """The whole report, or as much of it as there is of a sweep that was stopped."""
    found = curves(sweep)
    tables = tuple(_table(sweep, found, each) for each in QUANTITIES)
    return Report(
        sentence=conclusion(sweep, found),
        headline=(headline(sweep), *series_report.server(sweep)),
        pictures=tuple(sweep_pictures(sweep, found)),
        sections=(Section(title="Curves", blocks=tables),),
        notes=tuple(notes(sweep, found)),
        command=command(sweep),
        measures=tuple(_measures(sweep, found)),
    )


def _table(sweep: Sweep, found: Sequence[Curve], quantity: Quantity) -> Table:
    """A row per value, a column per strategy."""
    width = max(len(sweep.show(value)) for value in sweep.values)
    return Table(
        title=f"{quantity.title[0].upper()}{quantity.title[1:]}",
        columns=(
            Column(is_label=True),
            *(Column(head=curve.strategy, is_name=True) for curve in found),
        ),
        rows=tuple(
            (
                f"{sweep.noun} {sweep.show(value):>{width}}",
                *(
                    series_report.entry(curve.points[index].cell(quantity.name), quantity)
                    for curve in found
                ),
            )
            for index, value in enumerate(sweep.values)
        ),
        repeats=sweep.repeats,
    )


def _measures(sweep: Sweep, found: Sequence[Curve]) -> Iterator[Measure]:
    for curve in found:
        for point in curve.points:
            for each in QUANTITIES:
                yield series_report.measure(
                    point.row,
                    point.cell(each.name),
                    each,
                    field=sweep.name,
                    field_value=point.value,
                )


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
        failure = next((each.failure for each in _runs_of(sweep, curve) if each.failure), None)
        if failure is not None:
            said += f": {failure.removeprefix(f'{curve.strategy}: ')}"
        strategies.setdefault(said, []).append(curve.strategy)
    for said, names in strategies.items():
        yield f"{', '.join(names)}: {said}"


def _runs_of(sweep: Sweep, curve: Curve) -> Iterator[Snapshot]:
    return (each for each in sweep.runs if each.plan.strategy == curve.strategy)


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
        yield f"medians of {sweep.repeats} interleaved repeats; the worst verdict"
    if sweep.incomplete:
        yield sweep.incomplete
