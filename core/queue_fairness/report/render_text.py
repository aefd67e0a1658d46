"""A report as plain text, at most 80 columns wide but for the command and what is literal."""

from collections.abc import Iterator, Sequence

from queue_fairness.formatting.table import MARKS, Table, fitting, spreads, table_lines
from queue_fairness.formatting.wrapping import NO_BREAK, WIDTH, facts, paragraphs, wrapped
from queue_fairness.report.model import Block, Labelled, Literal, Report, Section, Sentences

LABEL_WIDTH = 9
"""Columns that labels take, besides their indent."""


def render_text(report: Report) -> str:
    """The whole report."""
    headline = [line for each in report.headline for line in facts(each)]
    warnings = [wrapped(each) for each in report.warnings]
    answer = answer_lines(report.sentence, report.reasons)
    top = (headline, *warnings, answer) if report.headline_first else (answer, headline, *warnings)
    sections = (part for each in report.sections if not each.is_appendix for part in _section(each))
    notes = [
        line
        for note in (*rank_notes(report), *report.notes)
        for line in wrapped(note, head="  ", rest="    ")
    ]
    command = [f"$ {report.command}"] if report.command else []
    lines = paragraphs([*top, *sections, notes, command])
    return "\n".join(lines) + "\n"


def answer_lines(sentence: str, reasons: Sequence[Labelled], width: int = WIDTH) -> list[str]:
    """The sentence, and what it rests on beside labels that stand in a column of their own."""
    lines = wrapped(sentence, width)
    for each in reasons:
        for number, reason in enumerate(each.sentences):
            head = f"  {each.label if not number else '':{LABEL_WIDTH}}"
            lines += wrapped(reason, width, head)
    return [line.replace(NO_BREAK, " ") for line in lines]


def rank_notes(report: Report) -> list[str]:
    """What the marks behind the numbers mean; only those that are there."""
    said = {"best": "best of its column", "same": "same as the best, the repeats overlap"}
    return [f"{MARKS[rank]}: {said[rank]}" for rank in said if rank in report.ranks]


def _section(section: Section) -> Iterator[list[str]]:
    """Blocks in their order; how far repeats spread comes after all tables of the section."""
    for each in section.blocks:
        yield from _block(each)
    for each in section.blocks:
        if isinstance(each, Table):
            yield from (table_lines(part) for spread in spreads(each) for part in fitting(spread))


def _block(block: Block) -> Iterator[list[str]]:
    match block:
        case Sentences():
            yield [line for each in block.sentences for line in wrapped(each)]
        case Literal():
            yield list(block.lines)
        case Table():
            yield from (table_lines(part) for part in fitting(block))
