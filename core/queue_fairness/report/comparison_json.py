"""The JSON document of a comparison; its runs are documents of their own."""

from dataclasses import asdict
from typing import Literal

from queue_fairness.analysis.columns import Rank
from queue_fairness.analysis.comparison import Comparison
from queue_fairness.analysis.recommendation import recommend
from queue_fairness.analysis.scoreboard import Row, Scoreboard, scoreboard
from queue_fairness.plan.ignored import ignored_by
from queue_fairness.report.command import command
from queue_fairness.report.documents import SCHEMA
from queue_fairness.report.run_json import program, run_document
from queue_fairness.report.series_documents import ComparisonDocument, RowDocument


def comparison_document(comparison: Comparison) -> ComparisonDocument:
    """Everything a comparison has measured, as plain values; a value not known is null."""
    board = scoreboard(comparison)
    advice = recommend(board)
    return {
        "schema": SCHEMA,
        "kind": "comparison",
        "program": program(),
        "command": command(comparison),
        "plan": {
            name: value for name, value in asdict(comparison.plan).items() if name != "strategy"
        },
        "repeats": comparison.repeats,
        "strategies": list(comparison.strategies),
        "complete": comparison.is_complete,
        "recommendation": {
            "strategy": advice.strategy,
            "verdict": advice.word.text if advice.word else None,
            "as_good": list(advice.as_good),
            "undecided": list(advice.undecided),
            "sentence": advice.sentence,
        },
        "ideal": {
            column.name: value for column, value in zip(board.columns, board.ideal, strict=True)
        },
        "scoreboard": [_row(board, row) for row in board.rows],
        "runs": [run_document(run) for run in comparison.runs],
    }


def _row(board: Scoreboard, row: Row) -> RowDocument:
    return {
        "strategy": row.strategy,
        "verdict": row.word.text if row.word else None,
        "verdicts": [word.text for word in row.verdicts],
        "failed": row.failed,
        "work_conserving": row.conserves_work,
        "ignored_options": list(ignored_by(board.comparison.plan, (row.strategy,))),
        "measures": {
            column.name: {
                "median": cell.median,
                "min": cell.minimum,
                "max": cell.maximum,
                "mark": _mark(cell.mark),
            }
            for column, cell in zip(board.columns, row.cells, strict=True)
        },
    }


def _mark(rank: Rank) -> Literal["best", "same"] | None:
    if rank is Rank.NONE:
        return None
    return "best" if rank is Rank.BEST else "same"
