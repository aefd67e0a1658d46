"""The ways in which people write numbers and times."""

import pytest

from queue_fairness.errors import PlanError
from queue_fairness.plan import parse_plan


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1m30s", 90),
        ("1h", 3600),
        ("1h1m1s", 3661),
        ("2min", 120),
        ("1m 30s", 90),
        ("90", 90),
        ("1.5m", 90),
        ("90sec", 90),
        ("500ms", 0.5),
        ("1s500ms", 1.5),
        ("1e1s", 10),
        ("1_000ms", 1),
        ("1,000 ms", 1),
        ("1 minute 30 seconds", 90),
    ],
)
def test_times_are_understood(text: str, seconds: float) -> None:
    assert parse_plan({"rate": "10", "duration": text}).duration == seconds


@pytest.mark.parametrize(
    ("text", "seconds"), [("100us", 0.0001), ("100µs", 0.0001), ("1ms500us", 0.0015)]
)
def test_short_times_are_understood(text: str, seconds: float) -> None:
    assert parse_plan({"work_duration": text}).work_duration == seconds


@pytest.mark.parametrize("text", ["30s1m", "1m1m", "5 parsecs", "1d", "m", "1:30", "--5s", "1s x"])
def test_what_is_no_time_is_refused_with_the_forms(text: str) -> None:
    with pytest.raises(PlanError, match="25ms, 60s, 1m30s"):
        parse_plan({"work_duration": text})


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,000", 1000),
        ("10k", 10_000),
        ("1.5k", 1500),
        ("0.1M", 100_000),
        ("1_000", 1000),
        ("1e3", 1000),
        ("1.5E3", 1500),
        ("1_0k", 10_000),
    ],
)
def test_whole_numbers_are_understood(text: str, number: int) -> None:
    plan = parse_plan({"partitions": text, "tasks_per_partition": "1"})

    assert plan.partitions == number


@pytest.mark.parametrize(
    "text", ["1,00", "10kk", "1.0001k", "k", "1.5", "1e-3", "1.5e0", "1e", "10 000k"]
)
def test_what_is_no_whole_number_is_refused(text: str) -> None:
    with pytest.raises(PlanError, match="is not a whole number"):
        parse_plan({"partitions": text})


@pytest.mark.parametrize("text", ["1k", "1,000", "1e3/s", "1k/s", "1_000/s"])
def test_rates_are_understood(text: str) -> None:
    assert parse_plan({"rate": text}).rate == 1000


@pytest.mark.parametrize("text", ["1e31", "1e9999", "9e999M"])
def test_a_number_beyond_all_bounds_is_refused_at_once(text: str) -> None:
    with pytest.raises(PlanError, match=r"too large: allowed are 1 to 1,000,000"):
        parse_plan({"partitions": text})


@pytest.mark.parametrize(
    ("field", "text", "meant"),
    [
        ("strategy", "roundrobin", "round-robin"),
        ("strategy", "round_robin", "round-robin"),
        ("strategy", "Fifo", "fifo"),
        ("strategy", "scann", "scan"),
        ("strategy", "virtual", "virtual-time"),
        ("arrival_order", "shufled", "shuffled"),
        ("work_distribution", "lognormal", "log-normal"),
    ],
)
def test_a_name_that_is_nearly_right_is_suggested(field: str, text: str, meant: str) -> None:
    with pytest.raises(PlanError, match=rf"is not known: did you mean {meant}\? choose one of "):
        parse_plan({field: text})


def test_a_name_that_is_far_from_all_is_not() -> None:
    with pytest.raises(PlanError, match="is not known: choose one of "):
        parse_plan({"strategy": "xyzzy"})
