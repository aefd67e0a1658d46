"""The report of a run: its picture in sentences, its tables, its numbers."""

from collections.abc import Iterator, Mapping

from queue_fairness.fairness.assessment import FairnessAssessment
from queue_fairness.formatting import numbers
from queue_fairness.formatting.wrapping import NO_BREAK
from queue_fairness.metrics import completion
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.metrics.stall_sentences import stall_sentences
from queue_fairness.outside import harmless_lines
from queue_fairness.plan import description
from queue_fairness.plan.ignored import ignored_options
from queue_fairness.report.command import command
from queue_fairness.report.json_numbers import PLAN, meaning_of, number_names
from queue_fairness.report.model import (
    Labelled,
    Literal,
    Measure,
    Report,
    Section,
    Sentences,
)
from queue_fairness.report.plain_words import in_plain_words, key_figures
from queue_fairness.report.run_json import document
from queue_fairness.report.run_pictures import run_pictures
from queue_fairness.report.run_tables import server_line, tables
from queue_fairness.report.tones import tone_of

_LABELS = {"worker time": "time", "tokens": "tokens", "turns": "turns"}
"""Heads of what is said of each thing that tenants share."""


def headline(snapshot: Snapshot) -> str:
    """What runs: strategy, load, workers, work and seed on one line."""
    plan = snapshot.plan
    return f"{plan.strategy} · {description.whole(plan, (plan.strategy,))}"


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
    if snapshot.plan.observed is not None:
        taken = numbers.plural(snapshot.cut_short, "job") + " in service at the end"
        return f"{snapshot.left or 0:,} still waiting, {taken}"
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


def _notes(snapshot: Snapshot) -> tuple[str, ...]:
    """What the figures of something that was read must be read with."""
    source = snapshot.plan.observed
    return () if source is None else tuple(filter(None, (source.unreadable, *source.notes)))


def _origin(snapshot: Snapshot) -> tuple[str, ...]:
    """Where the figures come from: the server and what was ignored, or what was read."""
    source = snapshot.plan.observed
    if source is None:
        return (server_line(snapshot), *ignored_options(snapshot.plan))
    return tuple(f"{label}: {value}" for label, value in source.facts)


def run_report(snapshot: Snapshot) -> Report:
    """The whole report; what was not measured is left out or shown as unknown."""
    assessment = snapshot.assessment
    remarks = (completion.remark(snapshot), *stall_sentences(snapshot), *_notes(snapshot))
    verdict = assessment.verdict if assessment else None
    return Report(
        sentence=verdict_line(assessment) if assessment else "",
        badge=f"{verdict.word.glyph} {verdict.title}" if verdict else "",
        tone=tone_of(verdict.word if verdict else None, failed=snapshot.phase is Phase.FAILED),
        plain=in_plain_words(snapshot),
        figures=key_figures(snapshot),
        pictures=tuple(run_pictures(snapshot)),
        reasons=reasons(assessment) if assessment else (),
        headline=(headline(snapshot), *_origin(snapshot)),
        headline_first=True,
        warnings=tuple(filter(None, remarks)),
        sections=tuple(_sections(snapshot)),
        command=command(snapshot),
        measures=tuple(_measures(snapshot)),
    )


def _sections(snapshot: Snapshot) -> Iterator[Section]:
    complaints = filter(None, (snapshot.failure, snapshot.warning))
    ended = Sentences((outcome(snapshot), integrity(snapshot), *complaints))
    yield Section(title="Outcome", blocks=(ended,))
    if snapshot.failure_details:
        yield Section(title="Traceback", blocks=(Literal(tuple(details(snapshot))),))
    if not snapshot.picked_up:
        return
    shown = tables(snapshot)
    for title, blocks in (
        ("Fairness", shown.fairness),
        ("Faults", shown.faults),
        ("Starvation", shown.starvation),
        ("Workers", shown.workers),
        ("Throughput", shown.throughput),
    ):
        if blocks:
            yield Section(title=title, blocks=blocks)
    yield Section(title="Parameters and environment", blocks=shown.parameters, is_appendix=True)


def _measures(snapshot: Snapshot) -> Iterator[Measure]:
    """The numbers of the document but those of the plan, then each partition's longest wait."""
    found = document(snapshot)
    for name in number_names():
        value: object = found
        for part in name.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        if not name.startswith(PLAN):
            number = value if isinstance(value, int | float) else None
            yield _measure(snapshot, name, meaning_of(name).unit, number)
    victims = snapshot.assessment.measures.victims if snapshot.assessment else ()
    for each in victims:
        name = snapshot.plan.partition_name(each.partition)
        yield _measure(snapshot, "fairness.longest_waits.rounds", "rounds", each.rounds, name)


def _measure(
    snapshot: Snapshot, name: str, unit: str, value: float | None, partition: str = ""
) -> Measure:
    verdict = snapshot.assessment.verdict.word.text if snapshot.assessment else ""
    return Measure(
        strategy=snapshot.plan.strategy,
        verdict=verdict,
        partition=partition,
        runs=1,
        measure=name,
        unit=unit,
        median=value,
        min=value,
        max=value,
    )


def details(snapshot: Snapshot) -> list[str]:
    """What stands below a failure, such as a traceback, line by line; empty if there is none."""
    found = harmless_lines(snapshot.failure_details or "").rstrip("\n")
    return found.split("\n") if found else []


def verdict_line(assessment: FairnessAssessment) -> str:
    """The verdict and its numbers: `✗ UNFAIR  half of the partitions waited ...`."""
    verdict = assessment.verdict
    return f"{verdict.word.glyph} {verdict.title}  {verdict.headline}"


def reasons(assessment: FairnessAssessment) -> tuple[Labelled, ...]:
    """Why the verdict is what it is, what it is not, what to try, and the evidence."""
    verdict = assessment.verdict
    evidence = "   ".join(f"{numbers.TICKS[each.ok]} {each.text}" for each in verdict.evidence)
    # A tick stays with its text, and the parts of a text together.
    evidence = evidence.replace(" ", NO_BREAK).replace(NO_BREAK * 3, "   ")
    return (
        Labelled(label="why", sentences=tuple(verdict.why)),
        *(
            Labelled(label=_LABELS[each.name], sentences=(each.headline, *each.why))
            for each in verdict.aspects
        ),
        Labelled(label="not", sentences=tuple(verdict.not_because)),
        Labelled(label="try", sentences=tuple(verdict.next_step)),
        Labelled(label="evidence", sentences=(evidence,)),
    )
