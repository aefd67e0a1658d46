"""What strategies ignore of a plan, and that every face says so."""

import dataclasses
import json
import sys
from types import ModuleType

import pytest
from script import Scene, ScriptedRun, snapshot

from queue_fairness.metrics.snapshot import Phase
from queue_fairness.plan import Plan, description
from queue_fairness.plan.alternative import alternative
from queue_fairness.plan.ignored import held_limit, ignored_by, ignored_options
from queue_fairness.report import run_report
from queue_fairness.report.results import render
from queue_fairness.strategies import STRATEGIES

PLAN = Plan(partitions=40, tasks_per_partition=5, workers=4)


def _plan(**changes: object) -> Plan:
    return dataclasses.replace(PLAN, **changes)  # type: ignore[arg-type]  # fields of many types


class Own:
    """A queue that says it keeps to two at a time and to the weights."""

    concurrency_limit = 2
    honors_weights = True

    async def push(self, partition: str, task: bytes) -> None: ...

    async def pop(self, worker: str) -> tuple[object, ...] | None: ...

    async def complete(self, lease: tuple[object, ...]) -> None: ...


class Silent(Own):
    """A queue that says nothing of itself."""

    concurrency_limit = 0
    honors_weights = False


@pytest.fixture(autouse=True)
def _own_module(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("own_queues")
    for each in (Own, Silent):
        setattr(module, each.__name__, each)
    monkeypatch.setitem(sys.modules, "own_queues", module)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_plain_plan_is_ignored_by_nobody(strategy: str) -> None:
    assert ignored_options(_plan(strategy=strategy)) == ()


@pytest.mark.parametrize(
    ("strategy", "changes", "said"),
    [
        ("scan", {"concurrency_limit": 0}, "--concurrency-limit 0: still 1 at a time"),
        ("key-shard", {"concurrency_limit": 3}, "--concurrency-limit 3: still 1 at a time"),
        ("fifo", {"concurrency_limit": 3}, "--concurrency-limit 3: there is no limit"),
        ("own_queues:Own", {"concurrency_limit": 3}, "--concurrency-limit 3: still 2 at a time"),
        ("round-robin", {"weights": "3,1"}, "--weights 3,1: all partitions count the same"),
        ("own_queues:Silent", {"weights": "3,1"}, "--weights 3,1: all partitions count the same"),
        ("scan", {"lease_ttl": 5.0}, "--lease-ttl 5: it has no leases"),
        ("streams", {"retry": "head", "failure_rate": 0.3}, "--retry head: the task is enqueued"),
    ],
)
def test_what_does_not_hold_is_said_with_what_does(
    strategy: str, changes: dict[str, object], said: str
) -> None:
    (sentence,) = ignored_options(_plan(strategy=strategy, **changes))

    assert sentence.startswith(f"{strategy} ignores {said}")
    assert len(sentence) <= 70


@pytest.mark.parametrize(
    ("strategy", "changes"),
    [
        ("round-robin", {"concurrency_limit": 3}),
        ("fifo", {"concurrency_limit": 0}),
        ("own_queues:Own", {"concurrency_limit": 2, "weights": "3,1"}),
        ("own_queues:Silent", {"concurrency_limit": 0}),
        ("virtual-time", {"weights": "3,1", "concurrency_limit": 0, "lease_ttl": 5.0}),
        ("stride-tag", {"weights": "3,1"}),
        ("scan", {"weights": "2*40"}),
        ("scan", {"retry": "head", "failure_rate": 0.3}),
        ("streams", {"retry": "head"}),
    ],
)
def test_what_holds_all_the_same_is_not_called_ignored(
    strategy: str, changes: dict[str, object]
) -> None:
    assert ignored_options(_plan(strategy=strategy, **changes)) == ()


def test_strategies_that_ignore_the_same_share_a_sentence() -> None:
    plan = _plan(concurrency_limit=0, weights="3,1")

    assert ignored_by(plan, ("scan", "virtual-time", "key-shard")) == (
        "scan and key-shard ignore --concurrency-limit 0: still 1 at a time",
        "scan and key-shard ignore --weights 3,1: all partitions count the same",
    )


def test_class_that_cannot_be_imported_here_is_not_accused() -> None:
    assert held_limit("gone.away:Queue", 3) is None
    assert ignored_by(_plan(concurrency_limit=3), ("gone.away:Queue",)) == ()


@pytest.mark.parametrize(
    ("strategies", "changes", "words"),
    [
        (("scan",), {"concurrency_limit": 0}, ["limit 1 (0 is ignored)"]),
        (("fifo",), {}, ["no limit"]),
        (("round-robin",), {"concurrency_limit": 0}, ["no limit"]),
        (("scan", "round-robin"), {"concurrency_limit": 0}, ["no limit (not scan)"]),
        (("scan", "key-shard"), {"concurrency_limit": 0}, ["limit 1 (0 is ignored)"]),
        (("scan", "fifo"), {"concurrency_limit": 4}, ["limit 4 (ignored)"]),
        (("scan", "fifo"), {}, ["limit 1 (not fifo)"]),
        (("scan", "round-robin"), {}, []),
        (("scan",), {"weights": "3,1"}, ["weights 3,1 (ignored)"]),
        (("scan", "virtual-time"), {"weights": "3,1"}, ["weights 3,1 (not scan)"]),
        (("scan",), {"lease_ttl": 5.0}, ["lease 5 s (ignored)"]),
        ((), {"concurrency_limit": 0, "weights": "3,1"}, ["weights 3,1", "no limit"]),
    ],
)
def test_headline_says_the_limit_that_holds(
    strategies: tuple[str, ...], changes: dict[str, object], words: list[str]
) -> None:
    assert description.extras(_plan(**changes), strategies) == words


def test_report_and_json_of_a_run_say_it() -> None:
    run = snapshot(_plan(concurrency_limit=0))
    sentence = "scan ignores --concurrency-limit 0: still 1 at a time"

    assert run_report.headline(run).endswith("seed 42 · limit 1 (0 is ignored)")
    assert sentence in render(run, "text").splitlines()
    found = json.loads(render(run, "json"))
    assert found["ignored_options"] == [sentence]
    assert json.loads(render(snapshot(PLAN), "json"))["ignored_options"] == []


def test_run_keeps_the_limit_that_is_said() -> None:
    for strategy in STRATEGIES:
        run = ScriptedRun(
            _plan(strategy=strategy, concurrency_limit=3), Scene(Phase.ENQUEUEING, 0.0)
        )
        assert run.parts.strategy.limit == held_limit(strategy, 3), strategy


@pytest.mark.parametrize(
    ("strategy", "changes", "other"),
    [
        ("scan", {}, "round-robin"),
        ("scan", {"weights": "3,1"}, "virtual-time"),
        ("round-robin", {"weights": "3,1"}, "virtual-time"),
        ("virtual-time", {"weights": "3,1"}, None),
        ("round-robin", {}, None),
        ("fifo", {"concurrency_limit": 2}, "round-robin"),
    ],
)
def test_what_to_try_keeps_to_what_was_declared(
    strategy: str, changes: dict[str, object], other: str | None
) -> None:
    plan = _plan(strategy=strategy, **changes)

    assert alternative(plan) == other
    assessment = snapshot(plan).assessment
    assert assessment is not None
    assert not any("round-robin" in each for each in assessment.verdict.next_step) or (
        other == "round-robin"
    )
