"""What the headlines say of a plan."""

import dataclasses

import pytest

from queue_fairness.plan import Plan, description

DRAIN = Plan(partitions=1000, tasks_per_partition=10, workers=8, work_duration=0.025, seed=42)
FLOW = dataclasses.replace(DRAIN, partitions=200, load=1.2, duration=20)


def _with(plan: Plan, **changes: object) -> Plan:
    return dataclasses.replace(plan, **changes)  # type: ignore[arg-type]  # fields of many types


@pytest.mark.parametrize(
    ("plan", "whole", "short"),
    [
        (DRAIN, "1,000 × 10 block", "1,000 × 10"),
        (_with(DRAIN, partitions=3, sizes="6,3,1"), "3 × 6,3,1 (10) block", "3 × 6,3,1"),
        (
            FLOW,
            "200 partitions, poisson 384/s (load 1.2) for 20 s",
            "200 partitions, 384/s",
        ),
        (
            _with(FLOW, partitions=1, load=0, rate=2.5, arrivals="bursts", duration=0.5),
            "1 partition, bursts 2.50/s for 500 ms",
            "1 partition, 2.50/s",
        ),
    ],
)
def test_load_in_many_words_and_in_few(plan: Plan, whole: str, short: str) -> None:
    assert description.load(plan) == whole
    assert description.short_load(plan) == short
    assert len(short) <= len(whole)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "25 ms"),
        ({"work_duration": 0.0}, "0 s"),
        ({"task": "cpu"}, "cpu 25 ms"),
        ({"work_distribution": "exponential"}, "25 ms exponential"),
        ({"task": "cpu", "work_distribution": "log-normal"}, "cpu 25 ms log-normal"),
        ({"task": "behavior.user_tasks:works"}, "behavior.user_tasks:works"),
    ],
)
def test_work_says_how_long_or_whose(changes: dict[str, object], words: str) -> None:
    assert description.work(_with(DRAIN, **changes)) == words


def test_plain_plan_has_nothing_out_of_the_ordinary() -> None:
    assert description.extras(DRAIN) == []
    assert description.extras(FLOW) == []
    assert description.extras(Plan()) == []


EXTRAS: list[tuple[dict[str, object], str]] = [
    ({"noisy": 1}, "noise 5,000 tasks at 5 s"),
    ({"noisy": 3, "noisy_tasks": 20, "noisy_at": 0.5}, "noise 3 × 20 tasks at 500 ms"),
    ({"newcomer_at": 4.0}, "newcomer at 4 s"),
    ({"weights": "zipf"}, "weights zipf"),
    ({"fair_by": "time"}, "fair by time"),
    ({"work_scale": "zipf"}, "work × zipf"),
    ({"slow_worker": 10.0}, "w0 10 times as slow"),
    ({"crash_at": 2.5}, "crash at 2.5 s"),
    ({"failure_rate": 0.2, "retry": "head"}, "20 % fail, retry head"),
    ({"concurrency_limit": 0}, "no limit"),
    ({"concurrency_limit": 4}, "limit 4"),
    ({"foreign_keys": 20_000}, "20,000 foreign keys"),
    ({"results_ttl": 60.0}, "results kept 60 s"),
    ({"network_delay": 0.002}, "network 2 ms"),
]


@pytest.mark.parametrize(("changes", "words"), EXTRAS, ids=[words for _, words in EXTRAS])
def test_each_thing_out_of_the_ordinary_is_said(changes: dict[str, object], words: str) -> None:
    assert description.extras(_with(DRAIN, **changes)) == [words]
    assert description.extras(_with(FLOW, **changes)) == [words]


def test_sizes_are_said_once() -> None:
    assert description.extras(_with(DRAIN, sizes="zipf")) == [], "the load says it"
    assert description.extras(_with(FLOW, sizes="zipf")) == ["sizes zipf"]


def test_whole_plan_in_a_line() -> None:
    assert description.whole(DRAIN) == (
        "1,000 partitions × 10 tasks, block · 8 workers · 25 ms · seed 42"
    )
    assert description.whole(_with(FLOW, workers=1, crash_at=5.0, concurrency_limit=0)) == (
        "200 partitions, poisson 48.0/s (load 1.2) for 20 s · 1 worker · 25 ms · seed 42"
        " · crash at 5 s · no limit"
    )
