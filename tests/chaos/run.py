"""Run many cases of the chaos test; print what broke, grouped by promise.

    python tests/chaos/run.py --seeds 200 --jobs 3 [--first 0] [--minutes 30] [--lines FILE]
    python tests/chaos/run.py --seed 17 [--show] [--dry]

A seed that fails beside others is run once more alone: on a busy machine only what it does then
counts. `--dry` prints the case and runs nothing; `--show` prints what the program said.
Exit status 1 if a promise was broken.
"""

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from pathlib import Path

# Run as a file, it does not find the other tools of its directory.
sys.path[:0] = [str(Path(__file__).parents[1])]

from chaos.case import Case, draw  # noqa: E402
from chaos.promises import Breach, Outcome, breaches  # noqa: E402
from chaos.runner import carry_out, command_of, end_in_order, hear_signals  # noqa: E402

Found = tuple[int, list[Breach], str]
"""A seed, what broke, and how it went in one line."""


def main(arguments: Sequence[str]) -> int:
    """Run what is asked for; returns the exit status."""
    asked = _parser().parse_args(arguments)
    _prepare()
    if asked.seed is not None:
        return _one(asked.seed, show=asked.show, dry=asked.dry)
    seeds = range(asked.first, asked.first + asked.seeds)
    suspects = _many(seeds, asked.jobs, asked.minutes * 60)
    _print(f"{len(suspects)} of {len(seeds)} seeds to be looked at alone")
    confirmed: list[Found] = []
    for seed, before, _ in suspects:
        again = try_seed(seed)
        _say(again)
        if again[1]:
            confirmed.append(again)
        else:
            _print(f"  (only beside others: {', '.join(each.promise for each in before)})")
    _sum_up(confirmed)
    if asked.lines:
        _write_lines(confirmed, Path(asked.lines))
    return 1 if confirmed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=200, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--jobs", type=int, default=2, help="cases at a time")
    parser.add_argument("--minutes", type=float, default=600.0, help="begin no case after that")
    parser.add_argument("--lines", help="write what broke to this file, a JSON object a line")
    parser.add_argument("--seed", type=int, help="run this one only")
    parser.add_argument("--show", action="store_true", help="with --seed: what the program said")
    parser.add_argument("--dry", action="store_true", help="with --seed: print the case only")
    return parser


def _prepare() -> None:
    hear_signals()
    end_in_order()


def _one(seed: int, *, show: bool, dry: bool) -> int:
    case = draw(seed)
    _print(case)
    if dry:
        return 0
    outcome = carry_out(case)
    _print(told(outcome))
    if show:
        _print(outcome.text)
    found = breaches(case, outcome)
    for breach in found:
        _print(f"  ✗ {breach.promise}: {breach.seen}")
    _print("all promises were kept" if not found else command_of(seed))
    return 1 if found else 0


def told(outcome: Outcome) -> str:
    """How a case went, in one line."""
    kinds = ", ".join(each.kind for each in outcome.done) or "nothing"
    begun = "" if outcome.begun else "; no key was seen"
    return f"status {outcome.status}; done to it: {kinds}{begun}"


def try_seed(seed: int) -> Found:
    """Carry out the case of a seed."""
    case = draw(seed)
    began = time.monotonic()
    outcome = carry_out(case)
    took = f"{time.monotonic() - began:.1f} s"
    return seed, breaches(case, outcome), f"{told(outcome)}; {took}"


def _many(seeds: range, jobs: int, most_s: float) -> list[Found]:
    deadline = time.monotonic() + most_s
    failed: list[Found] = []
    left = iter(seeds)
    with ProcessPoolExecutor(jobs, initializer=_prepare) as pool:
        running: set[Future[Found]] = set()
        while True:
            while len(running) < jobs and time.monotonic() < deadline:
                seed = next(left, None)
                if seed is None:
                    break
                running.add(pool.submit(try_seed, seed))
            if not running:
                return sorted(failed, key=lambda found: found[0])
            ended, running = wait(running, return_when=FIRST_COMPLETED)
            for each in ended:
                found = each.result()
                _say(found)
                if found[1]:
                    failed.append(found)


def _say(found: Found) -> None:
    seed, broken, told_ = found
    _print(f"{'✗' if broken else '✓'} seed {seed}: {told_}")
    for breach in broken:
        _print(f"    {breach.promise}: {breach.seen}")


def _sum_up(confirmed: Sequence[Found]) -> None:
    by_promise: dict[str, list[int]] = defaultdict(list)
    for seed, broken, _ in confirmed:
        for promise in {breach.promise for breach in broken}:
            by_promise[promise].append(seed)
    for promise, seeds in sorted(by_promise.items(), key=lambda item: -len(item[1])):
        _print(f"{promise}: {len(seeds)} seeds, {', '.join(map(str, seeds))}")
    for seed, _, _ in confirmed:
        _print(f"  {command_of(seed)}")
    if not confirmed:
        _print("all promises were kept")


def _print(line: object) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _write_lines(confirmed: Sequence[Found], path: Path) -> None:
    lines = (
        json.dumps(
            {
                "seed": seed,
                "case": _described(draw(seed)),
                "how": how,
                "broken": [[each.promise, each.seen] for each in broken],
            }
        )
        for seed, broken, how in confirmed
    )
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _described(case: Case) -> str:
    return str(case)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
