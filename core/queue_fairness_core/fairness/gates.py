"""Limits for CI: `--fail-if 'worst_wait_rounds.p99 > 3'`, checked against a run's JSON.

    dotted.name  operator  number        operators: <  <=  >  >=  ==  !=

The expression says what must *not* be. The names are those of the JSON document's measures; under
`fairness.` the prefix may be left out. A measure the run did not take fails its gate: a limit that
cannot be checked must not pass.
"""

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from queue_fairness_core.errors import PlanError

_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_EXPRESSION = re.compile(r"\s*([A-Za-z_][\w.]*)\s*(<=|>=|==|!=|<|>)\s*(\S+)\s*")
_MOMENTS = ("mean", "median", "stdev", "min", "max")

KNOWN_MEASURES: tuple[str, ...] = (
    *(f"fairness.first_pickup_rounds.{name}" for name in ("mean", "p50", "p99", "max")),
    *(f"fairness.worst_wait_rounds.{name}" for name in ("p50", "p99", "max")),
    "fairness.debt_tasks.now",
    "fairness.debt_tasks.max",
    "fairness.round_jain",
    "gates.work_conservation",
    "gates.evidence.rounds",
    "gates.evidence.contended_share",
    *(f"cost_per_pop.{name}" for name in ("round_trips", "scans", "lost_locks")),
    *(
        f"totals.{name}"
        for name in (
            "enqueued",
            "completed",
            "lost",
            "duplicated",
            "lock_races",
            "elapsed_s",
            "throughput_per_s",
        )
    ),
    *(f"wait_s.{name}" for name in (*_MOMENTS, "p95", "p99")),
    "pop_s.p50",
    "pop_s.p99",
    *(f"first_pickup_s.{name}" for name in (*_MOMENTS, "spread")),
    "first_pickup_share.mean",
    "first_pickup_share.max",
    "partitions_never_served",
    *(f"partition_wait_s.{name}" for name in (*_MOMENTS, "spread")),
    *(f"event_loop_lag_ms.{name}" for name in ("p50", "p99", "max")),
)
"""The measures of the JSON document that a gate may name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailIf:
    """A parsed limit: the run fails if `name operator limit` holds."""

    expression: str
    """As the user wrote it, outer spaces removed."""
    name: str
    """Full dotted name of the measure."""
    operator: str
    limit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """What became of a limit."""

    expression: str
    value: float | None
    """The measured value; None where it was not measured."""
    passed: bool
    """Whether the expression does *not* hold. False where it was not measured."""

    @property
    def reason(self) -> str:
        """The measured value, or "not measured"."""
        return "not measured" if self.value is None else f"{self.value:.4g}"


def numeric_names(document: Mapping[str, object], prefix: str = "") -> tuple[str, ...]:
    """Dotted names of the numbers in a JSON document, None counting as a number not measured."""
    names: list[str] = []
    for key, value in document.items():
        if isinstance(value, Mapping):
            names += numeric_names(value, f"{prefix}{key}.")
        elif value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
            names.append(f"{prefix}{key}")
    return tuple(names)


def parse_fail_if(expression: str, known: Iterable[str] = KNOWN_MEASURES) -> FailIf:
    """Read a limit.

    Args:
        expression: Such as `worst_wait_rounds.p99 > 3`.
        known: The full names that may be used.

    Raises:
        PlanError: The expression is wrong; the message says how and names the known measures.
    """
    names = tuple(known)
    match = _EXPRESSION.fullmatch(expression)
    if match is None:
        raise _refused(expression, "write NAME OPERATOR NUMBER, as in 'round_jain < 0.85'", names)
    short, sign, number = match.groups()
    name = short if short in names else f"fairness.{short}"
    if name not in names:
        raise _refused(expression, f"no measure is called {short!r}", names, short)
    try:
        limit = float(number)
    except ValueError:
        raise _refused(expression, f"{number!r} is not a number", names) from None
    if limit != limit:
        raise _refused(expression, "nan compares with nothing", names)
    return FailIf(expression=expression.strip(), name=name, operator=sign, limit=limit)


def evaluate(limit: FailIf, document: Mapping[str, object]) -> GateResult:
    """Check a limit against a run's JSON document; a missing or null measure fails."""
    value: object = document
    for part in limit.name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return GateResult(expression=limit.expression, value=None, passed=False)
    holds = _OPERATORS[limit.operator](value, limit.limit)
    return GateResult(expression=limit.expression, value=value, passed=not holds)


def _refused(
    expression: str, reason: str, names: tuple[str, ...], short: str | None = None
) -> PlanError:
    near = get_close_matches(short, [*names, *map(_short, names)], 1, 0.7) if short else []
    hint = f" (did you mean {near[0]}?)" if near else ""
    listed = ", ".join(map(_short, names))
    return PlanError(
        "fail_if", f"--fail-if {expression.strip()!r}: {reason}{hint}; the measures are {listed}."
    )


def _short(name: str) -> str:
    return name.removeprefix("fairness.")
