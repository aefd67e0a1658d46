import pytest

from queue_fairness_core.errors import PlanError
from queue_fairness_core.fairness import KNOWN_MEASURES, evaluate, numeric_names, parse_fail_if

DOCUMENT = {
    "fairness": {"worst_wait_rounds": {"p50": 1.0, "p99": 3.0, "max": 4.0}, "round_jain": None},
    "totals": {"lost": 0},
    "verdict": {"word": "FAIR"},
}


@pytest.mark.parametrize(
    ("expression", "name", "operator", "limit"),
    [
        ("worst_wait_rounds.p99 > 3", "fairness.worst_wait_rounds.p99", ">", 3),
        ("fairness.worst_wait_rounds.p99>3", "fairness.worst_wait_rounds.p99", ">", 3),
        (" round_jain <0.85 ", "fairness.round_jain", "<", 0.85),
        ("totals.lost!=0", "totals.lost", "!=", 0),
        ("totals.throughput_per_s <= 1e3", "totals.throughput_per_s", "<=", 1000),
        ("debt_tasks.now >= -1", "fairness.debt_tasks.now", ">=", -1),
        ("gates.evidence.rounds == 3", "gates.evidence.rounds", "==", 3),
    ],
)
def test_expression_is_read(expression: str, name: str, operator: str, limit: float) -> None:
    parsed = parse_fail_if(expression)

    assert (parsed.name, parsed.operator, parsed.limit) == (name, operator, limit)
    assert parsed.expression == expression.strip()


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "worst_wait_rounds.p99",
        "worst_wait_rounds.p99 > ",
        "> 3",
        "worst_wait_rounds.p99 => 3",
        "worst_wait_rounds.p99 > three",
        "worst_wait_rounds.p99 > nan",
        "worst_wait_rounds.p98 > 3",
        "worst_wait_rounds > 3",
        "verdict.word == FAIR",
        "3 < worst_wait_rounds.p99",
        "worst_wait_rounds.p99 > 3 and totals.lost > 0",
    ],
)
def test_wrong_expression_is_refused_with_the_known_names(expression: str) -> None:
    with pytest.raises(PlanError, match=r"worst_wait_rounds\.p50") as refusal:
        parse_fail_if(expression)

    assert refusal.value.field == "fail_if"
    assert "\n" not in str(refusal.value)


def test_misspelt_name_gets_a_suggestion() -> None:
    with pytest.raises(PlanError, match=r"did you mean worst_wait_rounds\.p99"):
        parse_fail_if("worst_waits_rounds.p99 > 3")


@pytest.mark.parametrize(
    ("sign", "passed"),
    [("<", True), ("<=", False), (">", True), (">=", False), ("==", False), ("!=", True)],
)
def test_gate_fails_when_the_expression_holds(sign: str, passed: bool) -> None:
    result = evaluate(parse_fail_if(f"worst_wait_rounds.p99 {sign} 3"), DOCUMENT)

    assert result.value == 3
    assert result.passed is passed


@pytest.mark.parametrize("name", ["round_jain", "debt_tasks.max", "gates.work_conservation"])
def test_measure_not_taken_fails_its_gate(name: str) -> None:
    result = evaluate(parse_fail_if(f"{name} < 0"), DOCUMENT)

    assert not result.passed
    assert result.value is None
    assert result.reason == "not measured"


def test_names_come_from_the_document() -> None:
    assert numeric_names(DOCUMENT) == (
        "fairness.worst_wait_rounds.p50",
        "fairness.worst_wait_rounds.p99",
        "fairness.worst_wait_rounds.max",
        "fairness.round_jain",
        "totals.lost",
    )


def test_table_of_names_may_be_given() -> None:
    assert parse_fail_if("a.b > 1", ["a.b"]).name == "a.b"
    with pytest.raises(PlanError, match=r"the measures are a\.b\."):
        parse_fail_if("round_jain < 1", ["a.b"])


def test_known_measures_are_named_once() -> None:
    assert len(set(KNOWN_MEASURES)) == len(KNOWN_MEASURES)
