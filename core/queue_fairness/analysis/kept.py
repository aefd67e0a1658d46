"""A kept result, read back from its JSON document: runs of one strategy under one load, together.

A document may be old, edited, or none at all; nothing of it is believed before it was looked at.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from queue_fairness.errors import DocumentError
from queue_fairness.fairness.word import Level
from queue_fairness.outside import from_outside

SCHEMA = 2
"""The form of the documents that can be read; see report/documents.py."""
LONGEST_NAME = 80
DONE = ("drained", "ended")
"""The phases of a run that came to its end."""
_WORDS = {each.text: each for each in Level}

Document = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KeptRuns:
    """The repeats of one strategy under one load."""

    name: str
    """What tells it from the others of its document: the strategy, or `scan at 200`."""
    plan: Document
    runs: tuple[Document, ...]
    """Those that came to their end and were judged."""
    is_of_others: bool
    """Whether jobs of another system were judged, so that there was no plan."""
    failed: bool
    """Whether one of its runs failed or was stopped, or was never made."""

    @property
    def words(self) -> Sequence[Level]:
        """The verdict of each run."""
        return [word for each in self.runs if (word := word_of(each)) is not None]

    @property
    def machines(self) -> frozenset[str]:
        """On which machines they were made; empty where nobody knows."""
        found = (each.get("machine") for each in self.runs)
        return frozenset(each for each in found if isinstance(each, str))

    @property
    def has_stalled(self) -> bool:
        """Whether a run stood still for so long that no rate or time of it holds."""
        return any(each.get("stalled") is True for each in self.runs)

    def values(self, path: str) -> list[float]:
        """What the runs have measured of one number, where they have."""
        return [value for each in self.runs if (value := number_at(each, path)) is not None]


def parse_document(text: str, name: str) -> Document:
    """The document that a text holds.

    Args:
        text: JSON.
        name: What it is called in a refusal.

    Raises:
        DocumentError: It is none of ours, or of a form that this version does not know.
    """
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"{name}: this is not JSON, as --json writes it") from error
    if not isinstance(found, dict) or found.get("kind") not in ("run", "comparison", "sweep"):
        raise DocumentError(f"{name}: this is no result of a run, comparison or sweep")
    if found.get("schema") != SCHEMA:
        shown = from_outside(found.get("schema"), 12)
        raise DocumentError(
            f"{name}: its form is version {shown}, and this program reads {SCHEMA}: measure again"
        )
    return found


def groups(document: Document, name: str) -> tuple[KeptRuns, ...]:
    """The runs of a document, those of one strategy under one load together, in its order.

    Raises:
        DocumentError: Parts of it are not there.
    """
    found = tuple(_groups(document))
    if not found or any(not each.plan and not each.is_of_others for each in found):
        raise DocumentError(f"{name}: parts of this result are missing: measure again")
    return found


def number_at(document: Document, path: str) -> float | None:
    """A number by its path; None where there is none, or none that is finite."""
    value: object = document
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def word_of(run: Document) -> Level | None:
    """The verdict of a run; None without one."""
    verdict = run.get("verdict")
    word = verdict.get("word") if isinstance(verdict, Mapping) else None
    return _WORDS.get(word) if isinstance(word, str) else None


def strategy_of(plan: Document) -> str:
    """The strategy of a plan."""
    return from_outside(plan.get("strategy", ""), LONGEST_NAME)


def _groups(document: Document) -> Iterator[KeptRuns]:
    if document["kind"] == "run":
        yield _group([document], "")
    elif document["kind"] == "comparison":
        runs = _listed(document, "runs")
        names = document.get("strategies")
        for name in names if isinstance(names, list) else ():
            own = [each for each in runs if strategy_of(_mapping(each, "plan")) == name]
            if own:
                yield _group(own, from_outside(name, LONGEST_NAME))
    else:
        for point in _listed(document, "points"):
            runs = _listed(point, "runs")
            if runs:
                value = number_at(point, "value")
                at = f"{value:g}" if value is not None else "?"
                name = from_outside(point.get("strategy"), LONGEST_NAME)
                yield _group(runs, f"{name} at {at}")


def _group(runs: Sequence[Document], name: str) -> KeptRuns:
    plan = _mapping(runs[0], "plan")
    whole = tuple(each for each in runs if each.get("phase") in DONE and word_of(each) is not None)
    source = _mapping(runs[0], "source")
    return KeptRuns(
        name=name or strategy_of(plan) or from_outside(source.get("name", ""), LONGEST_NAME),
        plan=plan,
        runs=whole,
        is_of_others=bool(source) and not plan,
        failed=len(whole) < len(runs),
    )


def _mapping(document: Document, name: str) -> Document:
    found = document.get(name)
    return found if isinstance(found, Mapping) else {}


def _listed(document: Document, name: str) -> list[Document]:
    found = document.get(name)
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []
