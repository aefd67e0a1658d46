"""The JSON document of a difference."""

from typing import Literal, TypedDict

from queue_fairness.analysis.columns import Cell
from queue_fairness.analysis.difference import Change, Difference, Measured, Pair
from queue_fairness.report.difference_report import sentence
from queue_fairness.report.documents import SCHEMA, Number, Program
from queue_fairness.report.run_json import program
from queue_fairness.report.series_documents import ReducedMeasure

Word = Literal["same", "better", "worse"] | None


class ComparedMeasure(TypedDict):
    """One number of both results."""

    before: ReducedMeasure
    after: ReducedMeasure
    ratio: Number
    margin: float
    change: Word


class PairDocument(TypedDict):
    """The runs of one strategy under one load, in both results."""

    name: str
    comparable: bool
    loads: list[str]
    remarks: list[str]
    verdict_before: str | None
    verdict_after: str | None
    verdict_change: Word
    runs_before: int
    runs_after: int
    compared: dict[str, ComparedMeasure]


class DifferenceDocument(TypedDict):
    """Two results beside each other."""

    schema: Literal[2]
    kind: Literal["difference"]
    program: Program
    command: str
    before: str
    after: str
    sentence: str
    comparable: bool
    worse: bool
    pairs: list[PairDocument]
    only_before: list[str]
    only_after: list[str]


def difference_document(found: Difference, command: str) -> DifferenceDocument:
    """Everything that was compared, as plain values; what is not known is null."""
    return {
        "schema": SCHEMA,
        "kind": "difference",
        "program": program(),
        "command": command,
        "before": found.names[0],
        "after": found.names[1],
        "sentence": sentence(found),
        "comparable": found.is_comparable,
        "worse": found.is_worse,
        "pairs": [_pair(each) for each in found.pairs],
        "only_before": list(found.alone[0]),
        "only_after": list(found.alone[1]),
    }


def _pair(pair: Pair) -> PairDocument:
    before, after = pair.words
    return {
        "name": pair.name,
        "comparable": pair.is_comparable,
        "loads": list(pair.loads),
        "remarks": list(pair.remarks),
        "verdict_before": before.text if before else None,
        "verdict_after": after.text if after else None,
        "verdict_change": _word(pair.word),
        "runs_before": len(pair.before.runs),
        "runs_after": len(pair.after.runs),
        "compared": {each.quantity.path: _compared(each) for each in pair.measured},
    }


def _compared(each: Measured) -> ComparedMeasure:
    return {
        "before": _reduced(each.before),
        "after": _reduced(each.after),
        "ratio": each.ratio,
        "margin": each.margin,
        "change": _word(each.change),
    }


def _reduced(cell: Cell) -> ReducedMeasure:
    return {"median": cell.median, "min": cell.minimum, "max": cell.maximum}


def _word(change: Change) -> Word:
    match change:
        case Change.SAME:
            return "same"
        case Change.BETTER:
            return "better"
        case Change.WORSE:
            return "worse"
        case Change.UNKNOWN:
            return None
