"""A PostgreSQL of one's own for a while, from the system's packages; reached by a socket alone."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

OWNER = "postgres"
"""Whose it is where we are root, for whom PostgreSQL does not run."""


def program(name: str) -> str | None:
    """The path of one of its programs; None where there is none."""
    found = shutil.which(name)
    packaged = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return found or (str(packaged[-1]) if packaged else None)


@dataclass(frozen=True, slots=True)
class Postgres:
    """A server that is running."""

    folder: str

    @property
    def psql(self) -> Sequence[str]:
        """The words of `psql` on it."""
        path = program("psql")
        assert path is not None
        return (path, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-U", OWNER)

    def run(self, sql: str) -> None:
        """Carry out some SQL."""
        subprocess.run([*self.psql, "-d", "postgres"], input=sql, text=True, check=True)

    def csv(self, query: str) -> str:
        """What a query gives, as `psql --csv` prints it."""
        words = [*self.psql, "-d", "postgres", "--csv", "-c", query]
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def is_there() -> bool:
    """Whether it can be started here."""
    return None not in (program("initdb"), program("postgres"), program("psql"))


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Make a cluster, start it, and remove both."""
    initdb, control = program("initdb"), program("pg_ctl")
    assert initdb is not None
    assert control is not None
    user = OWNER if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="qf-pg-") as folder:
        if user is not None:
            shutil.chown(folder, user)
        data = f"{folder}/data"
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "user": user}
        words = [initdb, "-D", data, "-U", OWNER, "--auth=trust", "--no-sync", "-E", "UTF8"]
        subprocess.run(words, check=True, cwd=folder, **quiet)  # type: ignore[call-overload]
        options = f"-k {folder} -c listen_addresses= -c fsync=off"
        begin = [control, "-D", data, "-w", "-t", "60", "-o", options, "start"]
        subprocess.run(begin, check=True, cwd=folder, **quiet)  # type: ignore[call-overload]
        try:
            yield Postgres(folder)
        finally:
            end = [control, "-D", data, "-m", "immediate", "-w", "stop"]
            subprocess.run(end, check=True, cwd=folder, **quiet)  # type: ignore[call-overload]
