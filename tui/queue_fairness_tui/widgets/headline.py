"""The three lines on top: the run and its server, the progress, the verdict so far."""

from collections.abc import Sequence

from textual.reactive import reactive

from queue_fairness.fairness.assessment import FairnessAssessment
from queue_fairness.fairness.word import Level
from queue_fairness.formatting import numbers
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.metrics.stall_sentences import stall_sentences
from queue_fairness.plan import description
from queue_fairness.report.progress_text import silence, verdict_so_far
from queue_fairness_tui.charts.blocks import gauge
from queue_fairness_tui.widgets.panel import Line, Panel, Role, first_that_fits, justify

GOOD = (Level.FAIR, Level.FAIR_ON_AVERAGE_ONLY)

LONGEST_ORIGIN = 24
"""Columns for where the server comes from, in the short form."""


class Headline(Panel):
    """The run, its progress and its state, at 100 columns.

    ::

    RUN scan · 200 × 10 block · 8 workers · 25 ms   Redis 7.0.15 (PATH) · lag 2 ms, max 6 ms
    ██████████▌░░░░░░░░░░  1,433/2,000 · 72 % · 296 tasks/s · 4.93 s · left ~1.92 s
    144 of 200 partitions have been served
    """

    DEFAULT_CSS = "Headline { height: 3; }"

    frozen: reactive[str] = reactive("", repaint=False)
    """Says that the display is frozen, and for how long; empty while it moves."""

    label: reactive[str] = reactive("RUN", repaint=False)
    """The kind of run: `RUN`, or its number in a comparison or sweep."""

    def watch_frozen(self) -> None:
        """Show how old the display is."""
        self.repaint()

    def paint(self, snapshot: Snapshot, width: int, _height: int) -> list[Line]:
        """Three lines, each indented by a space."""
        lines = [
            self._run_line(snapshot, width),
            _progress(snapshot, width),
            _state(snapshot, width),
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
        word = f"{self.frozen or snapshot.pair_label or self.label} "
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
        return justify(width, [(word, role), (left, "text")], [(where, "dim")])


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
    engine = f"{server.engine} {server.version} ({server.origin})" if server else "no server yet"
    if len(engine) > 40 and server:
        engine = f"{server.engine} {server.version} ({_cut(server.origin.brief)})"
    if seen.p99 is None:
        return engine, ""
    lag = f"lag {numbers.seconds(seen.p99)}, max {numbers.seconds(seen.maximum)}"
    return f"{engine} · {lag}", lag


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_ORIGIN else f"{text[: LONGEST_ORIGIN - 1]}…"


def _progress(snapshot: Snapshot, width: int) -> Line:
    said = _drain_progress(snapshot) if snapshot.plan.is_drain else _sustained_progress(snapshot)
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
    return f"{done} · {numbers.rate(snapshot.rate_per_s)}", done, clock, share


def _state(snapshot: Snapshot, width: int) -> Line:
    if snapshot.failure:
        return [(first_that_fits(width - 2, f"FAILED: {snapshot.failure}"), "alert")]
    silent = silence(snapshot)
    if silent is not None:
        return [(first_that_fits(width - 2, silent), "alert")]
    plan, assessment = snapshot.plan, snapshot.assessment
    if assessment is not None and snapshot.phase.is_working:
        return _verdict(snapshot, assessment, width - 2)
    match snapshot.phase:
        case Phase.STARTING:
            text = "starting Redis"
        case Phase.ENQUEUEING:
            text = f"enqueueing {sum(plan.sizes_at_start()):,} tasks, {plan.arrival_order} order"
        case Phase.STOPPING:
            text = "stopping: the workers finish their tasks"
        case _:
            text = "the workers have started"
    return [(first_that_fits(width - 2, text), "dim")]


def _verdict(snapshot: Snapshot, assessment: FairnessAssessment, width: int) -> Line:
    """The verdict so far, with as much detail as fits."""
    verdict = assessment.verdict
    so_far = verdict_so_far(assessment)
    served = f"{snapshot.partitions_served:,} of {snapshot.partitions:,} partitions served"
    if stood_still := stall_sentences(snapshot):
        return [(first_that_fits(width, f"{so_far}   {stood_still[0]}", stood_still[0]), "alert")]
    if verdict.collecting:
        return [(first_that_fits(width, f"{so_far} · {served}", so_far), "dim")]
    role: Role = "strong" if verdict.word in GOOD else "alert"
    worst = assessment.measures.worst_wait_rounds.max
    details = (
        f"{verdict.headline} · {served}",
        verdict.headline,
        f"worst wait {worst:.1f} rounds" if snapshot.picked_up else served,
    )
    room = width - len(so_far) - 3
    detail = next((each for each in details if len(each) <= room), "")
    return [(first_that_fits(width, so_far), role), (f"   {detail}" if detail else "", "text")]
