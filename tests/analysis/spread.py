"""How far chance puts two runs of one queue apart: what the margins of a difference rest on.

    uv run python tests/analysis/spread.py --runs 8

Measures each strategy several times under the same load, drains and loads that go on, and prints
for every number that two results are compared by the widest spread seen, as a share of the larger
value, beside the margin. Rates and times have none: their own repeats decide.
"""

import argparse

from queue_fairness.analysis.difference import QUANTITIES
from queue_fairness.testing.meter import Fairness

DRAINS = (
    {"partitions": 20, "tasks_per_partition": 5, "workers": 4, "work_duration": 0.001},
    {"partitions": 100, "tasks_per_partition": 10, "workers": 8, "work_duration": 0.002},
)
OPEN = (
    {"partitions": 60, "workers": 6, "load": 0.9, "duration": 3, "work_duration": 0.02},
    {"partitions": 60, "workers": 6, "load": 1.2, "duration": 3, "work_duration": 0.02},
)
STRATEGIES = ("round-robin", "virtual-time", "random-ready", "fifo", "scan", "scan-resume")


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--runs", type=int, default=8)
    runs = parser.parse_args().runs
    meter = Fairness(redis_url=None, folder=None, present=lambda: None)
    print(f"{'':34}{'seen':>6}{'margin':>8}  widest of")
    for title, loads in (("drains", DRAINS), ("loads that go on", OPEN)):
        widest: dict[str, tuple[float, str]] = {}
        for load in loads:
            for strategy in STRATEGIES:
                results = [meter(strategy, None, **load) for _ in range(runs)]
                for each in QUANTITIES:
                    found = [v for r in results if (v := r.measures[each.path]) is not None]
                    spread = max(found) - min(found) if found else 0.0
                    share = spread / max(found) if spread > each.least else 0.0
                    widest[each.path] = max(widest.get(each.path, (0.0, "")), (share, strategy))
        print(title)
        for each in QUANTITIES:
            if not each.is_timed:
                share, strategy = widest[each.path]
                margin = each.share if loads is DRAINS else each.open_share
                print(f"  {each.path:32}{share:6.2f}{margin:8.2f}  {strategy}")
    meter.close()


if __name__ == "__main__":
    main()
