"""What every benchmark shares: interleaved repeats, medians, ratios, and where they were measured.

A figure without its other side says little, and a machine is not the same from one minute to the
next. So both sides of a ratio are measured by turns, in one process run, and the ratio is the
median of the pairs' ratios.
"""

import argparse
import asyncio
import os
import platform
import shutil
import subprocess
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import cycle, islice
from pathlib import Path
from statistics import median

from queue_fairness.server.programs import bundled_program


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure is held against: printed beside it, never asserted."""

    limit: float
    at_least: bool = True

    def said(self, value: float) -> str:
        """The target, and whether the value meets it."""
        met = value >= self.limit if self.at_least else value <= self.limit
        sign = ">=" if self.at_least else "<="
        return f"target {sign} {self.limit:g}: {'met' if met else 'MISSED'}"


def options(description: str, repeats: int = 5) -> argparse.ArgumentParser:
    """A parser with the options that all benchmarks have."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=repeats, help="interleaved repeats")
    return parser


def interleave(sides: Mapping[str, Callable[[], float]], repeats: int) -> dict[str, list[float]]:
    """Measure each side so often, by turns, beginning with another one each time."""
    names = list(sides)
    values: dict[str, list[float]] = {name: [] for name in names}
    for repeat in range(repeats):
        for name in islice(cycle(names), repeat % len(names), repeat % len(names) + len(names)):
            values[name].append(sides[name]())
    return values


async def interleave_runs(
    sides: Mapping[str, Callable[[], Coroutine[None, None, float]]], repeats: int
) -> dict[str, list[float]]:
    """The same where measuring has to be awaited."""
    loop = asyncio.get_running_loop()
    names = list(sides)
    values: dict[str, list[float]] = {name: [] for name in names}
    for repeat in range(repeats):
        for name in islice(cycle(names), repeat % len(names), repeat % len(names) + len(names)):
            values[name].append(await loop.create_task(sides[name]()))
    return values


def show_side(name: str, values: Sequence[float], unit: str, target: Target | None = None) -> None:
    """Print the median of one side, and how far its repeats spread."""
    middle = median(values)
    held = f"   {target.said(middle)}" if target else ""
    spread = f"({_number(min(values))} to {_number(max(values))}, {len(values)} repeats)"
    print(f"  {name:44} {_number(middle):>10} {unit:8} {spread}{held}", flush=True)


def show_ratio(
    name: str, above: Sequence[float], below: Sequence[float], target: Target | None = None
) -> None:
    """Print the median of the pairs' ratios."""
    ratio = median(a / b if b else float("inf") for a, b in zip(above, below, strict=True))
    held = f"   {target.said(ratio)}" if target else ""
    print(f"  ratio {name:38} {ratio:>10.3f}{held}", flush=True)


def show_machine(engine: str) -> None:
    """Print where this is measured, and with what."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = " ".join(f"{each:.2f}" for each in os.getloadavg())
    libraries = ", ".join(f"{name} {version(name)}" for name in ("textual", "redis", "hiredis"))
    print(f"machine:  {cpu_model()}, {cores} cores, load average {load}")
    print(f"versions: Python {platform.python_version()}, {libraries}; {engine}", flush=True)


def cpu_model() -> str:
    """The processor's name; the architecture where nothing tells it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())


def engine_of(program: str) -> str:
    """The server's own word on its version; `program` may be `bundled`."""
    path = bundled_program() if program == "bundled" else shutil.which(program)
    if path is None:
        raise SystemExit(f"there is no server {program}")
    asked = subprocess.run([path, "--version"], capture_output=True, text=True, check=True)
    return f"{asked.stdout.split(' sha=')[0].strip()} ({program})"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
