"""`judge` of the public API: the same as of the command, from a file and from memory."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from queue_fairness import JobRow, TableError, UnfairError, Verdict, judge

BEGIN = datetime(2026, 11, 25, tzinfo=UTC)


def _rows(*, by_turns: bool, tenants: int = 20, jobs: int = 6) -> list[JobRow]:
    """One worker, jobs of a second; tenants by turns, or one after another."""
    order = [(t, j) for j in range(jobs) for t in range(tenants)]
    if not by_turns:
        order.sort()
    return [
        JobRow(
            f"customer {tenant}",
            BEGIN,
            BEGIN + timedelta(seconds=at),
            BEGIN + timedelta(seconds=at + 1),
        )
        for at, (tenant, _) in enumerate(order)
    ]


def test_rows_in_memory_are_judged_with_their_names() -> None:
    fair, unfair = judge(_rows(by_turns=True)), judge(_rows(by_turns=False), name="last week")

    assert fair.verdict is Verdict.FAIR
    assert fair.worst_wait_rounds is not None
    assert fair.worst_wait_rounds.max <= 1
    assert unfair.verdict is Verdict.UNFAIR
    assert "customer 19" in unfair.partition_waits
    assert "last week" in unfair.report()
    assert fair.value("cost_per_pop.round_trips") is None
    with pytest.raises(UnfairError, match="in the order of their first turn"):
        unfair.assert_fair(max_wait_rounds=3)


def test_a_file_gives_what_its_rows_give(tmp_path: Path) -> None:
    rows = _rows(by_turns=False)
    table = tmp_path / "jobs.csv"
    lines = [f"{each[0]},{each[1]},{each[2]},{each[3]}" for each in rows]
    table.write_text("\n".join(["customer,scheduled_at,attempted_at,completed_at", *lines]))

    read, held = judge(table, columns={"by": "customer"}), judge(rows)

    assert read.measures["fairness.worst_wait_rounds.max"] == pytest.approx(
        held.measures["fairness.worst_wait_rounds.max"]
    )
    assert read.verdict is held.verdict


@pytest.mark.parametrize("rows", [[], [JobRow("a", BEGIN, BEGIN - timedelta(1))]])
def test_rows_that_make_no_sense_are_refused(rows: list[JobRow]) -> None:
    with pytest.raises(TableError):
        judge(rows)


@pytest.mark.parametrize("first", ["measure", "judge", "Plan"])
def test_the_name_is_the_function_whichever_is_asked_for_first(first: str) -> None:
    script = f"from queue_fairness import {first}; from queue_fairness import judge; judge.__call__"
    script += "; import queue_fairness.judge.rows; from queue_fairness import judge as again"
    script += "; print(type(judge).__name__, again is judge)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout == "function True\n"


def test_a_column_of_no_meaning_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="tenant is none of by, ready"):
        judge(tmp_path / "jobs.csv", columns={"tenant": "customer"})
