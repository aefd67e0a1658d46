import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queue_fairness.errors import PlanError
from queue_fairness.fairness import Level
from queue_fairness.report.limit import (
    LimitResult,
    evaluate,
    numeric_names,
    parse_fail_if,
    parse_require,
)

DOCUMENT = {
    "fairness": {
        "worst_wait_rounds": {"p50": 1.0, "p99": 3.0, "max": 4.0},
        "debt_tasks": {"now": 0.0, "max": 2.5},
        "round_jain": None,
    },
    "plan": {"workers": 8, "rate": 0.0},
    "totals": {"lost": 0, "lock_races": 2, "throughput_per_s": 12345.678},
    "wait_s": {"p99": 0.2, "max": 0.3},
    "pop_s": {"p50": 0.001, "p99": 0.002},
    "generator_lateness_s": {"p99": None, "max": None},
    "cost_total": {"lock_races": 2},
    "evidence": {"integrity": True, "rounds": 3.0},
    "workers": [{"tasks": 5}],
    "verdict": {"word": "FAIR"},
}
NAMES = numeric_names(DOCUMENT)
WORDS = ("BROKEN", "STARVING", "UNFAIR", "FAIR ON AVERAGE ONLY", "FAIR")
"""Worst first."""
SIGNS = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


def _measured(expression: str) -> LimitResult:
    return evaluate(parse_fail_if(expression, NAMES), DOCUMENT)


def _judged(expression: str, word: str | None) -> LimitResult:
    verdict = {"word": word} if word else None
    return evaluate(parse_fail_if(expression, NAMES), {"verdict": verdict})


def test_every_number_of_the_document_can_be_named() -> None:
    assert NAMES == (
        "fairness.worst_wait_rounds.p50",
        "fairness.worst_wait_rounds.p99",
        "fairness.worst_wait_rounds.max",
        "fairness.debt_tasks.now",
        "fairness.debt_tasks.max",
        "fairness.round_jain",
        "plan.workers",
        "plan.rate",
        "totals.lost",
        "totals.lock_races",
        "totals.throughput_per_s",
        "wait_s.p99",
        "wait_s.max",
        "pop_s.p50",
        "pop_s.p99",
        "generator_lateness_s.p99",
        "generator_lateness_s.max",
        "cost_total.lock_races",
        "evidence.integrity",
        "evidence.rounds",
    )
    for name in NAMES:
        assert parse_fail_if(f"{name} > 3", NAMES).name == name


@pytest.mark.parametrize(
    ("expression", "name", "sign", "limit"),
    [
        ("worst_wait_rounds.p99 > 3", "fairness.worst_wait_rounds.p99", ">", 3),
        ("fairness.worst_wait_rounds.p99>3", "fairness.worst_wait_rounds.p99", ">", 3),
        (" round_jain <0.85 ", "fairness.round_jain", "<", 0.85),
        ("Jain < 0.85", "fairness.round_jain", "<", 0.85),
        ("totals.lost!=0", "totals.lost", "!=", 0),
        ("lost != 0", "totals.lost", "!=", 0),
        ("evidence.rounds == 3", "evidence.rounds", "==", 3),
        ("rounds == 3", "evidence.rounds", "==", 3),
        ("debt_tasks.now >= -1", "fairness.debt_tasks.now", ">=", -1),
        ("throughput <= 1e3", "totals.throughput_per_s", "<=", 1000),
        ("throughput <= 1k", "totals.throughput_per_s", "<=", 1000),
        ("lost > 1_000", "totals.lost", ">", 1000),
        ("wait_s > 100ms", "wait_s.max", ">", 0.1),
        ("wait > 1m30s", "wait_s.max", ">", 90),
        ("integrity != true", "evidence.integrity", "!=", 1),
        ("plan.workers > 8", "plan.workers", ">", 8),
    ],
)
def test_expression_is_read(expression: str, name: str, sign: str, limit: float) -> None:
    parsed = parse_fail_if(expression, NAMES)

    assert (parsed.name, parsed.operator, parsed.limit) == (name, sign, limit)
    assert parsed.expression == expression.strip()


