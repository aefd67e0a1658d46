"""Limits on what `attach` finds: `--fail-if 'oldest_s.max > 600'`, and the exit status.

A name is a number's path in the JSON document, or the end of one; `headline` is compared with a
word. A figure that is a lower bound breaks a limit that it is over, and leaves open one that it is
under.
"""

from collections.abc import Mapping, Sequence

from queue_fairness.attach.headline import Word
from queue_fairness.attach.model import Bound
from queue_fairness.errors import PlanError
from queue_fairness.outside import from_outside
from queue_fairness.report.limit import OPERATORS, LimitResult, evaluate, parse_fail_if
from queue_fairness.report.limits import BROKEN_LIMIT, UNDECIDED

NUMBERS: Mapping[str, str] = {
    "oldest_s.max": "the longest wait now, in s",
    "oldest_s.p99": "the same of all but one tenant in a hundred, in s",
    "oldest_s.median": "the same of half the tenants, in s",
    "totals.partitions": "tenants",
    "totals.with_work": "tenants with tasks that wait",
    "totals.waiting": "tasks that wait",
    "totals.in_service": "tasks in service",
    "totals.starved": "tenants that are starved",
    "totals.stuck": "locks, or tasks, that nobody holds any more",
    "totals.dispatches_seen": "tasks seen to be taken",
    "totals.dispatches": "tasks taken, by the server's count",
    "totals.rate_per_s": "tasks taken per s",
    "coverage": "share of the dispatches that was seen",
    "forecast.drain_s": "until nothing waits, in s",
    "cost.redis_ms": "the server's time that looking took, in ms",
    "cost.share": "the same as a share of the time watched",
    "watched_s": "how long was watched, in s",
}
"""What a limit may name, and what it means."""
HEADLINE = "headline"
LOWER_BOUNDS = ("oldest_s.",)
"""Numbers that are lower bounds if the document says so."""


def check(expressions: Sequence[str]) -> None:
    """Refuse limits that make no sense, before anything is asked.

    Raises:
        PlanError: With one sentence.
    """
    for each in expressions:
        if _headline(each) is None:
            parse_fail_if(each, NUMBERS)


def results(expressions: Sequence[str], document: Mapping[str, object]) -> tuple[LimitResult, ...]:
    """What becomes of each limit."""
    return tuple(_result(each, document) for each in expressions)


def status(found: Sequence[LimitResult]) -> int:
    """The exit status: 3 for a broken limit, 4 for one that cannot be decided, else 0."""
    passed = [each.passed for each in found]
    if False in passed:
        return BROKEN_LIMIT
    return UNDECIDED if None in passed else 0


def _result(expression: str, document: Mapping[str, object]) -> LimitResult:
    words = _headline(expression)
    if words is not None:
        sign, word = words
        told = document["headline"]
        assert isinstance(told, Mapping), "the document has one"
        is_so = OPERATORS[sign](float(told["word"] == word), 1.0)
        return LimitResult(
            expression=expression, value=None, passed=not is_so, reason=str(told["word"])
        )
    limit = parse_fail_if(expression, NUMBERS)
    found = evaluate(limit, document)
    oldest = document["oldest_s"]
    assert isinstance(oldest, Mapping), "the document has them"
    is_bound = limit.name.startswith(LOWER_BOUNDS) and oldest["bound"] == Bound.AT_LEAST
    is_over = limit.operator in (">", ">=") and found.passed is False
    is_under = limit.operator in ("<", "<=") and found.passed is True
    if is_bound and not (is_over or is_under):
        return LimitResult(
            expression=expression,
            value=None,
            passed=None,
            reason=f"at least {found.reason}, which cannot be decided",
        )
    return found


def _headline(expression: str) -> tuple[str, str] | None:
    """Operator and word of a limit on the headline; None for any other.

    Raises:
        PlanError: It is one, and wrong.
    """
    text = expression.strip()
    for sign in ("==", "!="):
        name, found, word = text.partition(sign)
        if found and name.strip().lower() in (HEADLINE, f"{HEADLINE}.word", "word"):
            wanted = " ".join(word.strip(" '\"").upper().replace("_", " ").split())
            if wanted not in [each.value for each in Word]:
                words = ", ".join(Word)
                shown = from_outside(expression, 60)
                raise PlanError("fail_if", f"--fail-if {shown!r}: the words are {words}")
            return sign, wanted
    return None


def limit_help() -> str:
    """Everything that a limit may name."""
    lines = [
        "--fail-if 'NAME OPERATOR NUMBER' ends the program with exit status 3 if this is true,",
        "and with 4 if that cannot be decided: a figure that is a lower bound may be larger.",
        "",
        f"  {HEADLINE} == STARVED        also !=; the words are {', '.join(Word)}",
    ]
    lines += [f"  {name:{26}} {meaning}" for name, meaning in NUMBERS.items()]
    return "\n".join(lines) + "\n"
