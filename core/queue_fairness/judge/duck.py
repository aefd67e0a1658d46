"""Tables that DuckDB reads: Parquet, many files at once, SQL over files; the extra `duckdb`."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from queue_fairness.errors import TableError
from queue_fairness.judge.options import TableOptions
from queue_fairness.judge.reading import Tell, judge_rows_of
from queue_fairness.judge.rows_of import AT_ONCE, Chunk, Rows
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.outside import from_outside, harmless

QUERY = re.compile(r"\s*(select|with|from)\s", re.IGNORECASE)
GLOB = re.compile(r"[*?\[]")
PARQUET = (".parquet", ".pq")
LONGEST_NAME = 60


def is_for_duckdb(path: str) -> bool:
    """Whether that is SQL, Parquet, or names several files."""
    if QUERY.match(path):
        return True
    return path.endswith(PARQUET) or (bool(GLOB.search(path)) and not Path(path).exists())


def judge_query(path: str, options: TableOptions, tell: Tell = lambda *_: None) -> Snapshot:
    """Let DuckDB read what was named, and judge it.

    Args:
        path: A Parquet file, a pattern of file names, or SQL.
        options: How it is read.
        tell: Told how far it is.

    Raises:
        TableError: DuckDB is not installed, or cannot read that, or it is no table of jobs.
    """
    try:
        duckdb: Any = import_module("duckdb")
    except ImportError as error:
        raise TableError(
            f"{path}: Parquet, patterns and SQL are read by DuckDB: install "
            "queue-fairness-tui[duckdb]"
        ) from error
    name = harmless(" ".join(path.split()), LONGEST_NAME)
    try:
        with duckdb.connect() as database:
            # Nothing is to be fetched from anywhere.
            database.execute("SET autoinstall_known_extensions = false")
            database.execute(_texts_of(path))
            names = [each[0] for each in database.description]
            rows = Rows(names=names, chunks=_chunks(database), kind="DuckDB's")
            return judge_rows_of(rows, name, options, tell)
    except duckdb.Error as error:
        raise TableError(f"{name}: DuckDB: {from_outside(error, 200)}") from error


def _texts_of(path: str) -> str:
    """A query for what was named, all columns as texts."""
    quoted = path.replace("'", "''")
    table = f"({path.strip().rstrip(';')})" if QUERY.match(path) else f"'{quoted}'"
    return f"SELECT COLUMNS(*)::VARCHAR FROM {table}"


def _chunks(database: Any) -> Iterator[Chunk]:  # noqa: ANN401 - a connection
    first = 1
    while found := database.fetchmany(AT_ONCE):
        rows = [["" if each is None else each for each in row] for row in found]
        # A row is what others call a line.
        yield Chunk(rows=rows, lines=range(first, first + len(rows)), first=first)
        first += len(rows)