@pytest.mark.parametrize(
    ("group", "name"),
    [
        ("worst_wait_rounds", "fairness.worst_wait_rounds.max"),
        ("fairness.worst_wait_rounds", "fairness.worst_wait_rounds.max"),
        ("worst_wait", "fairness.worst_wait_rounds.max"),
        ("debt", "fairness.debt_tasks.max"),
        ("debt_tasks", "fairness.debt_tasks.max"),
        ("wait", "wait_s.max"),
        ("wait_s", "wait_s.max"),
        ("generator_lateness_s", "generator_lateness_s.max"),
    ],
)
def test_group_without_more_is_its_largest_value(group: str, name: str) -> None:
    assert parse_fail_if(f"{group} > 3", NAMES).name == name


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("", "write NAME OPERATOR VALUE"),
        ("worst_wait_rounds.p99", "write NAME OPERATOR VALUE"),
        ("worst_wait_rounds.p99 > ", "write NAME OPERATOR VALUE"),
        ("> 3", "write NAME OPERATOR VALUE"),
        ("worst_wait_rounds.p99 => 3", "write NAME OPERATOR VALUE"),
        ("jain = 3", "write NAME OPERATOR VALUE"),
        ("3 < worst_wait_rounds.p99", "write NAME OPERATOR VALUE"),
        ("jain > three", "'three' is not a number"),
        ("jain > FAIR", "'FAIR' is not a number"),
        ("jain > nan", "write a finite number"),
        ("jain > 100ms", "'100ms' is not a number"),
        ("throughput > 5s", "'5s' is not a number"),
        ("jain > inf", "write a finite number"),
        ("jain > 3 and totals.lost > 0", "'3 and totals.lost > 0' is not a number"),
        ("worst_wait_rounds.p98 > 3", r"did you mean worst_wait_rounds.p9"),
        ("worst_waits_rounds.p99 > 3", "did you mean worst_wait_rounds.p99"),
        ("jian > 3", "did you mean jain?"),
        ("zzz > 3", "no number is called 'zzz';"),
        ("workers > 3", "no number is called 'workers'"),
        ("lock_races > 3", "one of totals.lock_races, cost_total.lock_races"),
        ("pop_s > 3", "one of pop_s.p50, pop_s.p99"),
        (
            "p99 > 3",
            "one of worst_wait_rounds.p99, wait_s.p99, pop_s.p99, generator_lateness_s.p99",
        ),
        ("verdict == 3", "'3' is none of the verdicts BROKEN, INCONCLUSIVE,"),
        ("verdict < INCONCLUSIVE", "INCONCLUSIVE is neither better nor worse"),
    ],
)
def test_wrong_expression_gets_one_sentence(expression: str, complaint: str) -> None:
    with pytest.raises(PlanError) as refusal:
        parse_fail_if(expression, NAMES)

    said = str(refusal.value)
    assert refusal.value.field == "fail_if"
    assert complaint in said
    assert said.startswith(f"--fail-if {expression.strip()!r}: ")
    assert said.endswith("; see --fail-if help")
    assert "\n" not in said
    assert len(said) < 250


@pytest.mark.parametrize(("sign", "holds"), SIGNS.items())
def test_limit_is_broken_when_the_expression_holds(sign: str, holds: object) -> None:
    result = _measured(f"worst_wait_rounds.p99 {sign} 3")

    assert callable(holds)
    assert result.value == 3
    assert result.passed is not holds(3, 3)


@pytest.mark.parametrize("name", ["round_jain", "generator_lateness_s.p99"])
@pytest.mark.parametrize("sign", SIGNS)
def test_measure_not_taken_is_neither_kept_nor_broken(name: str, sign: str) -> None:
    result = _measured(f"{name} {sign} 0")

    assert (result.value, result.passed, result.reason) == (None, None, "not measured")


def test_truth_values_are_compared_as_such() -> None:
    assert _measured("evidence.integrity == false").passed is True
    assert _measured("evidence.integrity != yes").passed is True
    assert _measured("evidence.integrity == true").passed is False
    assert _measured("evidence.integrity == false").reason == "true"


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("worst_wait > 3", "4 (worst_wait_rounds.max)"),
        ("worst_wait_rounds.max > 3", "4"),
        ("throughput < 1", "12,346 (totals.throughput_per_s)"),
        ("throughput < 12346", "12,345.7 (totals.throughput_per_s)"),
        ("totals.lost > 0", "0"),
        ("plan.workers > 9999", "8"),
        ("jain < 1", "not measured"),
    ],
)
def test_measured_value_is_told(expression: str, reason: str) -> None:
    assert _measured(expression).reason == reason


