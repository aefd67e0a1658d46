"""The options of what is kept: the history, tags, the baseline."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from queue_fairness.cli.commands import PROGRAM, JudgeCommand
from queue_fairness.errors import DocumentError, OutputError, PlanError, TableError

if TYPE_CHECKING:
    from queue_fairness.analysis.baseline import Baseline
    from queue_fairness.analysis.kept import Document
    from queue_fairness.history.place import Place
    from queue_fairness.report.limit import FailIf

LARGEST = 500_000_000
"""Bytes of the largest document that is read."""


def add_kept_options(output: "argparse._ArgumentGroup") -> None:
    """Add them to the options of the output."""
    output.add_argument(
        "--baseline",
        metavar="NAME",
        help="Compare the result with this one: a JSON file, or a kept result by number, tag or "
        "`last`. Exit with status 3 if it is worse by more than chance, 4 if they cannot be "
        "compared. Limits may name it: --fail-if 'worst_wait > 1.2 * baseline'.",
    )
    output.add_argument(
        "--save-baseline",
        metavar="FILE",
        help="Write the result as JSON to this file, if it came to its end, for --baseline.",
    )
    output.add_argument(
        "--tag", metavar="NAME", help="Call the kept result so; see the word `history`."
    )
    add_history_options(output)


def add_history_options(group: "argparse._ArgumentGroup | argparse.ArgumentParser") -> None:
    """Add what says where results are kept."""
    group.add_argument(
        "--history",
        metavar="FILE|off",
        help="Keep results in this file, or nowhere (default: in the user's data directory; "
        "in CI nowhere).",
    )
    group.add_argument(
        "--no-history",
        dest="history",
        action="store_const",
        const="off",
        help="The same as --history off.",
    )


def read_tag(text: str | None) -> str:
    """A tag; empty for none.

    Raises:
        PlanError: It cannot be one.
    """
    from queue_fairness.history.entry import check_tag

    try:
        return check_tag(text) if text is not None else ""
    except DocumentError as error:
        raise PlanError("tag", f"--{error}") from None


def read_baseline(
    name: str | None, where: "Place", limits: "Sequence[FailIf]"
) -> "Baseline | None":
    """The baseline that was asked for; None for none.

    Raises:
        PlanError: It cannot be read, or a limit needs one and there is none.
    """
    if name is None:
        from queue_fairness.report.limit import OfBaseline

        needs = [each.expression for each in limits if isinstance(each.limit, OfBaseline)]
        if needs:
            raise PlanError("fail_if", f"--fail-if {needs[0]!r}: give --baseline NAME, too")
        return None
    # Not before: it brings all of the analysis along.
    from queue_fairness.analysis.baseline import Baseline
    from queue_fairness.analysis.kept import groups

    try:
        document, said = find_document(name, where)
        groups(document, said)
    except DocumentError as error:
        raise PlanError("baseline", f"--baseline {error}") from None
    return Baseline(name=said, document=document)


def find_document(name: str, where: "Place") -> "tuple[Document, str]":
    """A result by a file's name, `-` for stdin, or the name of a kept one; and what it is called.

    Raises:
        DocumentError: There is none, or it cannot be read.
    """
    from queue_fairness.analysis.kept import parse_document

    if name == "-":
        return parse_document(sys.stdin.read(LARGEST), "stdin"), "stdin"
    if is_file(name):
        return _document_of(name), name
    from queue_fairness.history.store import Store

    if where.path is None:
        raise DocumentError(f"{name}: there is no such file, and {where.why_not}")
    try:
        found = Store(where.path).find(name)
    except DocumentError as error:
        hint = f"`{PROGRAM} history` lists what is kept"
        raise DocumentError(f"{name}: there is no such file, and {error}; {hint}") from None
    entry = found.entry
    said = f"kept result {entry.number}{f' ({entry.tag})' if entry.tag else ''}, {entry.at[:16]}"
    return parse_document(found.document, said), said


def is_file(name: str) -> bool:
    """Whether a name is meant as a file's: it looks like one, or there is one."""
    try:
        return "/" in name or name.endswith(".json") or Path(name).exists()
    except (OSError, ValueError):
        return True  # nobody's name but a broken file's


def _document_of(name: str) -> "Document":
    """The document that a file holds, or that a recording gives when it is played."""
    from queue_fairness.analysis.kept import parse_document
    from queue_fairness.trace.files import open_to_read
    from queue_fairness.trace.reading import is_recording

    try:
        with open_to_read(name) as source:
            if is_recording(source.peek()):
                return _played(name)
            found = source.stream.read(LARGEST + 1)
        if len(found) > LARGEST:
            raise DocumentError(f"{name}: it is larger than {LARGEST // 1_000_000} MB")
        return parse_document(found.decode("utf-8-sig"), name)
    except UnicodeDecodeError as error:
        raise DocumentError(f"{name}: this is not JSON, as --json writes it") from error
    except TableError as error:
        raise DocumentError(str(error)) from error
    except (OSError, EOFError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise DocumentError(f"{name[:200]}: {why}") from error


def _played(name: str) -> "Document":
    """The document of a recording.

    Raises:
        TableError: It is damaged.
    """
    from queue_fairness.cli.file_headless import read
    from queue_fairness.judge.options import TableOptions
    from queue_fairness.plan import Source
    from queue_fairness.plan.observed import ObservedPlan
    from queue_fairness.report.results import KINDS

    plan = ObservedPlan(source=Source(name=name, command=""), names=(), strategy=name)
    command = JudgeCommand(path=name, table=TableOptions(), plan=plan)
    try:
        result = read(command, lambda *_: None)
    except OutputError as error:
        raise DocumentError(str(error)) from error
    return json.loads(json.dumps(KINDS[type(result)].document(result)))  # type: ignore[no-any-return]
