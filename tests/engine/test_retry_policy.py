"""Which attempts fail, how often, and for how long a task rests."""

import pytest

from queue_fairness.engine.retry_policy import BACKOFF_S, FailureModel, RetryPolicy, backoff_s
from queue_fairness.plan import Plan


@pytest.mark.parametrize("rate", [0.1, 0.5])
def test_share_of_attempts_that_fail_is_the_rate_and_the_same_each_time(rate: float) -> None:
    plan = Plan(failure_rate=rate, seed=5)

    drawn = [FailureModel(plan).fails(number, 0) for number in range(2000)]

    assert drawn == [FailureModel(plan).fails(number, 0) for number in range(2000)]
    # Five standard deviations of the binomial: 5 * sqrt(0.25 / 2000) at most.
    assert sum(drawn) / 2000 == pytest.approx(rate, abs=0.056)


def test_attempts_at_one_task_are_drawn_anew() -> None:
    model = FailureModel(Plan(failure_rate=0.5))

    assert {model.fails(0, attempt) for attempt in range(40)} == {True, False}


def test_no_rate_no_failure() -> None:
    policy = RetryPolicy(Plan(failure_rate=0))

    assert not any(policy.next_fails(number) for number in range(1000))


def test_policy_goes_on_to_the_next_attempt_once_a_failure_is_counted() -> None:
    plan = Plan(failure_rate=0.5, max_attempts=3)
    policy, model = RetryPolicy(plan), FailureModel(plan)

    for attempt in range(10):
        assert policy.next_fails(7) == model.fails(7, attempt)
        assert policy.count_failure(7) == attempt + 1
    assert [policy.is_last(failures) for failures in (1, 2, 3, 4)] == [False, False, True, True]


def test_rest_doubles_with_each_failure() -> None:
    assert [backoff_s(failures) for failures in (1, 2, 3)] == [
        BACKOFF_S,
        2 * BACKOFF_S,
        4 * BACKOFF_S,
    ]
