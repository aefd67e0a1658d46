"""Sequences of cases from mild to harsh, in which no verdict may be better than the one before."""

from collections.abc import Iterator
from dataclasses import replace

from fairness.case import Case
from fairness.kinds_of_neglect import frozen, held, stops
from fairness.kinds_of_order import group_turns, in_a_row
from fairness.kinds_of_share import hog, tiers


def _families() -> Iterator[Case]:
    for partitions, tasks in ((200, 50), (60, 80)):
        ratios = (1.0, 1.2, 1.5, 2, 2.9, 4.1, 6, 10, 15, 22, 24, 42, 50)
        yield from _family("tiers", [tiers(ratio, partitions, tasks) for ratio in ratios])
    for partitions, tasks in ((1000, 6), (200, 10)):
        counts = sorted({1, 3, 10, 30, partitions // 10, partitions // 4, partitions // 2})
        yield from _family("held", [held(partitions, tasks, back) for back in counts])
    runs = (1, 2, 3, 5, 7, 10, 20, 50)
    yield from _family("in a row", [in_a_row(run, 200, 50) for run in runs])
    yield from _family("in a row", [in_a_row(run, 60, 50, limit=1) for run in runs])
    yield from _family(
        "giants",
        [tiers(2.9, limit=0, giants=giants, giant=2000) for giants in range(6)],
    )
    yield from _family("poor", [tiers(3, 100, 100, poor=poor) for poor in (1, 2, 5, 20, 40)])
    yield from _family("hog", [hog(ratio) for ratio in (1, 3, 10, 30, 100, 300)])
    rounds = (4, 8, 20, 50, 100)
    yield from _family("groups", [group_turns(each, 60, 200) for each in rounds])
    yield from _family("frozen", [frozen(1.2, 80, 24, 0.25, each) for each in (1, 2, 4, 8, 11)])
    yield from _family("length", [tiers(4, 100, tasks) for tasks in (15, 25, 50, 100, 150)])
    yield from _family("last", [held(300, tasks, 1) for tasks in (3, 4, 6, 10, 15, 30, 60)])
    yield from _family("stops", [stops(1.2, 100, seconds) for seconds in (8, 10, 15, 20, 30, 50)])


def _family(name: str, members: list[Case]) -> list[Case]:
    """Members from mild to harsh; told apart from single cases by their names."""
    family = f"{name}: {members[0].name}"
    return [
        replace(case, name=f"{name} {number}. {case.name}", family=family)
        for number, case in enumerate(members)
    ]


FAMILIES = tuple(_families())
