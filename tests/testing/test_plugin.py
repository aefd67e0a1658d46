"""The pytest plugin as an author of a queue library has it: real pytest runs, beside other plugins.

Each inner run is a process of its own, so several claims are looked at in one.
"""

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from servers import ENGINES

from queue_fairness.server.server import Server

pytest_plugins = ["pytester"]

QUEUES = Path(__file__).parents[1] / "api" / "queues.py"
PLAIN = ("-p", "no:randomly", "-p", "no:cacheprovider")


@pytest.fixture
def project(pytester: pytest.Pytester) -> Callable[[str], None]:
    """Writes the tests of a library, whose queues stand beside them."""
    pytester.makepyfile(my_queues=QUEUES.read_text(encoding="utf-8"))

    def write(tests: str) -> None:
        head = "import pytest\nfrom my_queues import *\n"
        pytester.makepyfile(test_mine=head + tests)

    return write


def test_words_become_outcomes(pytester: pytest.Pytester, project: Callable[[str], None]) -> None:
    project(
        """
def test_turns(fairness):
    fairness(ByTurns).assert_fair(at_least="avg", max_wait_rounds=2)

def test_unfair(fairness):
    fairness(OneByOne).assert_fair(max_wait_rounds=3)

def test_unfair_is_good_enough(fairness):
    fairness(OneByOne).assert_fair(at_least="UNFAIR")

def test_broken(fairness):
    fairness(Loses).assert_fair(at_least=None)

def test_raises(fairness):
    fairness(Raises).assert_fair(at_least=None)

@pytest.mark.fairness(partitions=1)
def test_too_little(fairness):
    fairness(ByTurns).assert_fair()

def test_local(fairness):
    class Mine(OneByOne):
        pass
    result = fairness(lambda: Mine())
    assert result.plan.strategy == "test_mine:test_local.Mine"
    result.assert_fair()
"""
    )

    done = pytester.runpytest_subprocess(*PLAIN, "-rs", "--junitxml=junit.xml")

    done.assert_outcomes(passed=2, failed=4, skipped=1)
    said = done.stdout.str()
    done.stdout.fnmatch_lines(
        [
            "*fairness(OneByOne).assert_fair(max_wait_rounds=3)",
            "E *UnfairError: ✗ UNFAIR  *",
            "E *✗ fail if worst_wait_rounds.max > 3*measured: 4*",
            "E *20 partitions in the order of their first turn*",
            "E *████*",
            "E *$ queue-fairness-tui *--strategy my_queues:OneByOne*",
            "*RunError: my_queues:Raises: pop() raised KeyError: 'no such tenant'*",
            "*SKIPPED*? INCONCLUSIVE  nothing unfair was seen*",
        ]
    )
    assert "✗ BROKEN" in said
    assert "no path leads to it where it is" in said
    cases = ElementTree.parse(pytester.path / "junit.xml").iter("testcase")
    properties = {
        case.get("name"): {each.get("name"): each.get("value") for each in case.iter("property")}
        for case in cases
    }
    assert properties["test_unfair"]["fairness.my_queues:OneByOne.verdict"] == "UNFAIR"
    worst = properties["test_unfair"]["fairness.my_queues:OneByOne.worst_wait_rounds"]
    assert float(worst or 0) > 3
    assert properties["test_broken"]["fairness.my_queues:Loses.verdict"] == "BROKEN"


