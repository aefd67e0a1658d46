"""`diff`: what differs between two results, and what of that is more than chance."""

import shlex
import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn

from queue_fairness.cli.commands import FORMATS, PROGRAM
from queue_fairness.cli.kept_options import add_history_options, find_document
from queue_fairness.cli.output_file import output_files, write_file
from queue_fairness.cli.parser import Parser, make_parser
from queue_fairness.cli.streams import complain, write_out
from queue_fairness.errors import DocumentError, OutputError, PlanError
from queue_fairness.history.place import place
from queue_fairness.outside import harmless

WORD = "diff"
ABOUT = """Compares two results, each a JSON file (- for stdin) or a kept result by number,
tag or `last`. Exit status: 0 the second is no worse, 3 it is worse by more
than chance, 4 the two cannot be compared, such as for their loads."""
VARIABLE = "QUEUE_FAIRNESS_HISTORY"


def parse(arguments: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    """Compare, print the difference, and end the program."""
    words = parser()
    asked = words.parse_whole(arguments)
    form = asked.format or FORMATS[0]
    if form not in FORMATS:
        words.error(f"--format {form}: choose one of {', '.join(FORMATS)}")
    if asked.before == asked.after == "-":
        words.error("stdin can be read once: give a file for one of the two")
    where = place(asked.history or environment.get(VARIABLE), environment)
    # Not before: `--help` does without all of the analysis.
    from queue_fairness.analysis.difference import difference
    from queue_fairness.cli.keeping import status_of
    from queue_fairness.report.difference_json import difference_document
    from queue_fairness.report.difference_report import difference_report
    from queue_fairness.report.results import render_made

    try:
        files = output_files(asked.output, None)
        before, before_name = find_document(asked.before, where)
        after, after_name = find_document(asked.after, where)
        found = difference(before, after, (harmless(before_name), harmless(after_name)))
    except (DocumentError, PlanError) as error:
        words.error(str(error))
    command = shlex.join((PROGRAM, WORD, asked.before, asked.after))
    report, document = difference_report(found, command), difference_document(found, command)
    try:
        for each in files:
            write_file(each, render_made(report, document, each.format))
            complain(f"{PROGRAM}: wrote {harmless(each.path)}\n")
        write_out(render_made(report, document, form))
    except OutputError as error:
        complain(f"{words.prog}: {error}\n")
        sys.exit(1)
    sys.exit(status_of(found))


def parser() -> Parser:
    """Knows the two results, and how the difference is shown."""
    words = make_parser(WORD, ABOUT)
    words.usage = f"{words.prog} [option ...] BEFORE AFTER"
    words.add_argument("before", metavar="BEFORE", help="What is compared with.")
    words.add_argument("after", metavar="AFTER", help="What may be better or worse.")
    words.add_argument(
        "--format", metavar="FORMAT", help=f"{', '.join(FORMATS)} (default {FORMATS[0]})."
    )
    words.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        nargs="+",
        action="extend",
        default=[],
        help="Also write it to this file, in the format that its ending says.",
    )
    add_history_options(words)
    return words
