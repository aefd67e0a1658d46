"""Limits for CI: `--fail-if 'worst_wait_rounds.p99 > 3'`, checked against a run's JSON.

    name     operator  number        operators: <  <=  >  >=  ==  !=
    name     operator  1.2 * baseline, baseline + 0.5: what the baseline measured under this load
    verdict  operator  word          BROKEN < STARVING < UNFAIR < FAIR ON AVERAGE ONLY < FAIR

The expression says what must *not* be. A name is a number's path in the JSON document, or less:

    worst_wait_rounds.p99   the end of one path only
    worst_wait_rounds       a group of numbers: the largest of the quantity, its `max`
    jain                    one of `SHORT_NAMES`
    plan.workers            what was asked for, by its whole path only

A limit on what was not measured is neither kept nor broken. Neither is one on a verdict that
stands in no order, such as INCONCLUSIVE, unless the limit names that very word.
"""

import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from queue_fairness.errors import PlanError
from queue_fairness.fairness.word import Level
from queue_fairness.formatting.similar import closest
from queue_fairness.plan.field import read_number, read_seconds

OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
VERDICT = "verdict"
"""What a limit on the verdict calls it."""
VERDICT_NAME = "verdict.word"
"""The verdict's path in the document."""
ORDER = (
    Level.BROKEN,
    Level.STARVING,
    Level.UNFAIR,
    Level.FAIR_ON_AVERAGE_ONLY,
    Level.FAIR,
)
"""The words that can be compared, worst first. Any other compares with nothing but itself."""
SHORT_NAMES: Mapping[str, str] = {
    "worst_wait": "fairness.worst_wait_rounds.max",
    "debt": "fairness.debt_tasks.max",
    "jain": "fairness.round_jain",
    "wait": "wait_s.max",
    "throughput": "totals.throughput_per_s",
    "elapsed": "totals.elapsed_s",
    "lag": "event_loop_lag_ms.max",
}
"""Names of numbers besides those that their paths give."""
KNOWN_MEASURES = tuple(SHORT_NAMES.values())
"""The numbers that have such a name."""

