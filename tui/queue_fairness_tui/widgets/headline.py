"""The three lines on top: what runs on what, how far it is, and what is to be said about it."""

from collections.abc import Sequence

from textual.reactive import reactive

from queue_fairness.fairness.assessment import FairnessAssessment
from queue_fairness.fairness.word import Level
from queue_fairness.formatting import numbers
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.metrics.stalls import stalls
from queue_fairness.plan import description
from queue_fairness.report.run_report import verdict_so_far
from queue_fairness_tui.charts.blocks import gauge
from queue_fairness_tui.widgets.panel import Line, Panel, Role, ends, fit

GOOD = (Level.FAIR, Level.FAIR_ON_AVERAGE_ONLY)


class Headline(Panel):
    """What runs, how far it is, and how it goes.

    At 100 columns::

    RUN scan · 200 × 10 block · 8 workers · 25 ms   Redis 7.0.15 (PATH) · lag 2 ms, max 6 ms
    ██████████▌░░░░░░░░░░  1,433/2,000 · 72 % · 296 tasks/s · 4.93 s · left ~1.92 s
    144 of 200 partitions have been served
    """

    DEFAULT_CSS = "Headline { height: 3; }"

    frozen: reactive[str] = reactive("", repaint=False)
    """That the display is frozen, and since when; empty while it moves."""

    label: reactive[str] = reactive("RUN", repaint=False)
    """What kind of run it is: one of its own, or which of a comparison."""

    def watch_frozen(self) -> None:
        """Say how old the picture is."""
        self.repaint()

    def paint(self, snapshot: Snapshot, width: int, _height: int) -> list[Line]:
        """Three lines; on a low terminal the last one goes first."""
        lines = [self._what(snapshot, width), _how_far(snapshot, width), _state(snapshot, width)]
        return [[(" ", "text"), *line] for line in lines]

    def _what(self, snapshot: Snapshot, width: int) -> Line:
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
        left, where = _side_by_side(texts, _where(snapshot), width - len(word))
        role: Role = "mark" if self.frozen else "strong"
        return ends(width, [(word, role), (left, "text")], [(where, "dim")])


def _side_by_side(texts: Sequence[str], wheres: Sequence[str], room: int) -> tuple[str, str]:
    """The longest text beside the longest of the other side that fit together.

    What the text says of the work goes before what the server is; the lag stays to the last.
    """
    whole = len(texts) - 2
    for where, some in ((wheres[0], texts[:whole]), (wheres[-1], texts)):
        for text in some:
            if len(text) + 2 + len(where) <= room:
                return text, where
    return fit(room, texts[-1]), ""


def _where(snapshot: Snapshot) -> tuple[str, str]:
    """The server and the lag, and the lag alone."""
    server, seen = snapshot.server, snapshot.lag
    engine = f"{server.engine} {server.version} ({server.origin})" if server else "no server yet"
    if len(engine) > 40 and server:
        engine = f"{server.engine} {server.version} (URL)"
    if seen.p99 is None:
        return engine, ""
    lag = f"lag {numbers.seconds(seen.p99)}, max {numbers.seconds(seen.maximum)}"
    return f"{engine} · {lag}", lag


def _how_far(snapshot: Snapshot, width: int) -> Line:
    said = _of_the_tasks(snapshot) if snapshot.plan.is_drain else _of_the_time(snapshot)
    text = fit(max(8, width - 22), *said)
    bar = max(4, width - len(text) - 4)
    return [(gauge(snapshot.progress, bar), "bar"), (f"  {text}", "text")]


def _of_the_tasks(snapshot: Snapshot) -> tuple[str, ...]:
    """How far a drain is, from the long to the short."""
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


def _of_the_time(snapshot: Snapshot) -> tuple[str, ...]:
    """How far a sustained load is: the gauge is of the time, not of the tasks."""
    duration = numbers.setting(snapshot.plan.duration)
    clock = f"{numbers.seconds(snapshot.elapsed_s)} of {duration}"
    done = f"{clock} · {snapshot.completed:,}/{snapshot.arrived:,} tasks"
    share = numbers.percent(snapshot.progress)
    return f"{done} · {numbers.rate(snapshot.rate_per_s)}", done, clock, share


def _state(snapshot: Snapshot, width: int) -> Line:
    if snapshot.failure:
        return [(fit(width - 2, f"FAILED: {snapshot.failure}"), "alert")]
    plan, assessment = snapshot.plan, snapshot.assessment
    if assessment is not None and snapshot.phase.is_working:
        return _verdict(snapshot, assessment, width - 2)
    match snapshot.phase:
        case Phase.STARTING:
            text = "starting Redis"
        case Phase.ENQUEUEING:
            text = f"enqueueing {sum(plan.sizes_at_start()):,} tasks, {plan.arrival_order} order"
        case Phase.STOPPING:
            text = "stopping: the workers finish what they have in hand"
        case _:
            text = "the workers have begun"
    return [(fit(width - 2, text), "dim")]


def _verdict(snapshot: Snapshot, assessment: FairnessAssessment, width: int) -> Line:
    """The verdict so far, from the first evidence on."""
    verdict = assessment.verdict
    so_far = verdict_so_far(assessment)
    served = f"{snapshot.partitions_served:,} of {snapshot.partitions:,} partitions served"
    if stood_still := stalls(snapshot):
        return [(fit(width, f"{so_far}   {stood_still[0]}", stood_still[0]), "alert")]
    if verdict.collecting:
        return [(fit(width, f"{so_far} · {served}", so_far), "dim")]
    role: Role = "strong" if verdict.word in GOOD else "alert"
    worst = assessment.measures.worst_wait_rounds.max
    details = (
        f"{verdict.headline} · {served}",
        verdict.headline,
        f"worst wait {worst:.1f} rounds",
    )
    room = width - len(so_far) - 3
    detail = next((each for each in details if len(each) <= room), "")
    return [(fit(width, so_far), role), (f"   {detail}" if detail else "", "text")]
