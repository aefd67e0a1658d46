"""Run the cases and the grid with many seeds; print the words and the measures behind them.

    python tests/fairness/calibrate.py --seeds 20 [--only "held"] [--jobs 2] [--wrong]
    python tests/fairness/calibrate.py --quick

A row has the words over the seeds, those that would be right, and the median of each measure with
its lowest and highest value where they differ. `!` marks a wrong word, `^` a member of a family
that is called better than the milder one before it, `who` how often somebody is named as worst off
who is not, `*` what an expert has judged beforehand.
Measures that this file does not know by name are shown behind the others. Wrong words are summed
up by kind and by words, and make it exit 1.

The summary and the table of the main cases are kept in `core/queue_fairness/fairness/README.md`.

`--only` takes the start of a case's name, a kind, `table`, or `families`; `--wrong` prints the
rows with something wrong only; `--quick` runs one seed of the small cases, in less than a minute
on one core.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from statistics import median

# Run as a file, it finds neither the package nor the other tools of its directory.
sys.path[:0] = [str(Path(__file__).parents[2] / "core"), str(Path(__file__).parents[1])]

from fairness.case import Case, run  # noqa: E402
from fairness.cases import CASES  # noqa: E402
from fairness.scenarios import GRID  # noqa: E402
from fairness.words import SHORT, told  # noqa: E402

from queue_fairness.fairness import FairnessMeasures, Level  # noqa: E402

ALL = (*CASES, *GRID)
QUICK_TASKS = 3000
SHOWN: dict[str, Callable[[FairnessMeasures], float | None]] = {
    "wait50": lambda m: m.worst_wait_rounds.p50,
    "wait99": lambda m: m.worst_wait_rounds.p99,
    "max": lambda m: m.worst_wait_rounds.max,
    "debt": lambda m: m.debt_tasks_max,
    "Jain": lambda m: m.round_jain,
    "contend": lambda m: m.contended_share,
    "load": lambda m: m.conservation.load,
    "rounds": lambda m: m.rounds,
}
KNOWN = {
    "debt_tasks_now",
    "debt_tasks_max",
    "round_jain",
    "contended_share",
    "rounds",
    "repeat_pickup_rounds",
    "dispatches",
    "partitions",
    "peak_backlogged",
    "tasks_per_partition",
    "served_partitions",
    "never_served",
    "worst_partition",
}
"""Fields that are shown above, or that say nothing about the word."""


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one case: a word and the measures per seed."""

    words: tuple[str, ...]
    values: tuple[dict[str, float], ...]
    strangers: int
    """Runs in which somebody is named as the worst off who is not."""

    def counts(self) -> Counter[Level]:
        return Counter(Level[word] for word in self.words)

    def wrong(self, case: Case) -> int:
        return sum(Level[word] not in case.words for word in self.words)


def main() -> int:
    arguments = _arguments()
    chosen = [
        number
        for number, case in enumerate(ALL)
        if _is_chosen(case, arguments.only)
        if not arguments.quick or _tasks(number) <= QUICK_TASKS
    ]
    seeds = 1 if arguments.quick else arguments.seeds
    rows: dict[int, Row] = {}
    with ProcessPoolExecutor(arguments.jobs) as pool:
        found = pool.map(repeat, chosen, [seeds] * len(chosen), chunksize=1)
        for number, row in zip(chosen, found, strict=True):
            rows[number] = row
            better = _improves(number, rows)
            if not arguments.wrong or row.wrong(ALL[number]) or row.strangers or better:
                _write(line(ALL[number], row, better))
    _write("")
    return _summary(rows)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--only", default="", help="start of a name, a kind, table, or families")
    parser.add_argument("--jobs", type=int, default=None, help="processes; one per core")
    parser.add_argument("--wrong", action="store_true", help="only rows with wrong words")
    parser.add_argument("--quick", action="store_true", help="one seed of the small cases")
    return parser.parse_args()


def _is_chosen(case: Case, only: str) -> bool:
    if only == "table":
        return case.table
    if only == "families":
        return bool(case.family)
    return case.name.startswith(only) or case.kind == only


@cache
def _tasks(number: int) -> int:
    return ALL[number].load(1).tasks


def repeat(number: int, seeds: int) -> Row:
    """The words and measures of one case, seed by seed."""
    outcomes = [run(ALL[number], seed) for seed in range(1, seeds + 1)]
    return Row(
        tuple(outcome.verdict.word.name for outcome in outcomes),
        tuple(_values(outcome.measures) for outcome in outcomes),
        sum(outcome.blames_another for outcome in outcomes),
    )


def _values(measures: FairnessMeasures) -> dict[str, float]:
    values = {name: float(read(measures) or 0.0) for name, read in SHOWN.items()}
    for field in fields(measures):
        value = getattr(measures, field.name)
        if field.name not in KNOWN and isinstance(value, int | float):
            values[field.name] = float(value)
    return values


def line(case: Case, row: Row, better: bool) -> str:
    """The row of a case."""
    words = " ".join(
        f"{'' if word in case.words else '!'}{SHORT[word]}{count}"
        for word, count in row.counts().most_common()
    )
    if better:
        words += " ^"
    if row.strangers:
        words += f" who{row.strangers}"
    name = f"{case.name}{' *' if case.table else ''}"
    cells = " ".join(
        f"{key} {extremes([values.get(key, 0.0) for values in row.values])}"
        for key in row.values[0]
    )
    return f"{name:52} {words:24} due {told(case.words):14} {cells}"


def extremes(values: Sequence[float]) -> str:
    """The median, and lowest and highest in brackets: `.13[.12-.14]`, `5.6[5.3-6.1]`."""
    low, middle, high = map(_short, (min(values), median(values), max(values)))
    return middle if low == high else f"{middle}[{low}-{high}]"


def _short(value: float) -> str:
    if value < 0.995:
        return f"{value:.2f}".removeprefix("0")
    return f"{value:.1f}" if value < 9.95 else f"{value:.0f}"


def _improves(number: int, rows: dict[int, Row]) -> bool:
    """Whether a member of a family has a better word than the milder one before it."""
    case, before = ALL[number], number - 1
    if not case.family or before not in rows or ALL[before].family != case.family:
        return False
    return _typical(rows[number]) > _typical(rows[before])


def _typical(row: Row) -> float:
    order = list(Level)
    return median(order.index(Level[word]) for word in row.words)


def _summary(rows: dict[int, Row]) -> int:
    runs: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    cells: Counter[str] = Counter()
    for number, row in rows.items():
        case = ALL[number]
        for group in (case.kind, "* the table" if case.table else ""):
            runs[group] += len(row.words)
            wrong[group] += row.wrong(case)
        for word, count in row.counts().items():
            if word not in case.words:
                cells[f"due {told(case.words)}, said {SHORT[word]}"] += count
    del runs[""], wrong[""]
    for kind in sorted(runs):
        if wrong[kind]:
            _write(f"{kind:28} {wrong[kind]:5} of {runs[kind]:5} wrong")
    _write("")
    for cell, count in cells.most_common():
        _write(f"{cell:44} {count:5}")
    bent = [ALL[number].name for number in rows if _improves(number, rows)]
    _write(f"\nbetter than the milder one before: {', '.join(bent) or 'none'}")
    strangers = sum(row.strangers for row in rows.values())
    _write(f"somebody else was named as the worst off in {strangers} runs")
    total = sum(len(row.words) for row in rows.values())
    misplaced = sum(row.wrong(ALL[number]) for number, row in rows.items())
    _write(f"{misplaced} wrong words in {total} runs of {len(rows)} cases")
    return 1 if misplaced or bent or strangers else 0


def _write(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
