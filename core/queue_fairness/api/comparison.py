"""What a comparison has measured, frozen."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from queue_fairness.analysis import comparison
from queue_fairness.analysis.recommendation import recommend
from queue_fairness.analysis.scoreboard import scoreboard
from queue_fairness.api.result import Result
from queue_fairness.fairness.word import Level
from queue_fairness.plan import Plan
from queue_fairness.report.comparison_json import comparison_document
from queue_fairness.report.comparison_report import comparison_report
from queue_fairness.report.model import Report
from queue_fairness.report.results import render_made


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """One load under several queues; never changes."""

    plan: Plan
    """The load; its `strategy` says nothing."""
    results: Mapping[str, tuple[Result, ...]]
    """The results of each queue by its name, in the order in which they were given; a result for
    each repeat, those that failed included. A queue that failed is not run again."""
    verdicts: Mapping[str, Level | None]
    """The worst verdict of each queue's runs; None where none was served to its end."""
    recommended: str | None
    """The queue to take for this load; None where none can be recommended."""
    sentence: str
    """That in words, the reason included."""
    _document: Mapping[str, Any] = field(repr=False)
    _report: Report = field(repr=False)

    @classmethod
    def of(cls, made: comparison.Comparison) -> "Comparison":
        """The same of the engine's own, whose names can be forgotten after this."""
        board = scoreboard(made)
        advice = recommend(board)
        return cls(
            plan=made.plan,
            results=MappingProxyType(
                {name: tuple(map(Result.of, made.of(name))) for name in made.strategies}
            ),
            verdicts=MappingProxyType(
                {row.strategy: None if row.failed else row.word for row in board.rows}
            ),
            recommended=advice.strategy,
            sentence=advice.sentence,
            _document=comparison_document(made),
            _report=comparison_report(made),
        )

    def report(self, form: str = "text") -> str:
        """The whole report, as the command prints it.

        Args:
            form: `text` (at most 80 columns), `markdown`, `csv`, `html`, `svg` or `json`.

        Raises:
            ValueError: There is no such format.
        """
        return render_made(self._report, self._document, form)

    def document(self) -> dict[str, Any]:
        """All of it as the JSON document, in plain values; a copy, which may be changed."""
        return copy.deepcopy(dict(self._document))

    def __str__(self) -> str:
        """The whole report as text."""
        return self.report().rstrip()
