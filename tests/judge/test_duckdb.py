"""What DuckDB reads for us: Parquet, several files, SQL; and that it is optional."""

import sys
from pathlib import Path

import pytest
from judge.tables import by_turns, rows, sequential
from judge.test_tables import csv_of, rounds_of

from queue_fairness.errors import TableError
from queue_fairness.judge import judge_rows
from queue_fairness.judge.duck import is_for_duckdb, judge_query
from queue_fairness.judge.options import TableOptions

ORDER = sequential(40, 5)


def test_it_is_optional(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)

    with pytest.raises(TableError, match=r"install queue-fairness-tui\[duckdb\]"):
        judge_query("jobs.parquet", TableOptions())


def test_what_is_for_it(tmp_path: Path) -> None:
    odd = tmp_path / "a[1].csv"
    odd.write_text("a")

    assert is_for_duckdb("select * from 'a.csv'")
    assert is_for_duckdb("jobs/*.csv")
    assert is_for_duckdb("jobs.parquet")
    assert not is_for_duckdb(str(odd))
    assert not is_for_duckdb("selected.csv")


def test_parquet_patterns_and_sql_are_judged(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb", reason="is an extra")
    text = csv_of(rows(ORDER)).splitlines()
    for part in (0, 1):
        half = [text[0], *text[1 + part * 100 : 101 + part * 100]]
        (tmp_path / f"part{part}.csv").write_text("\n".join(half) + "\n")
    pattern = str(tmp_path / "part*.csv")
    parquet = str(tmp_path / "jobs.parquet")
    duckdb.sql(f"COPY (SELECT * FROM '{pattern}') TO '{parquet}'")
    sql = f"SELECT tenant AS customer_id, ready_at, started_at, finished_at FROM '{pattern}'"

    expected = rounds_of(judge_rows(rows(ORDER)))
    for named in (pattern, parquet, sql):
        found = judge_query(named, TableOptions())
        assert rounds_of(found) == pytest.approx(expected, abs=1e-6)
        assert found.picked_up == len(ORDER)


def test_what_it_cannot_read_is_a_sentence(tmp_path: Path) -> None:
    pytest.importorskip("duckdb", reason="is an extra")
    bad = tmp_path / "bad.parquet"
    bad.write_text("no parquet")

    for named in (str(bad), str(tmp_path / "none*.csv"), "select nothing from nowhere"):
        with pytest.raises(TableError, match="DuckDB: "):
            judge_query(named, TableOptions())


def test_the_order_of_turns_is_the_same(tmp_path: Path) -> None:
    pytest.importorskip("duckdb", reason="is an extra")
    path = tmp_path / "a.csv"
    path.write_text(csv_of(rows(by_turns(40, 5))))

    found = judge_query(f"SELECT * FROM '{path}'", TableOptions())
    assert rounds_of(found) == pytest.approx(rounds_of(judge_rows(rows(by_turns(40, 5)))))
