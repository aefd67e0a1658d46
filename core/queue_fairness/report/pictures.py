"""What a picture of a report shows, before it is drawn: axes, curves, bars, a map.

Builders make pictures of results (`run_pictures`, `series_pictures`), and `drawing` draws them.
A picture knows neither colors nor sizes.
"""

from dataclasses import dataclass
from typing import Literal

Tone = Literal["good", "doubt", "bad", "plain"]
"""What something means to the reader: it decides its color, and never stands alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One axis: its ends, and the marks on it."""

    title: str
    """What it counts, with the unit."""
    low: float
    high: float
    """Above `low`."""
    ticks: tuple[tuple[float, str], ...]
    """Where marks stand, and what is written there."""
    is_log: bool = False
    """Whether equal steps are equal factors; then `low` is above 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Points joined by a line, in ascending order of x."""

    name: str
    points: tuple[tuple[float, float], ...]
    is_ideal: bool = False
    """Whether it is the computed baseline."""
    hollow: tuple[tuple[float, float], ...] = ()
    """Points that could not be judged: shown, and not joined."""
    has_dots: bool = False
    """Whether each point was measured by itself, and is marked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Curves over two axes."""

    title: str
    note: str = ""
    """How to read it, in a sentence."""
    x: Axis
    y: Axis
    curves: tuple[Curve, ...]
    marks: tuple[tuple[float, str], ...] = ()
    """Upright lines, such as what was done to the run, with a word each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """How many there are in each bin of an axis."""

    title: str
    note: str = ""
    x: Axis
    y: Axis
    edges: tuple[float, ...]
    """One more than there are counts, ascending."""
    counts: tuple[int, ...]
    marks: tuple[tuple[float, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """Rows over time: what share of its due each got."""

    title: str
    note: str = ""
    x: Axis
    rows: tuple[tuple[float | None, ...], ...]
    """From 0, nothing of what was due, to 1, all of it; None where nothing was due."""
    weights: tuple[int, ...]
    """How many partitions each row stands for: its height."""
    first: str
    """What the top row is."""
    last: str
    """What the bottom row is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One row of a ranking."""

    name: str
    value: float | None
    """None where it is not known."""
    text: str
    """The value in words."""
    label: str
    """What is said of it, such as a verdict."""
    tone: Tone
    is_advised: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """A bar for each name."""

    title: str
    note: str = ""
    x: Axis
    bars: tuple[Bar, ...]
    marks: tuple[tuple[float, str], ...] = ()


Picture = Chart | Histogram | Map | Ranking
