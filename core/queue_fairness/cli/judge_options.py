"""`judge`: whether a system has shared its workers fairly, by its own table of jobs."""

import argparse
import os
import shlex
from collections.abc import Mapping, Sequence

from queue_fairness.cli.brief_help import BriefHelp
from queue_fairness.cli.commands import PROGRAM, JudgeCommand, Options
from queue_fairness.cli.parsers import (
    Parser,
    add_output_options,
    add_server_options,
    add_settings_options,
    make_parser,
)
from queue_fairness.cli.reading import RUN_OPTIONS, read_options, refuse_run_options
from queue_fairness.errors import PlanError
from queue_fairness.judge.options import TableOptions
from queue_fairness.plan import Source, plan_field
from queue_fairness.plan.observed import ObservedPlan

WORD = "judge"
ABOUT = """Judges jobs that any system has done, Redis or not, by a table with a row for
each: CSV, TSV or JSON Lines (gzip and zstd are seen through), or a recording.
Columns are recognized by their names for Oban, River, pg-boss, good_job,
solid_queue, django-celery-results and BullMQ, and for plain ones."""
COLUMNS = {
    "by": "whose a job is: the tenant. Also a key in a column of JSON: args.customer_id",
    "ready": "from when on it might have been taken; several, separated by commas: the first "
    "that is not empty",
    "started": "when it was taken; empty if it still waits",
    "finished": "when it ended; empty if it is in service",
    "worker": "who did it",
    "cost": "what it cost, in a unit of your own, for --fair-by tokens",
    "weight": "the weight of its tenant: the share that it is due",
}
MOST_WORKERS = 100_000
BRIEF = BriefHelp(
    about=ABOUT,
    examples={
        "judge jobs.csv": "columns found by their names",
        "judge jobs.csv --by customer": "whose a job is",
        "judge - --by args.customer_id": "what is piped in",
        "judge jobs.csv -o page.html": "a page to show",
    },
    options={
        "--by COLUMN": "whose a job is: the tenant",
        "--ready, --started, --finished": "columns of times",
        "--from, --to TIME": "the time that is looked at",
        "--mask": "pseudonyms in place of names",
    },
)


def parse(arguments: Sequence[str], environment: Mapping[str, str]) -> Options:
    """Read what follows the word; `--help` and refusals end the program (SystemExit)."""

    def command(asked: argparse.Namespace) -> JudgeCommand:
        return _command(asked, arguments)

    return read_options(parser(), arguments, environment, command)


def parser() -> Parser:
    """Knows the options of the word."""
    words = make_parser(WORD, ABOUT, BRIEF)
    words.usage = f"{PROGRAM} {WORD} [option ...] FILE"
    words.add_argument("file", metavar="FILE", help="The table, or - for what is piped in.")
    group = words.add_argument_group("columns (default: recognized by their names)")
    for name, meaning in COLUMNS.items():
        group.add_argument(f"--{name}", metavar="COLUMN", help=f"{meaning}.")
    group = words.add_argument_group("what is looked at")
    group.add_argument(
        "--from", dest="begin", metavar="TIME", help="Look from here on; what waited is backlog."
    )
    group.add_argument("--to", dest="end", metavar="TIME", help="Look up to here.")
    group.add_argument(
        "--timezone", metavar="ZONE", help="Of times that tell none, such as Europe/Berlin."
    )
    group.add_argument(
        "--workers",
        metavar="N",
        help="How many there were. (default: their names, or the most at work at once)",
    )
    group.add_argument(
        "--fair-by", dest="fair_by", metavar="NAME", default="turns", help=_fair_by_help()
    )
    group.add_argument(
        "--mask", action="store_true", help="Show short pseudonyms in place of names."
    )
    add_output_options(words)
    add_settings_options(words)
    add_server_options(words)
    words.hide(RUN_OPTIONS)
    return words


def _fair_by_help() -> str:
    return f"What must be shared fairly: {', '.join(plan_field('fair_by').choices)}."


def _command(asked: argparse.Namespace, arguments: Sequence[str]) -> JudgeCommand:
    refuse_run_options(asked)
    workers = None
    if asked.workers is not None:
        if not asked.workers.isdigit() or not 1 <= int(asked.workers) <= MOST_WORKERS:
            raise PlanError(
                "workers", f"--workers {asked.workers}: give a number from 1 to {MOST_WORKERS:,}"
            )
        workers = int(asked.workers)
    fair_by = plan_field("fair_by")
    fair_by.check(asked.fair_by)
    command = shlex.join((PROGRAM, WORD, *arguments))
    table = TableOptions(
        **{name: getattr(asked, name) for name in COLUMNS},
        begin=asked.begin,
        end=asked.end,
        timezone=asked.timezone,
        workers=workers,
        fair_by=asked.fair_by,
        mask=asked.mask,
        alone=(os.cpu_count() or 1) < 2,
        command=command,
    )
    source = Source(name=asked.file, command=command)
    return JudgeCommand(
        path=asked.file,
        table=table,
        plan=ObservedPlan(source=source, names=(), strategy=asked.file),
    )
