"""Tables of real systems: filled in a real PostgreSQL or SQLite, exported, judged."""

import json
import shlex
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from judge.postgres import Postgres, is_there, postgres
from judge.tables import BEGIN, by_turns, rows, sequential

from queue_fairness.fairness.word import Level
from queue_fairness.judge import JobRow, judge_rows
from queue_fairness.judge.options import TableOptions
from queue_fairness.judge.reading import judge_source
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.trace.files import open_to_read

needs_postgres = pytest.mark.skipif(not is_there(), reason="PostgreSQL is not installed")
needs_sqlite = pytest.mark.skipif(shutil.which("sqlite3") is None, reason="sqlite3 is missing")

OBAN = """
CREATE TYPE oban_job_state AS ENUM ('available', 'scheduled', 'executing', 'retryable',
  'completed', 'discarded', 'cancelled');
CREATE TABLE oban_jobs (
  id bigserial PRIMARY KEY, state oban_job_state NOT NULL DEFAULT 'available',
  queue text NOT NULL DEFAULT 'default', worker text NOT NULL, args jsonb NOT NULL DEFAULT '{}',
  errors jsonb[] NOT NULL DEFAULT ARRAY[]::jsonb[], attempt integer NOT NULL DEFAULT 0,
  max_attempts integer NOT NULL DEFAULT 20, inserted_at timestamp NOT NULL,
  scheduled_at timestamp NOT NULL, attempted_at timestamp, completed_at timestamp,
  attempted_by text[], discarded_at timestamp, priority integer NOT NULL DEFAULT 0,
  tags text[] DEFAULT ARRAY[]::text[], meta jsonb DEFAULT '{}', cancelled_at timestamp);
"""
RIVER = """
CREATE TYPE river_job_state AS ENUM ('available', 'cancelled', 'completed', 'discarded',
  'pending', 'retryable', 'running', 'scheduled');
CREATE TABLE river_job (
  id bigserial PRIMARY KEY, state river_job_state NOT NULL DEFAULT 'available',
  attempt smallint NOT NULL DEFAULT 0, max_attempts smallint NOT NULL DEFAULT 25,
  attempted_at timestamptz, created_at timestamptz NOT NULL, finalized_at timestamptz,
  scheduled_at timestamptz NOT NULL, priority smallint NOT NULL DEFAULT 1, args jsonb NOT NULL,
  attempted_by text[], errors jsonb[], kind text NOT NULL, metadata jsonb NOT NULL DEFAULT '{}',
  queue text NOT NULL DEFAULT 'default', tags varchar(255)[] NOT NULL DEFAULT '{}');
"""
HOME_MADE = """
CREATE TABLE jobs (id bigserial PRIMARY KEY, customer_id text, payload text,
  created_at timestamptz, started_at timestamptz, finished_at timestamptz);
"""
WAITING = [JobRow("tenant 1", BEGIN)]
ORDER = sequential(40, 10)


def _time(at: object) -> str:
    if at is None:
        return "NULL"
    assert isinstance(at, float)
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=round(at * 1e6))
    return f"'{moment.isoformat()}'"


@pytest.fixture(scope="module")
def database() -> Iterator[Postgres]:
    with postgres() as found:
        found.run(OBAN + RIVER + HOME_MADE)
        jobs = [*rows(ORDER, named=True), *WAITING]
        ready = [_time(each.ready) for each in jobs]
        started = [_time(each.started) for each in jobs]
        finished = [_time(each.finished) for each in jobs]
        nodes = [f"ARRAY['{each.worker}']" if each.worker else "NULL" for each in jobs]
        all_of = list(zip(jobs, ready, started, finished, nodes, strict=True))
        found.run(
            "SET timezone = 'Europe/Berlin';"
            "INSERT INTO oban_jobs (queue, worker, args, attempt, inserted_at, scheduled_at,"
            " attempted_at, completed_at, attempted_by) VALUES "
            + ",".join(
                f"('default', 'App.Send', '{{\"tenant\": \"{job.tenant}\"}}', 1, {r}, {r}, {s}, "
                f"{f}, {n})"
                for job, r, s, f, n in all_of
            )
            + ";INSERT INTO river_job (kind, args, attempt, created_at, scheduled_at,"
            " attempted_at, finalized_at, attempted_by, queue) VALUES "
            + ",".join(
                f"('send', '{{}}', 1, {r}, {r}, {s}, {f}, {n}, '{job.tenant}')"
                for job, r, s, f, n in all_of
            )
            + ";INSERT INTO jobs (customer_id, payload, created_at, started_at, finished_at) "
            "VALUES "
            + ",".join(
                f"('{job.tenant}', E'two\\nlines, \"quoted\"', {r}, {s}, {f})"
                for job, r, s, f, _ in all_of
            )
            + ";"
        )
        yield found