_EXPRESSION = re.compile(r"\s*([A-Za-z_][\w.]*)\s*(<=|>=|==|!=|<|>)\s*(.*\S)\s*", re.DOTALL)
_NUMBER = r"(\d+(?:\.\d*)?|\.\d+)"
_BASELINE = re.compile(
    rf"(?:{_NUMBER}\s*\*\s*)?baseline(?:\s*\*\s*{_NUMBER})?(?:\s*([+-])\s*{_NUMBER})?"
)
_QUOTES = "'\""
_FAIRNESS = "fairness."
_PLAN = "plan."
_LARGEST = ("max",)
_TRUTH = {"true": 1.0, "false": 0.0, "yes": 1.0, "no": 0.0}
_AVERAGE = ("avg", "average", "on average", "fair on average")
_WORDS = {
    **{each.text.casefold(): each for each in Level},
    **dict.fromkeys(_AVERAGE, Level.FAIR_ON_AVERAGE_ONLY),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FailIf:
    """A parsed limit: the run fails if `name operator limit` holds."""

    expression: str
    """As the user wrote it, outer spaces and quotes removed."""
    name: str
    """The full path of the number, or `VERDICT_NAME`."""
    operator: str
    limit: "float | Level | OfBaseline"


@dataclass(frozen=True, slots=True)
class OfBaseline:
    """What the baseline has of the same name, times a factor, and more or less: `1.2 * baseline`.

    Of a verdict it is the baseline's own word.
    """

    factor: float = 1.0
    more: float = 0.0


OwnBaseline = Callable[[str], float | Level | None]
"""What the baseline has by a path, its word for the verdict's; None where it has nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitResult:
    """What became of a limit."""

    expression: str
    value: float | Level | None
    """What was measured; None where it was not."""
    passed: bool | None
    """Whether the expression does *not* hold; None where that cannot be decided."""
    reason: str
    """What was measured, in words: `9.96`, `UNFAIR`, "not measured"."""


def numeric_names(document: Mapping[str, object], prefix: str = "") -> tuple[str, ...]:
    """The paths of the numbers in a JSON document; those in lists have none.

    Truth values count as numbers, and so does None: a number not measured.
    """
    names: list[str] = []
    for key, value in document.items():
        if isinstance(value, Mapping):
            names += numeric_names(value, f"{prefix}{key}.")
        elif value is None or isinstance(value, int | float):
            names.append(f"{prefix}{key}")
    return tuple(names)


def parse_fail_if(expression: str, known: Iterable[str]) -> FailIf:
    """Read a limit.

    Args:
        expression: Such as `worst_wait_rounds.p99 > 3`, or `verdict < FAIR`.
        known: The paths that may be named, besides the verdict.

    Raises:
        PlanError: The expression is wrong; the message says how, in one sentence.
    """
    expression = _unquoted(expression)
    match = _EXPRESSION.fullmatch(expression)
    if match is None:
        form = "write NAME OPERATOR VALUE, as in 'jain < 0.8' or 'verdict < FAIR'"
        raise _refused(expression, form)
    short, sign, text = match.groups()
    of_baseline = _parse_of_baseline(text)
    if short.lower() in (VERDICT, VERDICT_NAME):
        limit = of_baseline or _parse_word(expression, sign, text)
        return FailIf(expression=expression, name=VERDICT_NAME, operator=sign, limit=limit)
    try:
        name = full_name(short, known)
    except LookupError as error:
        raise _refused(expression, str(error)) from None
    number = of_baseline or _parse_number(expression, text, name)
    return FailIf(expression=expression, name=name, operator=sign, limit=number)


def parse_require(text: str) -> FailIf:
    """The limit that breaks unless the verdict is at least this word.

    Raises:
        PlanError: It is no word, or none that a run could fall short of.
    """
    word = _WORDS.get(_plain(text))
    if word not in ORDER[1:]:
        words = ", ".join(each.text for each in reversed(ORDER[1:]))
        raise PlanError("require", f"--require {text.strip()!r}: choose one of {words}")
    return FailIf(
        expression=f"{VERDICT} < {word.text}", name=VERDICT_NAME, operator="<", limit=word
    )


def full_name(short: str, known: Iterable[str]) -> str:
    """The path that a name stands for.

    Raises:
        LookupError: It stands for none, or for several; the message says which are near.
    """
    names, short = tuple(known), short.lower()
    for name in (short, SHORT_NAMES.get(short, ""), f"{_FAIRNESS}{short}"):
        if name in names:
            return name
    measured = _measured(names)
    ends = [name for name in measured if name.endswith(f".{short}")]
    largest = [name for name in measured if f".{name}".endswith(_largest_of(short))]
    members = [name for name in measured if f".{short}." in f".{name}"]
    found = ends or largest or members
    if len(found) == 1:
        return found[0]
    if found:
        listed = ", ".join(map(brief, found))
        raise LookupError(f"{short!r} may be one of {listed}")
    near = closest(short, _all_names(measured))
    hint = f" (did you mean {near}?)" if near is not None else ""
    raise LookupError(f"no number is called {short!r}{hint}")


def brief(name: str) -> str:
    """A path without what need not be written."""
    return name.removeprefix(_FAIRNESS)


def evaluate(
    limit: FailIf, document: Mapping[str, object], baseline: OwnBaseline | None = None
) -> LimitResult:
    """Check a limit against a run's JSON document.

    Args:
        limit: The limit.
        document: The run's.
        baseline: What the baseline has under the same load; None where there is none.
    """
    if isinstance(limit.limit, OfBaseline):
        return _evaluate_of_baseline(limit, limit.limit, document, baseline)
    value: object = document
    for part in limit.name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if isinstance(limit.limit, Level):
        return _evaluate_word(limit, limit.limit, value)
    if not isinstance(value, int | float):
        return LimitResult(
            expression=limit.expression,
            value=None,
            passed=None,
            reason=f"not measured{_what(limit)}",
        )
    compare, bound = OPERATORS[limit.operator], limit.limit

    def holds(number: float) -> bool:
        return compare(number, bound)

    return LimitResult(
        expression=limit.expression,
        value=value,
        passed=not holds(value),
        reason=f"{_shown(value, holds)}{_what(limit)}",
    )


def _evaluate_of_baseline(
    limit: FailIf,
    wanted: OfBaseline,
    document: Mapping[str, object],
    baseline: OwnBaseline | None,
) -> LimitResult:
    """Put what the baseline has into the limit, and check that."""
    found = baseline(limit.name) if baseline is not None else None
    if found is None:
        reason = "the baseline has nothing of that under this load"
        return LimitResult(expression=limit.expression, value=None, passed=None, reason=reason)
    bound = found if isinstance(found, Level) else wanted.factor * found + wanted.more
    result = evaluate(replace(limit, limit=bound), document)
    shown = bound.text if isinstance(bound, Level) else f"{bound:,.4g}"
    return replace(result, reason=f"{result.reason}, against {shown}")


def _evaluate_word(limit: FailIf, word: Level, value: object) -> LimitResult:
    seen = _WORDS.get(value.casefold()) if isinstance(value, str) else None
    return LimitResult(
        expression=limit.expression,
        value=seen,
        passed=None if seen is None else _keeps(seen, limit.operator, word),
        reason=str(value) if value is not None else "no verdict",
    )


def _keeps(seen: Level, sign: str, word: Level) -> bool | None:
    """Whether a verdict keeps a limit; None where the two cannot be compared."""
    if word not in ORDER:
        return (seen is word) is (sign == "!=")
    if seen not in ORDER:
        return None
    return not OPERATORS[sign](ORDER.index(seen), ORDER.index(word))


def _what(limit: FailIf) -> str:
    """The path, where the user wrote something shorter that does not show it."""
    written = re.split(r"[\s<>=!]", limit.expression, maxsplit=1)[0].lower()
    return "" if limit.name.endswith(written) else f" ({brief(limit.name)})"


def _shown(value: float, holds: Callable[[float], bool]) -> str:
    """A number with as few digits as keep it on its side of the limit, four at least."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value:,}"
    whole = len(f"{abs(value):.0f}")
    texts = (f"{value:,.{digits}g}" for digits in range(max(4, whole), max(17, whole)))
    right = (text for text in texts if holds(float(text.replace(",", ""))) is holds(value))
    return next(right, f"{value!r}")


def _parse_word(expression: str, sign: str, text: str) -> Level:
    word = _WORDS.get(_plain(text))
    if word is None:
        words = ", ".join(each.text for each in Level)
        raise _refused(expression, f"{_unquoted(text)!r} is none of the verdicts {words}")
    if word not in ORDER and sign not in ("==", "!="):
        raise _refused(expression, f"{word.text} is neither better nor worse: use == or !=")
    return word


def _parse_of_baseline(text: str) -> OfBaseline | None:
    """`baseline`, `1.2 * baseline`, `baseline + 0.5`; None for anything else."""
    match = _BASELINE.fullmatch(_unquoted(text).lower())
    if match is None:
        return None
    before, after, sign, more = match.groups()
    factor = float(before or 1) * float(after or 1)
    return OfBaseline(factor, float(f"{sign}{more}") if more else 0.0)


def _parse_number(expression: str, text: str, name: str) -> float:
    """A number as people write it: `3`, `10k`, and `100ms` of a time."""
    text = _unquoted(text)
    if text.lower() in _TRUTH:
        return _TRUTH[text.lower()]
    try:
        number = _read_number(text, name)
    except ValueError:
        raise _refused(expression, f"{text!r} is not a number") from None
    if not math.isfinite(number):
        raise _refused(expression, f"{text} is no limit: write a finite number")
    return number


def _read_number(text: str, name: str) -> float:
    """The number in the unit of what it limits; ValueError if it is none.

    Durations are in seconds, and those named `_ms` in milliseconds.
    """
    try:
        return read_number(text)
    except ValueError:
        parts = name.split(".")
        if any(each.endswith("_ms") for each in parts):
            return read_seconds(text) * 1000
        if any(each.endswith("_s") and not each.endswith("_per_s") for each in parts):
            return read_seconds(text)
        raise


def _unquoted(text: str) -> str:
    """A text without outer spaces, and without quotes that a shell or CI file has left on."""
    text = text.strip()
    inside = text[1:-1]
    if len(text) > 1 and text[0] == text[-1] and text[0] in _QUOTES and text[0] not in inside:
        return inside.strip()
    return text


def _plain(text: str) -> str:
    """A word as the table of words has it: FAIR_ON_AVERAGE_ONLY as `fair on average only`."""
    return " ".join(re.split(r"[\s_-]+", text.casefold().strip(f" {_QUOTES}")))


def _all_names(names: Sequence[str]) -> list[str]:
    """Everything that may be written for one of these, shorter first."""
    paths = [name.split(".") for name in names]
    ends = {".".join(path[start:]) for path in paths for start in range(len(path))}
    groups = {path[-2] for path in paths if len(path) > 1 and path[-1] in _LARGEST}
    short = [each for each, name in SHORT_NAMES.items() if name in names]
    return [*sorted({VERDICT, *short, *groups, *ends}, key=lambda name: (len(name), name))]


def _measured(names: Sequence[str]) -> list[str]:
    """All but what was asked for."""
    return [name for name in names if not name.startswith(_PLAN)]


def _largest_of(group: str) -> tuple[str, ...]:
    return tuple(f".{group}.{each}" for each in _LARGEST)


def _refused(expression: str, reason: str) -> PlanError:
    return PlanError("fail_if", f"--fail-if {expression!r}: {reason}; see --fail-if help")
