"""What a row of the history says of a result, taken from its document."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from queue_fairness.errors import DocumentError

LAST = "last"
"""Names the newest result."""
TAG = re.compile(r"[A-Za-z_][\w.-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One kept result, without its document."""

    number: int
    """Names it, from 1; 0 before it is kept."""
    at: str
    """When it was kept: UTC, `2026-11-25T10:00:00+00:00`."""
    kind: str
    """`run`, `comparison` or `sweep`."""
    verdict: str
    """The word of a run, or the advice of several; empty without any."""
    strategy: str
    """Its name, or those of all, joined by commas."""
    load: str
    """The load in a few words."""
    worst_wait_rounds: float | None
    """A run's; None for several."""
    rate_per_s: float | None
    """A run's; None for several."""
    tag: str
    """What the user calls it; empty for nothing."""
    command: str
    """The command line that asks for the same again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptResult:
    """One kept result, whole."""

    entry: Entry
    document: str
    """The JSON document."""
    report: str
    """The report as text."""


def entry_of(
    document: Mapping[str, object], load: str, tag: str, now: datetime | None = None
) -> Entry:
    """The row of a result that is to be kept.

    Args:
        document: The result's.
        load: Its load in a few words.
        tag: What the user calls it.
        now: When; None for this moment.
    """
    kind, plan = str(document.get("kind")), _mapping(document, "plan")
    names = document.get("strategies")
    source = _mapping(document, "source").get("name", "")
    strategies = names if isinstance(names, list) else [plan.get("strategy", source)]
    advice = _mapping(document, "recommendation").get("strategy")
    word = _mapping(document, "verdict").get("word")
    fairness = _mapping(document, "fairness")
    return Entry(
        number=0,
        at=(now or datetime.now(UTC)).isoformat(timespec="seconds"),
        kind=kind,
        verdict=str(word or (f"take {advice}" if advice else "")),
        strategy=",".join(map(str, strategies)),
        load=load,
        worst_wait_rounds=_number(_mapping(fairness, "worst_wait_rounds").get("max")),
        rate_per_s=_number(_mapping(document, "totals").get("throughput_per_s")),
        tag=tag,
        command=str(document.get("command", "")),
    )


def check_tag(text: str) -> str:
    """A tag that can be told from a number, a file and `last`.

    Raises:
        DocumentError: It cannot.
    """
    if TAG.fullmatch(text) and text != LAST and not text.endswith(".json"):
        return text
    raise DocumentError(
        f"tag {text[:64]!r}: begin with a letter, then up to 63 letters, digits and . _ -; "
        f"{LAST} and names of files are taken"
    )


def loaded(kept: KeptResult) -> Mapping[str, object]:
    """The document of a kept result, as values.

    Raises:
        DocumentError: The row is damaged.
    """
    try:
        found: object = json.loads(kept.document)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise DocumentError(f"kept result {kept.entry.number} is damaged: delete it")
    return found


def _mapping(document: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = document.get(name)
    return found if isinstance(found, Mapping) else {}


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
