"""What the program promises whatever is done to it, and whether an outcome keeps it."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from chaos.case import ENDING, HARMLESS, PASSWORD, SCARCE, STALLING, Case
from chaos.screen import Screen

ENDS_WITHIN_S = 8.0
"""After a signal that asks for it. The promise is 3 s; the rest is for a machine that is busy."""

_NUMBERS = {"INT": 2, "TERM": 15, "HUP": 1, "QUIT": 3}
_TRACEBACK = re.compile(
    r"Traceback \(most recent call last\)|Exception ignored in|NoMatches|coroutine .* never awaited"
)
_FALSE_END = re.compile(r"DRAINED\s+[\d,]+ of [\d,]+ tasks.{0,60}?\b[\d,]*[1-9][\d,]* left\b", re.S)
_KEYS_WARNING = "keys may still be in Redis"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A fault that was done while the program was alive."""

    kind: str
    at_s: float
    """On the monotonic clock, when it was over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was seen of a case from outside."""

    status: int | None
    """The exit status, negative after a signal; None if it had to be killed after waiting."""
    begun: bool
    """Whether the first key of the run was seen."""
    ended_at_s: float
    done: tuple[Done, ...]
    stdout: bytes
    stderr: bytes
    screen: Screen | None
    stty_changed: bool
    document: str | None
    """The file of `--json`; None where there is none."""
    processes: tuple[str, ...] = ()
    """Command lines of what still ran after a grace."""
    folders: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    """Keys on the owner's server that are neither his nor ours to leave."""
    harmed: int = 0
    """Keys of the owner that are gone or changed."""
    same_server: bool = True
    """Whether the owner's server lived, with its data, from start to end."""

    @property
    def kinds(self) -> set[str]:
        """What was done to it."""
        return {each.kind for each in self.done}

    @property
    def text(self) -> str:
        """All that it has said."""
        shown = self.screen.text if self.screen else self.stdout.decode(errors="replace")
        return shown + self.stderr.decode(errors="replace")


@dataclass(frozen=True, slots=True)
class Breach:
    """A promise that was not kept."""

    promise: str
    seen: str


def breaches(case: Case, outcome: Outcome) -> list[Breach]:
    """All promises that an outcome breaks; empty if all is well."""
    checks = (_end, _status, _talk, _terminal, _leftovers, _document, _report)
    return [breach for check in checks for breach in check(case, outcome)]


def _end(_case: Case, outcome: Outcome) -> Iterator[Breach]:
    if outcome.status is None:
        yield Breach("ends", "did not end by itself and had to be killed")
    # Among other keys a letter may be text for a dialog, before the screen nobody reads it, and the
    # report of a run that was left in peace waits for a terminal that reads again.
    is_deaf = outcome.kinds & {"keys", "reader leaves"} or not outcome.begun
    deaf = {"press q"} if is_deaf else set()
    asked = [
        each.at_s for each in outcome.done if _asks_to_end(each.kind) and each.kind not in deaf
    ]
    # What froze the program itself does not count.
    frozen = [each.at_s for each in outcome.done if each.kind == "program STOP"]
    if asked and outcome.status is not None:
        took_s = outcome.ended_at_s - max(min(asked), *frozen, 0.0)
        if took_s > ENDS_WITHIN_S:
            yield Breach("ends soon", f"{took_s:.1f} s after {_asked_by(outcome)}")


def _asks_to_end(kind: str) -> bool:
    return kind in {"press ctrl+c", "press q", "hang up", *(f"program {name}" for name in ENDING)}


def _asked_by(outcome: Outcome) -> str:
    return next(each.kind for each in outcome.done if _asks_to_end(each.kind))


def _status(case: Case, outcome: Outcome) -> Iterator[Breach]:
    if outcome.status is None:
        return
    allowed = _allowed(case, outcome)
    if outcome.status not in allowed:
        wanted = ", ".join(map(str, sorted(allowed)))
        yield Breach("status", f"{outcome.status}, not {wanted}")


def _allowed(case: Case, outcome: Outcome) -> set[int]:
    """The statuses that are right for what was done."""
    by_itself = _by_itself(case, outcome)
    forced = set()
    for kind in outcome.kinds:
        name = kind.removeprefix("program ")
        if kind.startswith("program ") and name in ENDING:
            forced.add(128 + _NUMBERS[name])
            if not outcome.begun and name != "INT":
                forced.add(-_NUMBERS[name])  # to a shell it is the same
        elif kind == "program KILL":
            forced.add(-9)
        elif kind == "press ctrl+c":
            forced.add(130)
        elif kind == "hang up":
            forced.add(129)
    if len(forced) > 1 or [_asks_to_end(each.kind) for each in outcome.done].count(True) > 1:
        forced.add(130)  # the second asks to leave at once
    ended_first = "press q" in outcome.kinds or not outcome.begun or _is_complete(outcome)
    return by_itself | forced if not forced or ended_first else forced


def _by_itself(case: Case, outcome: Outcome) -> set[int]:
    allowed = {0}
    if "--require" in case.plan:
        allowed |= {3, 4}
    scarce = bool(SCARCE & set(case.settings))
    asks = {kind for kind in outcome.kinds if _asks_to_end(kind)}
    harmless = HARMLESS - STALLING if asks else HARMLESS
    unsettling = outcome.kinds - harmless - asks - {"program KILL"}
    if scarce or unsettling or "full" in (case.streams or "") or "stdout" in (case.streams or ""):
        allowed.add(1)
    if scarce:
        allowed.add(2)
    if "keys" in outcome.kinds:
        allowed |= {1, 3, 4, 130}
    return allowed


