"""Run every scenario with many seeds and print the measures and verdicts.

    python tests/fairness/calibrate.py --seeds 20 [--only "A 50"] [--narrow]

Cells are the median over seeds with the lowest and highest value in parentheses; `--narrow` prints
the lowest and highest value only, in the form of the table in fairness/calibration.py. `<` marks a
verdict better than the scenario allows, `>` a worse one where FAIR is due; both make it exit 1.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import median

# Run as a file, it finds neither the package nor the other tools of its directory.
sys.path[:0] = [str(Path(__file__).parents[2] / "core"), str(Path(__file__).parents[1])]

from fairness.scenarios import FAIR, SCENARIOS, run  # noqa: E402
from fairness.simulator import DISCIPLINES  # noqa: E402

from queue_fairness_core.fairness import Word  # noqa: E402

COLUMNS = (
    "first mean",
    "wait p99",
    "wait max",
    "debt",
    "Jain",
    "first/repeat",
    "emptied",
    "contended",
    "load",
    "refused",
)
Row = tuple[str, tuple[float, ...]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--only", default="", help="scenarios whose name starts so")
    parser.add_argument("--narrow", action="store_true", help="fixed columns, for the docstring")
    arguments = parser.parse_args()
    show = narrow if arguments.narrow else line
    cases = [
        (number, name)
        for number, scenario in enumerate(SCENARIOS)
        if scenario.name.startswith(arguments.only)
        for name in scenario.best
    ]
    if not arguments.narrow:
        write("| scenario | discipline | verdicts | " + " | ".join(COLUMNS) + " |")
        write("|---" * (3 + len(COLUMNS)) + "|")
    wrong = 0
    with ProcessPoolExecutor() as pool:
        for (number, name), rows in zip(
            cases, pool.map(repeat, cases, [arguments.seeds] * len(cases)), strict=True
        ):
            best = SCENARIOS[number].best[name]
            wrong += sum(bool(misplaced(Word[word], best)) for word, _ in rows)
            write(show(SCENARIOS[number].name, name, best, rows))
    write(f"\n{wrong} misplaced verdicts in {len(cases) * arguments.seeds} runs")
    return 1 if wrong else 0


def repeat(case: tuple[int, str], seeds: int) -> list[Row]:
    """The verdict and measures of one scenario under one discipline, seed by seed."""
    scenario = SCENARIOS[case[0]]
    discipline = next(d for d in DISCIPLINES if d.name == case[1])
    rows: list[Row] = []
    for seed in range(1, seeds + 1):
        m, verdict = run(scenario, discipline, seed)
        values = (
            m.first_pickup_rounds.mean,
            m.worst_wait_rounds.p99,
            m.worst_wait_rounds.max,
            m.debt_tasks_max,
            m.round_jain or 0.0,
            m.first_pickup_rounds.mean / max(m.repeat_pickup_rounds, 0.01),
            m.emptied_before_median,
            m.contended_share,
            m.conservation.load,
            m.conservation.refused or 0.0,
        )
        rows.append((verdict.word.name, values))
    return rows


def misplaced(word: Word, best: Word) -> str:
    """`<` for a verdict better than `best`, `>` for a worse one than FAIR, else nothing."""
    order = list(Word)
    if order.index(word) > order.index(best):
        return "<"
    return ">" if best is FAIR and word is not FAIR else ""


def write(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def line(scenario: str, discipline: str, best: Word, rows: Sequence[Row]) -> str:
    counts = Counter(Word[word] for word, _ in rows)
    verdicts = ", ".join(
        f"{misplaced(word, best)}{word.text} {count}" for word, count in counts.most_common()
    )
    columns = zip(*(values for _, values in rows), strict=True)
    cells = " | ".join(cell(values) for values in columns)
    return f"| {scenario} | {discipline} | {verdicts} | {cells} |"


def narrow(scenario: str, discipline: str, best: Word, rows: Sequence[Row]) -> str:
    counts = Counter(Word[word] for word, _ in rows)
    verdicts = " ".join(
        f"{misplaced(word, best)}{SHORT[word]}{count}" for word, count in counts.most_common()
    )
    columns = dict(zip(COLUMNS, zip(*(values for _, values in rows), strict=True), strict=True))
    cells = " ".join(f"{extremes(columns[name]):>{width}}" for name, width in NARROW.items())
    return f"{scenario:19.19} {discipline:12} {verdicts:20} {cells}"


NARROW = {"wait p99": 9, "debt": 8, "Jain": 7, "contended": 7, "load": 7}
SHORT = {
    Word.BROKEN: "broken",
    Word.INCONCLUSIVE: "?",
    Word.STARVING: "starv",
    Word.UNFAIR: "unfair",
    Word.FAIR_ON_AVERAGE_ONLY: "avg",
    Word.FAIR: "fair",
}


def extremes(values: Sequence[float]) -> str:
    """Lowest and highest to two digits: `.12-.14`, `5.3-6.1`, `598-2354`."""
    low, high = (three_characters(value) for value in (min(values), max(values)))
    return low if low == high else f"{low}-{high}"


def three_characters(value: float) -> str:
    if value < 0.995:
        return f"{value:.2f}".removeprefix("0")
    return f"{value:.1f}" if value < 9.95 else f"{value:.0f}"


def cell(values: Sequence[float]) -> str:
    low, middle, high = min(values), median(values), max(values)
    digits = 0 if middle >= 100 else 2
    if f"{low:.{digits}f}" == f"{high:.{digits}f}":
        return f"{middle:.{digits}f}"
    return f"{middle:.{digits}f} ({low:.{digits}f}-{high:.{digits}f})"


if __name__ == "__main__":
    sys.exit(main())
