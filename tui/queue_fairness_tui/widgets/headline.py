"""The two lines on top: the run and its server, and the progress."""

from collections.abc import Sequence

from textual.reactive import reactive

from queue_fairness.formatting import numbers
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.plan import description
from queue_fairness_tui.charts.blocks import gauge
from queue_fairness_tui.widgets.panel import Line, Panel, Role, first_that_fits, justify

LONGEST_ORIGIN = 24
"""Columns for where the server comes from, in the short form."""


class Headline(Panel):
    """The run, its progress and its state, at 100 columns.

    ::

    RUN scan · 200 × 10 block · 8 workers · 25 ms   Redis 7.0.15 (PATH) · lag 2 ms, max 6 ms
    ██████████▌░░░░░░░░░░  1,433/2,000 · 72 % · 296 tasks/s · 4.93 s · left ~1.92 s
    """

    DEFAULT_CSS = "Headline { height: 2; }"

    frozen: reactive[str] = reactive("", repaint=False)
    """Says that the display is frozen, and for how long; empty while it moves."""

    label: reactive[str] = reactive("RUN", repaint=False)
    """The kind of run: `RUN`, or its number in a comparison or sweep."""

    total: reactive[str] = reactive("", repaint=False)
    """When all runs of a series are done; empty for a single run."""

    def watch_frozen(self) -> None:
        """Show how old the display is."""
        self.repaint()

    def paint(self, snapshot: Snapshot, width: int, _height: int) -> list[Line]:
        """Two lines, each indented by a space."""
        lines = [
            self._run_line(snapshot, width),
            _progress(snapshot, width, self.total),
        ]
        return [[(" ", "text"), *line] for line in lines]

    def _run_line(self, snapshot: Snapshot, width: int) -> Line:
        plan, width = snapshot.plan, width - 2
        load = f"{plan.strategy} · {description.load(plan)}"
        short = f"{plan.strategy} · {description.short_load(plan)}"
        workers = numbers.plural(snapshot.workers_at_work, "worker")
        work = description.work(plan)
        extras = description.extras(plan, (plan.strategy,))
        rest = " · ".join([load, workers, work, f"seed {plan.seed}", *extras])
        ignored = description.ignoring(plan)
        word = f"{self.frozen or self._label(snapshot)} "
        texts = (
            rest,
            " · ".join([load, workers, work, f"seed {plan.seed}", *ignored]),
            " · ".join([load, workers, work, *ignored]),
            " · ".join([short, workers, work, *ignored]),
            " · ".join([short, workers, *ignored]),
            " · ".join([short, *ignored]),
        )
        left, where = _longest_pair(texts, _server_and_lag(snapshot), width - len(word))
        role: Role = "mark" if self.frozen else "strong"
        late = snapshot.lag.p99 is not None and _is_late(snapshot)
        return justify(width, [(word, role), (left, "text")], [(where, "alert" if late else "dim")])

    def _label(self, snapshot: Snapshot) -> str:
        """Which run it is, and which part of it."""
        if not snapshot.pair_label:
            return self.label
        part = "1/2 without noise" if snapshot.is_baseline else "2/2 with noise"
        return f"{self.label} · {part}"


def _is_late(snapshot: Snapshot) -> bool:
    """Whether the loop was late by so much that the verdict says so."""
    assessment = snapshot.assessment
    evidence = assessment.verdict.evidence if assessment is not None else ()
    return any(each.name == "lag" and each.ok is False for each in evidence)


def _longest_pair(texts: Sequence[str], wheres: Sequence[str], room: int) -> tuple[str, str]:
    """The longest text and the longest right side that fit together.

    The server gives way to the text of the load; the lag stays until the end.
    """
    whole = len(texts) - 2
    for where, some in ((wheres[0], texts[:whole]), (wheres[-1], texts)):
        for text in some:
            if len(text) + 2 + len(where) <= room:
                return text, where
    return first_that_fits(room, texts[-1]), ""


def _server_and_lag(snapshot: Snapshot) -> tuple[str, str]:
    """Server with lag, and the lag alone, for where there is less room."""
    server, seen = snapshot.server, snapshot.lag
    if snapshot.plan.observed is not None:
        return "", ""
    engine = f"{server.engine} {server.version} ({server.origin})" if server else "no server yet"
    if len(engine) > 40 and server:
        engine = f"{server.engine} {server.version} ({_cut(server.origin.brief)})"
    if seen.p99 is None:
        return engine, ""
    high = " (too high)" if _is_late(snapshot) else ""
    lag = f"lag {numbers.seconds(seen.p99)}, max {numbers.seconds(seen.maximum)}{high}"
    return f"{engine} · {lag}", lag


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_ORIGIN else f"{text[: LONGEST_ORIGIN - 1]}…"


def _progress(snapshot: Snapshot, width: int, total: str) -> Line:
    said = _drain_progress(snapshot) if snapshot.plan.is_drain else _sustained_progress(snapshot)
    if total:
        said = (*(f"{each} · {total}" for each in said[1:]), total, said[-1])
    text = first_that_fits(max(8, width - 22), *said)
    bar = max(4, width - len(text) - 4)
    return [(gauge(snapshot.progress, bar), "bar"), (f"  {text}", "text")]


def _drain_progress(snapshot: Snapshot) -> tuple[str, ...]:
    """The progress of a drain, from the longest variant to the shortest."""
    done = snapshot.enqueued if snapshot.phase is Phase.ENQUEUEING else snapshot.completed
    total = snapshot.plan.total_tasks
    share = numbers.percent(snapshot.progress)
    left = snapshot.time_left_s
    ending = f" · left ~{numbers.seconds(left)}" if left is not None else ""
    whole = f"{done:,}/{total:,} · {share} · {numbers.rate(snapshot.rate_per_s)}"
    return (
        f"{whole} · {numbers.seconds(snapshot.elapsed_s)}{ending}",
        f"{whole}{ending}",
        f"{done:,}/{total:,} · {share}{ending}",
        f"{share}{ending}",
        share,
    )


def _sustained_progress(snapshot: Snapshot) -> tuple[str, ...]:
    """The progress of a sustained load, in time rather than tasks; longest variant first."""
    duration = numbers.setting(snapshot.plan.duration)
    clock = f"{numbers.seconds(snapshot.elapsed_s)} of {duration}"
    done = f"{clock} · {snapshot.completed:,}/{snapshot.arrived:,} tasks"
    share = numbers.percent(snapshot.progress)
    left = snapshot.time_left_s
    ending = f" · left ~{numbers.seconds(left)}" if left is not None else ""
    return f"{done} · {numbers.rate(snapshot.rate_per_s)}", done, clock, f"{share}{ending}", share
