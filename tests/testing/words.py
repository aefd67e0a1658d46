"""How often the verdicts of small runs are wrong: disciplines whose word is known, at many sizes.

    uv run python tests/testing/words.py --runs 1000

A run is wrong if its word is none of those that are right for its discipline. INCONCLUSIVE is
counted apart: it claims nothing, and skips a test. Exits with 1 if any word was wrong.
"""

import argparse
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from api.queues import ByTurns, Loses, OneByOne

from queue_fairness import Plan, Verdict
from queue_fairness.testing.meter import Fairness

AVERAGE, UNFAIR = Verdict.FAIR_ON_AVERAGE_ONLY, Verdict.UNFAIR
RIGHT: dict[str | type, set[Verdict]] = {
    "round-robin": {Verdict.FAIR},
    "virtual-time": {Verdict.FAIR},
    ByTurns: {Verdict.FAIR},
    "random-ready": {AVERAGE},
    "fifo": {UNFAIR},
    "scan": {UNFAIR},
    OneByOne: {UNFAIR},
    Loses: {Verdict.BROKEN},
}
SLOW = (Loses,)
"""Those that take over a second a run, because what was lost is waited for: one run in fifty."""


@dataclass(slots=True)
class Tally:
    """What became of the runs."""

    words: Counter[tuple[str, str]]
    wrong: list[str]
    seconds: list[float]


def plan_of(draw: random.Random) -> Plan:
    """A small drain, of a size at which a verdict can be reached.

    The tasks stand in blocks: interleaved, every discipline takes turns.
    """
    workers = draw.randint(1, 8)
    return Plan(
        partitions=draw.randint(max(10, 4 * workers), 60),
        tasks_per_partition=draw.randint(5, 10),
        workers=workers,
        work_duration=0.001,
        seed=draw.randrange(1_000_000),
    )


def tally(runs: int, seed: int, told: Callable[[str], None]) -> Tally:
    """Make the runs, each discipline as often as the others but the slow ones."""
    draw = random.Random(seed)
    quick = [each for each in RIGHT if each not in SLOW]
    found = Tally(Counter(), [], [])
    meter = Fairness(redis_url=None, folder=None, present=lambda: None)
    try:
        for number in range(runs):
            is_slow = number % 50 == 49
            queue = SLOW[number % len(SLOW)] if is_slow else quick[number % len(quick)]
            plan = plan_of(draw)
            began = time.perf_counter()
            result = meter(queue, plan)
            found.seconds.append(time.perf_counter() - began)
            name, word = str(getattr(queue, "__name__", queue)), str(result.verdict)
            found.words[name, word] += 1
            if number % 100 == 99:
                told(f"{number + 1:,} runs, {len(found.wrong)} wrong so far")
            if result.verdict not in {*RIGHT[queue], Verdict.INCONCLUSIVE}:
                found.wrong.append(f"{name} is {word}: {plan.command}")
                told(found.wrong[-1])
    finally:
        meter.close()
    return found


def main() -> int:
    """Print the table; returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    found = tally(asked.runs, asked.seed, lambda line: print(line, flush=True))
    for (name, word), count in sorted(found.words.items()):
        print(f"{name:14} {word:22} {count:5,}")
    p95 = statistics.quantiles(found.seconds, n=20)[-1] if asked.runs > 1 else found.seconds[0]
    median = statistics.median(found.seconds)
    print(f"{asked.runs:,} runs, {len(found.wrong)} wrong")
    print(f"seconds a run: median {median:.3f}, p95 {p95:.3f}")
    return 1 if found.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
