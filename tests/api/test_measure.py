"""The public API against a real server: what it gives, what it raises, what it leaves alone."""

import asyncio
import gc
import re
import signal
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from api.queues import Blocks, ByTurns, Loses, NoQueue, OneByOne, Raises, WithSize
from servers import ENGINES

import queue_fairness.api
from queue_fairness import (
    FairnessError,
    InconclusiveError,
    Plan,
    PlanError,
    Result,
    RunError,
    ServerError,
    UnfairError,
    Verdict,
    compare,
    compare_sync,
    measure,
    measure_sync,
)
from queue_fairness.api.loop_thread import LoopThread, StuckError
from queue_fairness.server.server import Server

SMALL = Plan(partitions=20, tasks_per_partition=5, workers=4, work_duration=0.001)
ENGINE = ENGINES[-1]


@pytest.fixture(name="url")
def _url(shared_servers: Callable[[str], Server]) -> str:
    return shared_servers(ENGINE).endpoint.url


@pytest.mark.parametrize(
    ("queue", "verdicts"),
    [
        (ByTurns, {Verdict.FAIR, Verdict.INCONCLUSIVE}),
        (OneByOne, {Verdict.UNFAIR}),
        (Loses, {Verdict.BROKEN}),
        (lambda: WithSize(3), {Verdict.FAIR, Verdict.INCONCLUSIVE}),
        ("round-robin", {Verdict.FAIR, Verdict.INCONCLUSIVE}),
        ("fifo", {Verdict.UNFAIR}),
        ("api.queues:OneByOne", {Verdict.UNFAIR}),
    ],
)
def test_a_queue_is_a_class_a_factory_or_a_name(
    queue: str | Callable[[], object], verdicts: set[Verdict], url: str
) -> None:
    result = measure_sync(queue, SMALL, redis_url=url)

    assert result.verdict in verdicts
    assert result.is_fair is (result.verdict is Verdict.FAIR)
    assert result.phase == "drained"


def test_a_result_holds_every_measure_with_its_report_and_document(url: str) -> None:
    result = measure_sync(OneByOne, SMALL, redis_url=url)

    waits = result.worst_wait_rounds
    assert waits is not None
    assert 3 < waits.max <= 5
    assert result.value("evidence.rounds") == pytest.approx(5)
    assert waits.p99 == result.value("worst_wait_rounds.p99")
    assert max(result.partition_waits.values()) == waits.max
    assert sorted(result.partition_waits) == [f"p{number:02}" for number in range(20)]
    assert (result.completed, result.lost, result.duplicated) == (100, 0, 0)
    assert result.document()["verdict"]["word"] == "UNFAIR" == str(result.verdict)
    assert result.report().startswith("api.queues:OneByOne · 20 partitions")
    assert "UNFAIR" in result.report("markdown")
    assert "worst_wait" in result.report("csv")
    assert result.report("json").startswith("{")
    assert "<html" in result.report("html")
    assert "<svg" in result.report("svg")
    with pytest.raises(ValueError, match="choose one of text, markdown, csv, html"):
        result.report("pdf")
    with pytest.raises(LookupError, match="did you mean"):
        result.value("worst_wait_round")


def test_a_document_may_be_changed_and_the_result_is_not(url: str) -> None:
    result = measure_sync(ByTurns, SMALL, redis_url=url)

    result.document()["verdict"].clear()

    assert result.document()["verdict"]


def test_the_message_of_a_broken_assertion_is_a_short_report(url: str) -> None:
    result = measure_sync(OneByOne, SMALL, redis_url=url)

    with pytest.raises(UnfairError) as failure:
        result.assert_fair(max_wait_rounds=3)

    text = str(failure.value)
    assert text.startswith("✗ UNFAIR")
    assert "fail if worst_wait_rounds.max > 3" in text
    assert "in the order of their first turn" in text
    assert "█" in text
    assert "--strategy api.queues:OneByOne" in text
    assert len(text.splitlines()) < 45
    assert failure.value.result is result


