"""A report as GitHub-flavored Markdown, as for $GITHUB_STEP_SUMMARY."""

from collections.abc import Iterator

from queue_fairness.formatting.markdown import code_block, escaped, markdown_table
from queue_fairness.formatting.table import Table
from queue_fairness.formatting.wrapping import BETWEEN, NO_BREAK, paragraphs
from queue_fairness.report.model import Block, Literal, Report, Sentences

RANKS = {
    "best": "bold: best of its column",
    "same": "same: same as the best, the repeats overlap",
}
"""How the marks of numbers are explained."""


def render_markdown(report: Report) -> str:
    """The whole report: tables in one piece, medians with the spread of repeats beside them."""
    sentence = [f"**{escaped(report.sentence)}**"] if report.sentence else []
    reasons = [
        f"- {each.label}: {_plain(' '.join(each.sentences))}"
        for each in report.reasons
        if each.sentences
    ]
    warnings = [f"- {_plain(each)}" for each in report.warnings]
    blocks = (
        _block(block)
        for section in report.sections
        if not section.is_appendix
        for block in section.blocks
    )
    notes = [RANKS[each] for each in RANKS if each in report.ranks]
    lines = paragraphs(
        [
            sentence,
            [escaped(BETWEEN.join(report.headline))],
            warnings,
            reasons,
            *(list(block) for block in blocks),
            [f"- {escaped(note)}" for note in (*notes, *report.notes)],
            code_block(report.command) if report.command else [],
        ]
    )
    return "\n".join(lines) + "\n"


def _block(block: Block) -> Iterator[str]:
    match block:
        case Sentences():
            # Two spaces at its end keep a line from joining the next one.
            yield from (f"{_plain(each)}  " for each in block.sentences)
        case Literal():
            yield from code_block("\n".join(block.lines))
        case Table():
            yield from markdown_table(block)


def _plain(text: str) -> str:
    return escaped(text.replace(NO_BREAK, " "))
