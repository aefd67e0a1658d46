"""What the JSON documents of a comparison and of a sweep hold, as types; see `documents.py`."""

from typing import Annotated, Any, Literal, TypedDict

from queue_fairness.plan import Plan
from queue_fairness.report.documents import Count, Number, Program, RunDocument


class Recommendation(TypedDict):
    """Which strategy to take."""

    strategy: str | None
    verdict: str | None
    as_good: list[str]
    undecided: list[str]
    sentence: str


class RankedMeasure(TypedDict):
    """One quantity of a strategy over its repeats, and how it stands to the best."""

    median: Number
    min: Number
    max: Number
    mark: Literal["best", "same"] | None


class RowDocument(TypedDict):
    """One strategy of a comparison."""

    strategy: str
    verdict: str | None
    verdicts: list[str]
    failed: bool
    work_conserving: bool
    ignored_options: list[str]
    measures: dict[str, RankedMeasure]


class ComparisonDocument(TypedDict):
    """One load under several strategies."""

    schema: Literal[2]
    kind: Literal["comparison"]
    program: Program
    command: str
    plan: Annotated[dict[str, Any], Plan]
    repeats: int
    strategies: list[str]
    complete: bool
    recommendation: Recommendation
    ideal: dict[str, Number]
    scoreboard: list[RowDocument]
    runs: list[RunDocument]


class ReducedMeasure(TypedDict):
    """One quantity at one point over its repeats."""

    median: Number
    min: Number
    max: Number


class TrendMeasure(TypedDict):
    """How one quantity changes from the smallest value to the largest."""

    first: Number
    last: Number
    ratio: Number
    spread: Number


class TrendDocument(TypedDict):
    """How one strategy's quantities change."""

    strategy: str
    measures: dict[str, TrendMeasure]


class PointDocument(TypedDict):
    """One strategy at one value."""

    value: float
    strategy: str
    verdict: str | None
    verdicts: list[str]
    failed: bool
    ignored_options: list[str]
    work_bound: bool | None
    measures: dict[str, ReducedMeasure]
    runs: list[RunDocument]


class SweepDocument(TypedDict):
    """One load at several values of one number."""

    schema: Literal[2]
    kind: Literal["sweep"]
    program: Program
    command: str
    plan: Annotated[dict[str, Any], Plan]
    field: str
    values: list[float]
    total_tasks: Count
    repeats: int
    strategies: list[str]
    complete: bool
    sentence: str
    trend: list[TrendDocument]
    points: list[PointDocument]