@pytest.mark.parametrize("at_least", ["unfair", Verdict.UNFAIR, "STARVING", None])
def test_what_is_good_enough_passes(at_least: Verdict | str | None, url: str) -> None:
    measure_sync(OneByOne, SMALL, redis_url=url).assert_fair(at_least=at_least)


def test_a_broken_queue_never_passes(url: str) -> None:
    result = measure_sync(Loses, SMALL, redis_url=url)

    with pytest.raises(UnfairError, match="lost"):
        result.assert_fair(at_least=None, max_wait_rounds=100)


def test_too_little_evidence_is_a_skipped_test(url: str) -> None:
    result = measure_sync(ByTurns, SMALL, redis_url=url, partitions=1)

    assert result.verdict is Verdict.INCONCLUSIVE
    with pytest.raises(InconclusiveError):
        result.assert_fair()


def test_an_assertion_that_makes_no_sense_is_refused(url: str) -> None:
    result = measure_sync(ByTurns, SMALL, redis_url=url)

    with pytest.raises(PlanError, match="at_least 'nice': choose one of FAIR"):
        result.assert_fair(at_least="nice")
    with pytest.raises(PlanError, match="no number is called"):
        result.assert_fair(fail_if=["beauty < 3"])


@pytest.mark.parametrize(
    ("queue", "fields", "sentence"),
    [
        (NoQueue, {}, "it has no method push"),
        (WithSize, {}, "its constructor takes"),
        (3, {}, "give a class, or a function that makes such an object"),
        (lambda: 1 / 0, {}, "called without arguments: ZeroDivisionError"),
        (partial(NoQueue), {}, "it has no method push"),
        ("nope", {}, "--strategy nope is not known"),
        (ByTurns, {"partition": 3}, "no field partition: did you mean partitions?"),
        (ByTurns, {"partitions": 2.5}, "is not a whole number"),
        (ByTurns, {"partitions": True}, "is not a whole number"),
        (ByTurns, {"workers": 0}, "--workers 0 is too small"),
        (ByTurns, {"work_duration": "25 parsecs"}, "nor a time such as 25ms"),
        (ByTurns, {"strategy": "fifo"}, "give one of them"),
        (None, {"redis_url": "here"}, "it must begin with redis://"),
    ],
)
def test_what_cannot_be_run_is_refused_in_one_sentence(
    queue: object, fields: dict[str, object], sentence: str, url: str
) -> None:
    with pytest.raises(PlanError) as refusal:
        measure_sync(queue, SMALL, **{"redis_url": url, **fields})  # type: ignore[arg-type]

    assert sentence in str(refusal.value)


def test_a_queue_that_raises_ends_in_an_error_with_its_traceback(url: str) -> None:
    with pytest.raises(RunError, match="pop\\(\\) raised KeyError: 'no such tenant'") as failure:
        measure_sync(Raises, SMALL, redis_url=url)

    assert "queues.py" in failure.value.details
    assert failure.value.result is not None
    assert failure.value.result.phase == "failed"


def test_a_server_that_is_not_there_is_an_error_of_its_own() -> None:
    with pytest.raises(ServerError, match="nothing listens there"):
        measure_sync(ByTurns, SMALL, redis_url="redis://127.0.0.1:1/0")


async def test_inside_a_running_event_loop_both_forms_measure(url: str) -> None:
    awaited = await measure(OneByOne, SMALL, redis_url=url)
    called = measure_sync(OneByOne, SMALL, redis_url=url)

    assert awaited.verdict is called.verdict is Verdict.UNFAIR


async def test_runs_that_are_asked_for_at_once_do_not_mix(url: str) -> None:
    class Local(OneByOne):
        pass

    results = await asyncio.gather(
        *(measure(queue, SMALL, redis_url=url) for queue in (Local, Local, OneByOne, "fifo"))
    )

    assert {each.verdict for each in results} == {Verdict.UNFAIR}
    assert len({each.plan.strategy for each in results}) == 4
    assert all(each.completed == 100 for each in results)


