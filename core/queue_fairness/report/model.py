"""What every report is made of: a sentence, sections of text and tables, notes, the command.

A builder for each kind of result makes one (`run_report`, `comparison_report`, `sweep_report`),
and a renderer for each format shows it (`render_text` and its neighbors): `results.py` has the
lists of both. Builders know no format, and renderers no kind.
"""

from dataclasses import dataclass

from queue_fairness.formatting.table import Cell, Table
from queue_fairness.report.pictures import Picture, Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """Sentences below a label, such as why a verdict is what it is; each hangs beside it."""

    label: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sentences:
    """Sentences, each of which begins on a line of its own."""

    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Literal:
    """Text that is shown as it is, such as a traceback; it holds nothing that steers a terminal."""

    lines: tuple[str, ...]


Block = Sentences | Literal | Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Blocks that belong together; screens and long formats show the title."""

    title: str
    blocks: tuple[Block, ...]
    is_appendix: bool = False
    """Whether only formats with room to spare show it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number that the answer hangs on, beside what it is to be compared with."""

    label: str
    value: str
    beside: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One number of a result for programs: a row of the CSV."""

    strategy: str
    verdict: str = ""
    """The verdict of the strategy there; empty without one."""
    field: str = ""
    """The option of the plan that was varied, such as `partitions`; empty if none was."""
    field_value: float | None = None
    """Its value."""
    partition: str = ""
    """Whose number it is; empty for one over all partitions."""
    runs: int
    """How many runs it was reduced from."""
    measure: str
    """Its name in JSON, the path included."""
    unit: str
    median: float | None
    min: float | None
    max: float | None
    ideal: float | None = None
    """What the computed baseline has; None where that has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One result in words and numbers, for every format."""

    sentence: str
    """The answer: the verdict, the advice, what becomes of the rate; empty while there is none."""
    badge: str = ""
    """The answer in a word or two, which the sentence may begin with; empty while there is none."""
    tone: Tone = "plain"
    """What that means to the reader."""
    plain: str = ""
    """The same without words of the trade; empty where it cannot be said."""
    figures: tuple[Figure, ...] = ()
    """Few numbers that say it."""
    pictures: tuple[Picture, ...] = ()
    """For formats that can show them."""
    reasons: tuple[Labelled, ...] = ()
    """What the sentence rests on."""
    headline: tuple[str, ...]
    """What was run, facts joined by ` · `, one or more lines of them."""
    headline_first: bool = False
    """Whether the headline stands above the sentence in text: it says whose verdict that is."""
    warnings: tuple[str, ...] = ()
    """What puts the whole result in doubt, one sentence each."""
    sections: tuple[Section, ...] = ()
    notes: tuple[str, ...] = ()
    """What has to be known to read the tables, one sentence each, the gravest first."""
    command: str
    """The command line that asks for the same again."""
    measures: tuple[Measure, ...] = ()
    """Every number, for programs."""

    @property
    def rest_of_sentence(self) -> str:
        """The sentence without the badge that it begins with."""
        return self.sentence.removeprefix(self.badge).strip()

    @property
    def ranks(self) -> frozenset[str]:
        """Which marks stand beside numbers of its tables."""
        tables = (
            block
            for section in self.sections
            for block in section.blocks
            if isinstance(block, Table)
        )
        entries = (entry for table in tables for row in table.rows for entry in row)
        return frozenset(each.rank for each in entries if isinstance(each, Cell) and each.rank)