def _judged(text: str, path: Path, **options: str) -> Snapshot:
    path.write_text(text)
    with open_to_read(str(path)) as source:
        return judge_source(source, TableOptions(**options))  # type: ignore[arg-type]  # texts


def _check(found: Snapshot, system: str, *, left: int = 1) -> None:
    expected = judge_rows([*rows(ORDER), *WAITING])
    assert found.assessment is not None
    assert expected.assessment is not None
    assert found.assessment.verdict.word is expected.assessment.verdict.word is Level.UNFAIR
    mine, its = found.assessment.measures, expected.assessment.measures
    assert mine.worst_wait_rounds.max == pytest.approx(its.worst_wait_rounds.max, abs=1e-6)
    assert mine.first_pickup_rounds.mean == pytest.approx(its.first_pickup_rounds.mean, abs=1e-6)
    assert found.left == left
    assert found.plan.observed is not None
    assert system in found.plan.observed.facts[1][0]


@needs_postgres
@pytest.mark.parametrize(
    ("query", "system", "by"),
    [
        pytest.param("SELECT * FROM oban_jobs", "Oban", "args.tenant", id="Oban"),
        pytest.param("SELECT * FROM river_job", "River", None, id="River"),
        pytest.param("SELECT * FROM jobs", "", None, id="home-made"),
    ],
)
def test_a_table_that_psql_exports_is_judged(
    query: str, system: str, by: str | None, database: Postgres, tmp_path: Path
) -> None:
    text = database.csv(f"{query} ORDER BY id")

    options = {} if by is None else {"by": by}
    _check(_judged(text, tmp_path / "jobs.csv", **options), system)


@needs_postgres
def test_what_psql_pipes_in_is_judged(database: Postgres) -> None:
    query = "SELECT customer_id, created_at, started_at, finished_at FROM jobs ORDER BY started_at"
    psql = shlex.join([*database.psql, "-d", "postgres", "--csv", "-c", query])
    judge = shlex.join([sys.executable, "-m", "queue_fairness_tui", "judge", "-", "--json", "-"])

    done = subprocess.run(
        f"{psql} | {judge} --fail-if 'worst_wait_rounds.p99 > 3'",
        shell=True, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    found = json.loads(done.stdout)
    assert found["verdict"]["word"] == "UNFAIR"
    assert found["fairness"]["longest_waits"][0]["partition"].startswith("tenant ")


@needs_sqlite
def test_a_file_of_django_celery_results_is_judged(tmp_path: Path) -> None:
    path = tmp_path / "db.sqlite3"
    with sqlite3.connect(path) as database:
        database.execute(
            "CREATE TABLE django_celery_results_taskresult (id integer PRIMARY KEY, task_id"
            " varchar(255), status varchar(50), result text, date_done datetime NOT NULL,"
            " traceback text, meta text, task_args text, task_kwargs text, task_name varchar(255),"
            " worker varchar(100), date_created datetime NOT NULL, date_started datetime)"
        )
        database.executemany(
            "INSERT INTO django_celery_results_taskresult (status, task_name, task_kwargs, worker,"
            " date_created, date_started, date_done) VALUES ('SUCCESS', 'app.send', ?, ?, ?, ?, ?)",
            [
                (
                    json.dumps(repr({"customer": each.tenant})),
                    each.worker,
                    *(_time(at)[1:-7].replace("T", " ") for at in each[1:4]),
                )
                for each in rows(by_turns(40, 10), named=True)
            ],
        )
    database.close()
    words = [
        "sqlite3",
        "-csv",
        "-header",
        str(path),
        "SELECT * FROM django_celery_results_taskresult",
    ]
    text = subprocess.run(words, capture_output=True, text=True, check=True).stdout

    found = _judged(text, tmp_path / "jobs.csv", by="task_kwargs.customer")
    assert found.assessment is not None
    assert found.assessment.verdict.word is Level.FAIR
    assert found.plan.partition_name(3) == "tenant 3"
    assert found.plan.worker_name(0) == "host-0"
    assert found.plan.observed is not None
    assert "django-celery-results" in found.plan.observed.facts[1][0]
