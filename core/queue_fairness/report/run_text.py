"""A run's picture in sentences, and the whole of it as plain text."""

import shlex
import textwrap
from collections.abc import Sequence

from queue_fairness.fairness.assessment import FairnessAssessment
from queue_fairness.formatting import numbers
from queue_fairness.formatting.table import WIDTH, render
from queue_fairness.metrics import completion
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.metrics.stall_sentences import stall_sentences
from queue_fairness.plan import description
from queue_fairness.plan.ignored import ignored_options
from queue_fairness.report.limit import LimitResult
from queue_fairness.report.run_tables import server_line, tables

TICKS = {True: "✓", False: "✗", None: "–"}
"""Whether something holds; a dash where that cannot be said."""


_LABELS = {"worker time": "time", "tokens": "tokens", "turns": "turns"}
"""Heads of what is said of each thing that partitions share."""


def headline(snapshot: Snapshot) -> str:
    """What runs: strategy, load, workers, work and seed on one line."""
    plan = snapshot.plan
    return f"{plan.strategy} · {description.whole(plan, (plan.strategy,))}"


def command(snapshot: Snapshot) -> str:
    """The command line that asks for the same again, the server included; without a password."""
    return snapshot.plan.command + server_options(snapshot)


def server_options(snapshot: Snapshot) -> str:
    """The options that name the run's server, after a space; empty for the default one."""
    options = snapshot.server.origin.options if snapshot.server else ()
    return f" {shlex.join(options)}" if options else ""


def outcome(snapshot: Snapshot) -> str:
    """How it ended, or how far it is, in one sentence."""
    done = f"{snapshot.completed:,} of {snapshot.enqueued:,} tasks"
    if snapshot.elapsed_s:
        done += f" in {numbers.seconds(snapshot.elapsed_s)}"
    word = "STOPPED EARLY" if snapshot.phase is Phase.STOPPED else completion.label(snapshot)
    return f"{word}  {done}"


def integrity(snapshot: Snapshot) -> str:
    """What became of every task that was enqueued, in one sentence."""
    if not snapshot.enqueued:
        return "nothing was enqueued"
    parts = []
    if snapshot.left is None:
        parts.append("what is left in Redis is unknown")
    else:
        parts.append(f"{snapshot.left:,} left" if snapshot.left else "none left")
    if snapshot.lost is None:
        parts.append("how many were lost is unknown")
    elif snapshot.vanished:
        parts.append(f"{snapshot.lost:,} lost ({snapshot.vanished:,} by the server)")
    else:
        parts.append(f"{snapshot.lost:,} lost" if snapshot.lost else "none lost")
    parts.append(f"{snapshot.duplicated:,} twice" if snapshot.duplicated else "none twice")
    if snapshot.dead:
        attempts = numbers.plural(snapshot.plan.max_attempts, "attempt")
        parts.append(f"{snapshot.dead:,} given up after {attempts}")
    if snapshot.in_lease:
        parts.append(f"{snapshot.in_lease:,} waiting for a lease to expire")
    if snapshot.locks_left and snapshot.server_fault is None:
        parts.append(f"{numbers.plural(snapshot.locks_left, 'lock')} left behind")
    return ", ".join(parts)


def text(snapshot: Snapshot) -> str:
    """The whole report as plain text, at most 80 columns wide but for the last line."""
    lines = [*textwrap.wrap(headline(snapshot), WIDTH), server_line(snapshot)]
    for each in ignored_options(snapshot.plan):
        lines += textwrap.wrap(each, WIDTH, break_on_hyphens=False)
    lines.append("")
    above = [completion.remark(snapshot), *stall_sentences(snapshot)]
    for sentence in filter(None, above):
        lines += [*textwrap.wrap(sentence, WIDTH), ""]
    if snapshot.assessment is not None:
        lines += [*verdict_lines(snapshot.assessment), ""]
    lines += [outcome(snapshot), *textwrap.wrap(integrity(snapshot), WIDTH)]
    for complaint in (snapshot.failure, snapshot.warning):
        lines += _wrapped(complaint, WIDTH, "") if complaint else []
    if snapshot.failure_details:
        lines += ("", *details(snapshot))
    if snapshot.picked_up:
        shown = tables(snapshot)
        for table in (
            *shown.fairness,
            *shown.faults,
            *shown.starvation,
            *shown.workers,
            *shown.throughput,
        ):
            lines += ("", *render(table))
    lines += ("", f"$ {command(snapshot)}")
    return "\n".join(lines) + "\n"


def details(snapshot: Snapshot) -> list[str]:
    """The traceback of a user's own queue, line by line; empty if there is none.

    It may hold any text, so that what would steer the terminal is written as its escape.
    """
    found = (snapshot.failure_details or "").rstrip("\n")
    return ["".join(map(_printable, line)) for line in found.split("\n")] if found else []


def _printable(character: str) -> str:
    if character.isprintable() or character == "\t":
        return character
    return character.encode("unicode_escape").decode("ascii")


def verdict_line(assessment: FairnessAssessment) -> str:
    """The verdict and its numbers: `✗ UNFAIR  half of the partitions waited ...`."""
    verdict = assessment.verdict
    return f"{verdict.word.glyph} {verdict.title}  {verdict.headline}"


def verdict_so_far(assessment: FairnessAssessment) -> str:
    """The verdict in mid-run: what is missing for one, or the word so far."""
    verdict = assessment.verdict
    return verdict.collecting or f"{verdict.word.glyph} {verdict.title} so far"


def verdict_lines(assessment: FairnessAssessment, width: int = WIDTH) -> list[str]:
    """The verdict, why, what it is not, what to try, and the evidence."""
    verdict = assessment.verdict
    lines = textwrap.wrap(verdict_line(assessment), width)
    for label, sentences in (
        ("why", verdict.why),
        *((_LABELS[each.name], (each.headline, *each.why)) for each in verdict.aspects),
        ("not", verdict.not_because),
        ("try", verdict.next_step),
    ):
        for number, sentence in enumerate(sentences):
            head = f"  {label if not number else '':9}"
            lines += _wrapped(sentence, width, head)
    evidence = "   ".join(f"{TICKS[each.ok]} {each.text}" for each in verdict.evidence)
    head = f"  {'evidence':9}"
    # A tick stays with its text, and the parts of a text together.
    evidence = evidence.replace(" ", "\u00a0").replace("\u00a0" * 3, "   ")
    lines += _wrapped(evidence, width, head)
    return [line.replace("\u00a0", " ") for line in lines]


def _wrapped(text: str, width: int, head: str) -> list[str]:
    """A text in lines that hang below their head."""
    return textwrap.wrap(
        text,
        width,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_on_hyphens=False,
    )


def gates(results: Sequence[LimitResult]) -> list[str]:
    """Each limit that must not be broken, with its measured value, or why there is none."""
    return [
        f"{TICKS[each.passed]} fail if {each.expression}   "
        f"{'measured: ' if each.value is not None else ''}{each.reason}"
        for each in results
    ]