async def test_a_measurement_that_is_cancelled_leaves_no_key(
    shared_servers: Callable[[str], Server], url: str
) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await measure("round-robin", Plan(), redis_url=url)

    async with shared_servers(ENGINE).connect("test") as client:
        assert await client.keys("qf*") == []


def test_the_host_process_is_left_as_it_was(url: str) -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda *_: heard.append(1))
    frozen, threads = gc.get_freeze_count(), threading.active_count()
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        measure_sync(Blocks, SMALL, redis_url=url)
        asyncio.run(measure(ByTurns, SMALL, redis_url=url))
        assert signal.getsignal(signal.SIGURG) is signal.SIG_DFL
        assert heard, "the host's own timer rang"
    finally:
        signal.signal(signal.SIGALRM, before)
    # What others froze may have gone meanwhile.
    assert gc.get_freeze_count() <= frozen
    assert threading.active_count() == threads


def test_a_comparison_names_the_queue_to_take(url: str) -> None:
    compared = compare_sync([OneByOne, ByTurns], SMALL, repeats=2, redis_url=url)

    assert list(compared.results) == ["api.queues:OneByOne", "api.queues:ByTurns"]
    assert [len(each) for each in compared.results.values()] == [2, 2]
    assert compared.verdicts["api.queues:OneByOne"] is Verdict.UNFAIR
    assert compared.recommended in ("api.queues:ByTurns", None)
    assert compared.sentence in compared.report().replace("\n", " ")
    assert compared.document()["kind"] == "comparison"
    assert "api.queues:ByTurns" in compared.report("csv")


async def test_a_queue_that_fails_in_a_comparison_is_in_it(url: str) -> None:
    compared = await compare([Raises, "fifo"], SMALL, redis_url=url)

    (failed,) = compared.results["api.queues:Raises"]
    assert "no such tenant" in (failed.failure or "")
    assert compared.verdicts == {"api.queues:Raises": None, "fifo": Verdict.UNFAIR}


@pytest.mark.parametrize("queues", [[], ["fifo", "fifo"], ["fifo", "nope"]])
def test_a_comparison_of_nonsense_is_refused(queues: list[str], url: str) -> None:
    with pytest.raises(FairnessError):
        compare_sync(queues, SMALL, redis_url=url)


def test_a_loop_that_stands_still_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("queue_fairness.api.loop_thread.STUCK_S", 0.6)
    thread, freed = LoopThread(), threading.Event()

    async def block() -> None:
        freed.wait()

    with pytest.raises(StuckError):
        thread.run(block)
    assert thread.is_stuck
    freed.set()


def test_a_result_is_frozen(url: str) -> None:
    result = measure_sync(ByTurns, SMALL, redis_url=url)

    assert isinstance(result, Result)
    with pytest.raises(AttributeError):
        result.verdict = None  # type: ignore[misc]
    with pytest.raises(TypeError):
        result.measures["totals.lost"] = 3  # type: ignore[index]


def test_the_example_of_the_page_does_what_it_says(
    capsys: pytest.CaptureFixture[str],
) -> None:
    page = Path(queue_fairness.api.__file__).with_name("README.md").read_text(encoding="utf-8")
    example = page.partition("```python\n")[2].partition("```")[0]

    exec(compile(example, "README.md", "exec"), {"__name__": "example"})

    said = capsys.readouterr().out
    assert re.match(r"UNFAIR 4\.\d", said)
    assert "in the order of their first turn" in said


def test_every_public_name_is_explained_on_the_page() -> None:
    page = Path(queue_fairness.api.__file__).with_name("README.md").read_text(encoding="utf-8")

    assert set(queue_fairness.__all__) == set(queue_fairness.api.__all__)
    for name in queue_fairness.__all__:
        assert f"`{name}" in page, name
        assert getattr(queue_fairness, name).__doc__