@given(
    value=st.floats(-1e9, 1e9),
    limit=st.one_of(st.floats(-1e9, 1e9), st.integers(-5, 5).map(float)),
    sign=st.sampled_from(sorted(SIGNS)),
)
def test_told_value_lies_on_the_same_side_of_the_limit(
    value: float, limit: float, sign: str
) -> None:
    result = evaluate(parse_fail_if(f"a {sign} {limit!r}", ["a"]), {"a": value})

    told = float(result.reason.replace(",", ""))
    assert SIGNS[sign](told, limit) is not result.passed


@given(seen=st.sampled_from(WORDS), word=st.sampled_from(WORDS), sign=st.sampled_from(list(SIGNS)))
def test_verdicts_compare_as_their_words_are_ordered(seen: str, word: str, sign: str) -> None:
    result = _judged(f"verdict {sign} {word}", seen)

    assert result.passed is not SIGNS[sign](WORDS.index(seen), WORDS.index(word))
    assert result.reason == seen


@given(seen=st.sampled_from(WORDS), word=st.sampled_from(WORDS[1:]))
def test_requiring_a_word_and_failing_below_it_are_one(seen: str, word: str) -> None:
    required = evaluate(parse_require(word), {"verdict": {"word": seen}})

    assert required == _judged(f"verdict < {word}", seen)
    assert required.passed is (seen in WORDS[WORDS.index(word) :])


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("seen", ["INCONCLUSIVE", None])
def test_verdict_without_order_decides_nothing(sign: str, word: str, seen: str | None) -> None:
    result = _judged(f"verdict {sign} {word}", seen)

    assert result.passed is None
    assert result.reason == (seen or "no verdict")


@pytest.mark.parametrize(
    ("sign", "seen", "passed"),
    [
        ("==", "INCONCLUSIVE", False),
        ("!=", "INCONCLUSIVE", True),
        ("==", "FAIR", True),
        ("!=", "FAIR", False),
        ("==", None, None),
    ],
)
def test_limit_on_inconclusive_itself_is_decided(
    sign: str, seen: str | None, passed: bool | None
) -> None:
    assert _judged(f"verdict {sign} INCONCLUSIVE", seen).passed is passed


@pytest.mark.parametrize(
    "text",
    [
        "FAIR ON AVERAGE ONLY",
        "fair_on_average_only",
        "Fair-On-Average-Only",
        "'FAIR ON AVERAGE ONLY'",
        '"avg"',
        "AVG",
        "AVERAGE",
        "on average",
    ],
)
def test_word_may_be_written_in_many_ways(text: str) -> None:
    assert parse_fail_if(f"verdict != {text}", NAMES).limit is Level.FAIR_ON_AVERAGE_ONLY
    assert parse_fail_if(f"Verdict.word!={text}", NAMES).limit is Level.FAIR_ON_AVERAGE_ONLY
    assert parse_require(text).limit is Level.FAIR_ON_AVERAGE_ONLY


def test_every_word_is_known() -> None:
    for word in Level:
        for text in (word.text, word.name, word.text.lower(), f"'{word.text}'"):
            assert parse_fail_if(f"verdict == {text}", NAMES).limit is word


def test_quotes_that_a_shell_has_left_are_taken_off() -> None:
    assert parse_fail_if("'jain < 0.8'", NAMES) == parse_fail_if("jain < 0.8", NAMES)
    assert parse_fail_if('jain < "0.8"', NAMES).limit == 0.8


@pytest.mark.parametrize("text", ["", "GOOD", "3", "INCONCLUSIVE", "BROKEN"])
def test_require_takes_what_a_run_can_fall_short_of(text: str) -> None:
    with pytest.raises(PlanError, match="choose one of FAIR, FAIR ON AVERAGE ONLY") as refusal:
        parse_require(text)

    assert refusal.value.field == "require"
