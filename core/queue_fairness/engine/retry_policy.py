"""Which attempts at tasks fail, and when a task that failed is tried again."""

import random

from queue_fairness.plan import Plan

BACKOFF_S = 0.5
"""How long a task rests after its first failure, with `--retry backoff`; doubled at each more."""


class FailureModel:
    """Which attempts fail: the same ones under every strategy."""

    def __init__(self, plan: Plan) -> None:
        self._rate = plan.failure_rate
        self._seed = plan.seed

    def fails(self, number: int, attempt: int) -> bool:
        """Whether an attempt at a task fails.

        Args:
            number: The task's, from 0.
            attempt: Which of its attempts, from 0.
        """
        if not self._rate:
            return False
        chance = random.Random(f"{self._seed} failure {number} {attempt}")
        return chance.random() < self._rate


class RetryPolicy:
    """Counts the failures of each task of a run, and says what follows from them."""

    def __init__(self, plan: Plan) -> None:
        self._model = FailureModel(plan)
        self._max_attempts = plan.max_attempts
        self._failures: dict[int, int] = {}

    def next_fails(self, number: int) -> bool:
        """Whether the coming attempt at a task fails."""
        return self._model.fails(number, self._failures.get(number, 0))

    def count_failure(self, number: int) -> int:
        """Count a failure; returns how many the task has had."""
        self._failures[number] = failures = self._failures.get(number, 0) + 1
        return failures

    def is_last(self, failures: int) -> bool:
        """Whether a task is given up after so many failures."""
        return failures >= self._max_attempts


def backoff_s(failures: int) -> float:
    """How long a task rests after its latest failure, in seconds; `failures` from 1."""
    return BACKOFF_S * 2.0 ** (failures - 1)