def test_beside_other_plugins_and_in_several_processes(
    pytester: pytest.Pytester, project: Callable[[str], None]
) -> None:
    project(
        """
import asyncio, os, signal, time

async def test_coroutine(fairness):
    ticks = 0
    async def tick():
        nonlocal ticks
        while True:
            await asyncio.sleep(0.001)
            ticks += 1
    ticking = asyncio.create_task(tick())
    result = await fairness.measure(OneByOne)
    assert result.verdict.text == "UNFAIR"
    assert fairness(OneByOne).verdict.text == "UNFAIR"
    assert ticks > 10
    ticking.cancel()

@pytest.mark.timeout(2, method="signal")
def test_timeout_rings_after_a_measurement(fairness):
    fairness(ByTurns)
    time.sleep(10)

@pytest.mark.timeout(2, method="signal")
def test_timeout_ends_a_measurement(fairness):
    fairness(ByTurns, tasks_per_partition=5000)

@pytest.mark.fairness(partitions=30, workers=3)
class TestMarked:
    @pytest.mark.fairness(workers=2)
    def test_nearest_marker_first(self, fairness, redisdb):
        redisdb.set("mine", 1)
        plan = fairness(ByTurns, tasks_per_partition=6).plan
        assert (plan.partitions, plan.workers, plan.tasks_per_partition) == (30, 2, 6)
        assert redisdb.get("mine") == b"1"

@pytest.mark.parametrize("seed", range(2))
def test_others_go_on(fairness, seed):
    fairness("fifo", seed=seed).assert_fair(at_least="UNFAIR")
"""
    )

    began = time.monotonic()
    # pytest-redis puts its socket there, whose path must be short.
    with tempfile.TemporaryDirectory(dir="/tmp") as short:
        done = pytester.runpytest_subprocess(
            "-p",
            "no:cacheprovider",
            "-n2",
            "--tb=short",
            "-oasyncio_mode=auto",
            "--fairness-record=kept",
            f"--basetemp={short}/t",
        )

    done.assert_outcomes(passed=4, failed=2)
    done.stdout.fnmatch_lines(["*Timeout*>2*"])
    assert time.monotonic() - began < 100
    kept = sorted(each.name for each in (pytester.path / "kept").iterdir())
    assert len(kept) == 2 + 1 + 1 + 2, kept
    documents = [json.loads((pytester.path / "kept" / each).read_text()) for each in kept]
    assert {each["kind"] for each in documents} == {"run"}


def test_hypothesis_draws_loads_under_which_turns_are_fair(
    pytester: pytest.Pytester, project: Callable[[str], None]
) -> None:
    project(
        """
from hypothesis import Phase, given, settings
from queue_fairness import Verdict
from queue_fairness.testing.loads import loads

@settings(max_examples=8, deadline=None)
@given(plan=loads(max_partitions=24))
def test_turns(fairness, plan):
    assert fairness(ByTurns, plan).verdict in (Verdict.FAIR, Verdict.INCONCLUSIVE)

@settings(max_examples=3, deadline=None, phases=[Phase.generate])
@given(plan=loads(max_partitions=24))
def test_one_by_one(fairness, plan):
    fairness(OneByOne, plan).assert_fair()
"""
    )

    done = pytester.runpytest_subprocess(*PLAIN)

    done.assert_outcomes(passed=1, failed=1)
    done.stdout.fnmatch_lines(["*✗ UNFAIR*", "*test_one_by_one(*"])


def test_a_redis_of_the_users_own_is_used_and_left_clean(
    pytester: pytest.Pytester,
    project: Callable[[str], None],
    shared_servers: Callable[[str], Server],
) -> None:
    server = shared_servers(ENGINES[-1])
    project(
        """
def test_there(fairness):
    result = fairness("round-robin")
    assert "--redis-url" in result.command

def test_too_little_fails(fairness):
    fairness(ByTurns, partitions=1).assert_fair()
"""
    )

    url = server.endpoint.url
    done = pytester.runpytest_subprocess(
        *PLAIN, f"--fairness-redis-url={url}", "--fairness-inconclusive=fail"
    )

    done.assert_outcomes(passed=1, failed=1)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--fairness-redis-url=here"], "*ERROR: --fairness-redis-url here: it must begin with*"),
        (["--fairness-inconclusive=perhaps"], "*invalid choice: 'perhaps'*"),
    ],
)
def test_wrong_options_are_refused_at_the_start(
    pytester: pytest.Pytester, options: list[str], sentence: str
) -> None:
    done = pytester.runpytest_subprocess(*PLAIN, *options)

    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines([sentence])


def test_who_does_not_use_it_does_not_load_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
import sys

def test_nothing():
    rooms = {each.split(".")[1] for each in sys.modules if each.startswith("queue_fairness.")}
    assert rooms == {"testing"}
"""
    )

    pytester.runpytest_subprocess(*PLAIN).assert_outcomes(passed=1)
    blocked = pytester.runpytest_subprocess(*PLAIN, "-p", "no:fairness", "--fixtures")
    assert "fairness" not in blocked.stdout.str()