def _is_complete(outcome: Outcome) -> bool:
    """Whether the document says that it went to its end, or failed, before anybody ended it."""
    runs = _runs(_parsed(outcome.document))
    if not runs:
        return outcome.document is None
    return all(run.get("phase") in ("drained", "ended", "failed") for run in runs)


def _talk(case: Case, outcome: Outcome) -> Iterator[Breach]:
    everything = outcome.text + (outcome.document or "")
    found = _TRACEBACK.search(outcome.text)
    if found and not (case.uses_own_queue and "example_queue.py" in outcome.text):
        yield Breach("no traceback", _around(outcome.text, found.start()))
    if PASSWORD in everything:
        yield Breach("no password", _around(everything, everything.index(PASSWORD)))
    if false_end := _FALSE_END.search(outcome.text):
        yield Breach("no false DRAINED", false_end[0])
    warned = _KEYS_WARNING in outcome.text
    if warned and case.server == "owner" and outcome.same_server and not outcome.keys:
        yield Breach("no false alarm", "warns of keys that are not there")


def _around(text: str, at: int) -> str:
    """The end of what follows: an exception's own line stands last."""
    lines = [line.strip(" │╭╰─╮╯") for line in text[at : at + 20_000].splitlines()]
    named = [line for line in lines if re.match(r"[A-Za-z_.]*(Error|Exception|NoMatches)\b", line)]
    return (named or [line for line in lines if line] or [""])[0][:160]


def _terminal(_case: Case, outcome: Outcome) -> Iterator[Breach]:
    if outcome.screen is None or "hang up" in outcome.kinds:
        return
    wrong = (*outcome.screen.wrong, *(["stty"] if outcome.stty_changed else []))
    if wrong:
        yield Breach("terminal restored", ", ".join(wrong))


def _leftovers(_case: Case, outcome: Outcome) -> Iterator[Breach]:
    processes = outcome.processes
    if "server KILL" in outcome.kinds:
        # The guard tries for two minutes to reach a server that may come back.
        processes = tuple(each for each in processes if "cleaner.py" not in each)
    for name, what in (
        ("no process left", processes),
        ("no folder left", outcome.folders),
        ("no key left", outcome.keys),
    ):
        if what:
            yield Breach(name, f"{len(what)}: {what[0][:120]}")
    if outcome.harmed:
        yield Breach("the owner's keys", f"{outcome.harmed} gone or changed")


def _was_left_in_order(outcome: Outcome) -> bool:
    """Whether the program could write what it had: it ran, was not killed, and not pressed."""
    asked = sum(_asks_to_end(each.kind) for each in outcome.done)
    alive = outcome.status is not None and outcome.status >= 0 and outcome.status != 2
    return outcome.begun and alive and "program KILL" not in outcome.kinds and asked <= 1


def _document(case: Case, outcome: Outcome) -> Iterator[Breach]:
    if case.json is None or not _was_left_in_order(outcome):
        return
    written = outcome.document
    if case.json == "-":
        if "stdout" in (case.streams or "") or "reader leaves" in outcome.kinds:
            return
        written = outcome.stdout.decode(errors="replace")
    if not written:
        yield Breach("json", "none was written")
        return
    document = _parsed(written)
    if document is None:
        yield Breach("json", f"not whole: {len(written)} characters")
        return
    for run in _runs(document):
        yield from _counts(outcome, run)


def _counts(outcome: Outcome, run: dict[str, Any]) -> Iterator[Breach]:
    totals, phase = run["totals"], run["phase"]
    parts = [totals[name] for name in ("completed", "left", "lost", "dead")]
    said = {name: totals[name] for name in ("enqueued", "completed", "left", "lost", "dead")}
    is_tampered = "foreign write" in outcome.kinds
    if any(part is not None and part < 0 for part in parts):
        yield Breach("counts", f"negative in {phase}: {said}")
    whole = totals["completed"] >= totals["enqueued"] > 0
    if None not in parts and sum(parts) != totals["enqueued"] and not is_tampered:
        if not totals["duplicated"]:
            yield Breach("counts", f"do not add up in {phase}: {said}")
    elif whole and totals["lost"]:
        yield Breach("counts", f"lost and completed in {phase}: {said}")
    if phase == "drained" and totals["left"]:
        yield Breach("no false DRAINED", f"{said}")
    spoilt = outcome.kinds & {"foreign write", "flushall", "server restart", "server KILL"}
    if phase == "failed" and whole and run["plan"]["load"] == 0 and not spoilt:
        yield Breach("done is not failed", f"{said}: {str(run['failure'])[:100]}")


def _report(case: Case, outcome: Outcome) -> Iterator[Breach]:
    if not _was_left_in_order(outcome) or (outcome.status == 1 and "full" in (case.streams or "")):
        return
    if "hang up" in outcome.kinds or (outcome.screen is None and "reader leaves" in outcome.kinds):
        return
    if outcome.screen is not None:
        if "queue-fairness-tui" not in outcome.screen.scrollback:
            yield Breach("report", "nothing in the scrollback")
    elif case.json != "-":
        lost = "stdout" in (case.streams or "")
        if not lost and b"queue-fairness-tui" not in outcome.stdout:
            yield Breach("report", "nothing on stdout")


def _parsed(text: str | None) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError:
        return None


def _runs(document: Any) -> list[dict[str, Any]]:
    """The runs of a document: its own, those of a comparison, those of a sweep."""
    if not isinstance(document, dict):
        return []
    if "points" in document:
        return [run for point in document["points"] for run in point["runs"]]
    return list(document["runs"]) if "runs" in document else [document]
