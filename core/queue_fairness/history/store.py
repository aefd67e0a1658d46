"""The file of kept results. Every deed opens it, so no program holds it for longer than that.

Programs that write at once wait for each other, for `BUSY_S` at most. A file that SQLite finds
damaged is moved aside and begun anew; the next deed says so once. What else goes wrong (a full
disk, a folder that cannot be written) is a sentence, and changes nothing that was kept before.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import astuple, fields
from pathlib import Path
from typing import TypeVar

from queue_fairness.errors import DocumentError
from queue_fairness.history.entry import LAST, Entry, KeptResult, check_tag

T = TypeVar("T")

BUSY_S = 5.0
"""How long a deed waits for another program's."""
VERSION = 1
"""The form of the file, in its `user_version`."""
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
COLUMNS = tuple(each.name for each in fields(Entry))[1:]
"""Those of an entry but its number, which is the row's own."""

SCHEMA = f"""
CREATE TABLE IF NOT EXISTS results (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    {", ".join(COLUMNS)}, document TEXT NOT NULL, report TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS results_by_tag ON results (tag);
"""
_WHOLE = f"SELECT number, {', '.join(COLUMNS)}, document, report FROM results"


class Store:
    """`Store(path)`, then its deeds; each raises DocumentError with one sentence.

    Attributes:
        path: The file; its folder is made when something is first kept.
        remark: What became of a damaged file, in a sentence; None for nothing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.remark: str | None = None

    def keep(self, result: KeptResult) -> int:
        """Add a result; returns its number."""
        marks = ", ".join("?" * (len(COLUMNS) + 2))
        row = (*astuple(result.entry)[1:], result.document, result.report)

        def deed(connection: sqlite3.Connection) -> int:
            done = connection.execute(
                f"INSERT INTO results ({', '.join(COLUMNS)}, document, report) VALUES ({marks})",
                row,
            )
            return int(done.lastrowid or 0)

        return self._do(deed, is_writing=True)

    def entries(
        self,
        *,
        strategy: str = "",
        verdict: str = "",
        tag: str = "",
        kind: str = "",
        most: int = 20,
    ) -> Sequence[Entry]:
        """The newest results first; none where nothing was ever kept.

        Args:
            strategy: Only those that have this among their strategies; empty for all.
            verdict: Only those whose verdict begins so, whatever its case; empty for all.
            tag: Only those of this tag; empty for all.
            kind: `run`, `comparison` or `sweep`; empty for all.
            most: How many at most.
        """
        wanted = [
            ("instr(',' || strategy || ',', ',' || ? || ',') > 0", strategy),
            ("lower(substr(verdict, 1, length(?1))) = lower(?1)".replace("?1", "?"), verdict),
            ("tag = ?", tag),
            ("kind = ?", kind),
        ]
        asked = [(clause, value) for clause, value in wanted if value]
        where = f" WHERE {' AND '.join(clause for clause, _ in asked)}" if asked else ""
        values = [value for clause, value in asked for _ in range(clause.count("?"))]

        def deed(connection: sqlite3.Connection) -> Sequence[Entry]:
            rows = connection.execute(
                f"SELECT number, {', '.join(COLUMNS)} FROM results{where} "
                "ORDER BY number DESC LIMIT ?",
                (*values, most),
            )
            return tuple(Entry(**dict(zip(("number", *COLUMNS), row, strict=True))) for row in rows)

        return self._do(deed) if self.path.exists() else ()

    def find(self, name: str) -> KeptResult:
        """A result by its number, by its tag (the newest of it), or the `last` one."""
        if name == LAST:
            clause, value = "1 OR ?", ""
        elif name.isascii() and name.isdigit():
            clause, value = "number = ?", name
        else:
            clause, value = "tag = ?", name

        def deed(connection: sqlite3.Connection) -> KeptResult | None:
            row = connection.execute(
                f"{_WHOLE} WHERE {clause} ORDER BY number DESC LIMIT 1", (value,)
            ).fetchone()
            if row is None:
                return None
            entry = Entry(**dict(zip(("number", *COLUMNS), row[:-2], strict=True)))
            return KeptResult(entry=entry, document=row[-2], report=row[-1])

        found = self._do(deed) if self.path.exists() else None
        if found is None:
            raise DocumentError(f"no result is kept as {name[:64]!r}")
        return found

    def delete(self, numbers: Sequence[int]) -> int:
        """Remove results; returns how many were there."""

        def deed(connection: sqlite3.Connection) -> int:
            done = connection.executemany(
                "DELETE FROM results WHERE number = ?", [(each,) for each in numbers]
            )
            return done.rowcount

        return self._do(deed, is_writing=True) if self.path.exists() else 0

    def tag(self, number: int, tag: str) -> None:
        """Call a result so; an empty tag takes it away."""
        text = check_tag(tag) if tag else ""

        def deed(connection: sqlite3.Connection) -> int:
            return connection.execute(
                "UPDATE results SET tag = ? WHERE number = ?", (text, number)
            ).rowcount

        if not self.path.exists() or not self._do(deed, is_writing=True):
            raise DocumentError(f"no result is kept as '{number}'")

    def _do(self, deed: Callable[[sqlite3.Connection], T], *, is_writing: bool = False) -> T:
        """Do something with the open file; once more with a new one where it is damaged."""
        try:
            return self._once(deed, is_writing=is_writing)
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF not in DAMAGED:
                raise self._refusal(error) from error
        except OSError as error:
            raise self._refusal(error) from error
        self._move_aside()
        try:
            return self._once(deed, is_writing=is_writing)
        except (sqlite3.Error, OSError) as error:
            raise self._refusal(error) from error

    def _once(self, deed: Callable[[sqlite3.Connection], T], *, is_writing: bool) -> T:
        with self._opened(is_writing=is_writing) as connection, connection:
            return deed(connection)

    @contextmanager
    def _opened(self, *, is_writing: bool) -> Iterator[sqlite3.Connection]:
        if is_writing:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self.path.exists():
                # Nobody else's to read: names of queues and servers are in it.
                os.close(os.open(self.path, os.O_CREAT | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(self.path, timeout=BUSY_S)) as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version > VERSION:
                raise DocumentError(
                    f"{self.path} is of a newer version of this program: it is left alone"
                )
            if version < VERSION:
                # Readers and a writer do not wait for each other; it lasts for the file's life.
                with suppress(sqlite3.OperationalError):  # another program has it open just now
                    connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(f"BEGIN IMMEDIATE;{SCHEMA}PRAGMA user_version = 1;COMMIT;")
            yield connection

    def _move_aside(self) -> None:
        """Let a damaged file have another name, unless another program has just done so."""
        number = 1
        while (aside := self.path.with_name(f"{self.path.name}.damaged-{number}")).exists():
            number += 1
        try:
            self.path.rename(aside)
            for suffix in ("-wal", "-shm"):  # they belong to it, and may hold its newest rows
                with suppress(FileNotFoundError):
                    self.path.with_name(f"{self.path.name}{suffix}").rename(f"{aside}{suffix}")
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._refusal(error) from error
        self.remark = f"the history was damaged: it is {aside} now, and a new one has begun"

    def _refusal(self, error: Exception) -> DocumentError:
        why = error.strerror if isinstance(error, OSError) else str(error)
        return DocumentError(f"the history {self.path} cannot be used: {why}")
