"""Standing still: the probe counts what it missed, and the faces say it."""

import asyncio
import json
from collections.abc import Coroutine
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from script import snapshot

from queue_fairness.analysis.columns import Rank
from queue_fairness.analysis.comparison import Comparison
from queue_fairness.analysis.scoreboard import scoreboard
from queue_fairness.events import DequeueCost, Finished, PickedUp
from queue_fairness.formatting.table import table_lines
from queue_fairness.metrics.counters import Counters
from queue_fairness.metrics.loop_lag import PERIOD_S, STALL_S, LagProbe, StallTally
from queue_fairness.metrics.snapshot import Lag, Phase, Snapshot, Stall, Stalls
from queue_fairness.metrics.stall_sentences import stall_sentences
from queue_fairness.metrics.statistics import LogHistogram
from queue_fairness.plan import Plan
from queue_fairness.report.results import render
from queue_fairness.report.run_json import document
from queue_fairness.report.run_tables import tables


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock can be put forward: it finds itself late, as after a stop."""

    jumped_s = 0.0

    def time(self) -> float:
        return super().time() + self.jumped_s


def _run(work: Coroutine[object, object, LagProbe]) -> LagProbe:
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(work)


@given(highest=st.floats(0, 1e4), step=st.floats(1e-3, 10))
def test_ramp_is_every_value_on_the_way_down(highest: float, step: float) -> None:
    steps = min(int(highest / step), 2000)
    highest = min(highest, (steps + 0.5) * step)
    one_by_one, at_once = LogHistogram(), LogHistogram()
    one_by_one.add(*(highest - step * index for index in range(int(highest / step) + 1)))

    at_once.add_ramp(highest, step)

    assert len(at_once) == len(one_by_one)
    for q in (0.0, 0.25, 0.5, 0.9, 1.0):
        # A value on the edge of two bins may be in either.
        assert at_once.quantile(q) == pytest.approx(one_by_one.quantile(q), rel=0.0101, abs=2e-6)


def test_ramp_of_a_day_takes_no_longer_than_its_bins() -> None:
    counts = LogHistogram()

    counts.add_ramp(86_400.0, PERIOD_S)

    assert len(counts) == 8_640_001
    assert counts.quantile(0.5) == pytest.approx(43_200, rel=0.006)


async def _stand_still(*lengths_s: float) -> LagProbe:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, JumpingLoop)
    async with LagProbe() as probe:
        for length_s in lengths_s:
            loop.jumped_s += length_s
            await asyncio.sleep(2 * PERIOD_S)  # a tick is due before that
    return probe


def test_one_stop_of_five_seconds_is_five_hundred_late_ticks() -> None:
    probe = _run(_stand_still(5.0))

    lag, stall = probe.lag(), probe.stall()
    assert lag.maximum == pytest.approx(5, rel=0.05)
    # Other late ticks of a busy machine lower it; were the stop one tick, it would be about 0.
    assert lag.p50 == pytest.approx(2.5, rel=0.2)
    assert lag.p99 == pytest.approx(4.95, rel=0.05)
    assert stall.longest_s == stall.total_s == lag.maximum
    assert stall.longest_at is not None
    assert stall.longest_at < 1


def test_stalls_add_up_and_short_ones_do_not_count() -> None:
    stall = _run(_stand_still(1.0, STALL_S / 2, 2.0)).stall()

    assert stall.longest_s == pytest.approx(2, rel=0.05)
    assert stall.total_s == pytest.approx(3, rel=0.1)
    assert stall.longest_at == pytest.approx(1 + STALL_S / 2, abs=0.5)


def test_nothing_is_known_before_the_block() -> None:
    probe = LagProbe()

    assert (probe.lag(), probe.stall()) == (Lag(), Stall())


def test_stall_that_is_not_over_counts_by_its_length_so_far() -> None:
    tally = StallTally()
    tally.note(1.0, 0.5)

    assert tally.stall(3.0, 0.05) == Stall(longest_s=0.5, longest_at=1.0, total_s=0.5)
    assert tally.stall(3.0, 2.0) == Stall(longest_s=2.0, longest_at=3.0, total_s=2.5)
    assert tally.stall() == Stall(longest_s=0.5, longest_at=1.0, total_s=0.5)


def test_pop_that_met_a_stop_shows_in_the_maximum_and_in_the_total() -> None:
    counters = Counters(Plan(partitions=1, tasks_per_partition=999, workers=1))
    price, at = DequeueCost(1), 0.0
    for number in range(999):
        counters.apply(PickedUp(at, 0, 0, number, 0.0, price))
        counters.apply(Finished(at + 0.001, 0, 0, number))
        at += 0.001 + (5.0 if number == 500 else 0.0001)

    pops = counters.sums.pops()

    assert pops.p99 == pytest.approx(0.0001, rel=0.01)
    assert pops.maximum == pops.long_total == pytest.approx(5)


def _stalled(seen: Snapshot, program_s: float = 0.0, server_s: float = 0.0) -> Snapshot:
    def stall(length_s: float) -> Stall:
        at = 1.5 if length_s else None
        return Stall(longest_s=length_s, longest_at=at, total_s=length_s)

    return replace(seen, stalls=Stalls(program=stall(program_s), server=stall(server_s)))


@pytest.mark.parametrize(
    ("length_s", "elapsed_s", "expected"),
    [(1.01, 1000, True), (0.99, 1000, False), (0.5, 9.9, True), (0.5, 10.1, False)],
    ids=["in one piece", "short for its run", "over 5 %", "under 5 %"],
)
def test_a_second_in_one_piece_or_a_twentieth_of_the_run_is_too_long(
    length_s: float, elapsed_s: float, expected: bool
) -> None:
    seen = replace(snapshot(Plan()), elapsed_s=elapsed_s)

    assert _stalled(seen, program_s=length_s).stalled is expected
    assert _stalled(seen, server_s=length_s).stalled is expected
    assert not _stalled(seen).stalled


def test_pause_at_the_start_of_a_run_is_not_taken_for_a_large_share() -> None:
    seen = replace(snapshot(Plan()), elapsed_s=0.5, phase=Phase.DRAINING)

    assert not _stalled(seen, program_s=0.2).stalled
    assert _stalled(seen, program_s=0.3).stalled


def test_report_begins_with_it_and_the_document_holds_it() -> None:
    seen = _stalled(replace(snapshot(Plan()), elapsed_s=8.2), program_s=5.0, server_s=2.0)

    said = stall_sentences(seen)

    assert said == [
        "Program stood still 5.00 s of 8.20 s: trust no rate or time.",
        "Server stood still 2.00 s of 8.20 s: trust no rate or time.",
    ]
    assert render(seen, "text").split("\n")[3:7:2] == said
    assert "(stood still: do not trust it)" in render(seen, "text")
    found = json.loads(render(seen, "json"))
    assert found["stalled"] is True
    assert found["stalls"]["program"] == {"longest_s": 5.0, "longest_at_s": 1.5, "total_s": 5.0}
    assert found["stalls"]["server"]["total_s"] == 2.0
    price = "\n".join(table_lines(tables(seen).throughput[1]))
    assert "5.00 s / 5.00 s, at 1.50 s" in price


def test_sentence_keeps_to_its_width() -> None:
    longest = 60 * 59 + 59

    said = stall_sentences(_stalled(replace(snapshot(Plan()), elapsed_s=longest), longest, longest))

    assert max(map(len, said)) <= 70


def test_run_that_kept_going_says_nothing() -> None:
    seen = snapshot(Plan())

    assert stall_sentences(seen) == []
    assert "stood still: do not" not in render(seen, "text")
    assert document(seen)["stalled"] is False


def test_stalled_run_is_best_in_no_rate_and_still_in_rounds() -> None:
    plans = Comparison(plan=Plan(), strategies=("fifo", "round-robin"), repeats=1)
    still, other = (snapshot(replace(Plan(), strategy=each)) for each in plans.strategies)
    quick = _stalled(replace(still, elapsed_s=still.elapsed_s / 2), server_s=3.0)

    board = scoreboard(replace(plans, runs=(quick, other)))

    row = board.rows[0]
    assert row.has_stalled
    assert board.cell(row, "throughput_per_s").mark is Rank.NONE
    assert board.cell(board.rows[1], "throughput_per_s").mark is Rank.NONE
    untouched = scoreboard(replace(plans, runs=(replace(quick, stalls=Stalls()), other)))
    assert untouched.cell(untouched.rows[0], "throughput_per_s").mark is Rank.BEST
