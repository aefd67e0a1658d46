"""The third line of the live screen: the verdict so far, or what the run is doing."""

from queue_fairness.fairness.assessment import FairnessAssessment
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.metrics.stall_sentences import stall_sentences
from queue_fairness.report.progress_text import silence, verdict_so_far
from queue_fairness_tui.widgets.panel import Line
from queue_fairness_tui.widgets.verdict_band import VerdictBand, class_of


class StateBand(VerdictBand):
    """The verdict so far in its color; before there is one, what goes on, without color."""

    DEFAULT_CSS = "StateBand { background: $surface; }"

    def paint(self, snapshot: Snapshot, width: int, _height: int, /) -> list[Line]:
        """One line."""
        kind, word, details = state(snapshot)
        self.show_as(kind)
        return [self.fitted(width, word, *details)]


State = tuple[str, str, tuple[str, ...]]


def state(snapshot: Snapshot) -> tuple[str, str, tuple[str, ...]]:
    """The looks, the words, and what may stand behind them, the longest first."""
    if snapshot.failure:
        return "-bad", f"FAILED: {snapshot.failure}", ()
    silent = silence(snapshot)
    if silent is not None:
        return "-bad", silent, ()
    assessment = snapshot.assessment
    if snapshot.is_baseline:
        return "", "this part is what the noise is compared with, and is not judged", ()
    if assessment is not None and snapshot.phase.is_working:
        return _verdict(snapshot, assessment)
    match snapshot.phase:
        case Phase.STARTING if snapshot.plan.observed is not None:
            return "", f"{snapshot.plan.observed.name} is being read", ()
        case Phase.STARTING:
            return "", "starting Redis", ()
        case Phase.ENQUEUEING:
            most = sum(snapshot.plan.sizes_at_start())
            text = f"enqueueing {most:,} tasks, {snapshot.plan.arrival_order} order"
            return "", text, ()
        case Phase.STOPPING:
            return "", "stopping: the workers finish their tasks", ()
        case _:
            return "", "the workers have started", ()


def _verdict(
    snapshot: Snapshot, assessment: FairnessAssessment
) -> tuple[str, str, tuple[str, ...]]:
    verdict = assessment.verdict
    so_far = verdict_so_far(assessment)
    served = f"{snapshot.partitions_served:,} of {snapshot.partitions:,} partitions served"
    if stood_still := stall_sentences(snapshot):
        return "-open", so_far, (stood_still[0],)
    if verdict.collecting:
        return "", so_far, (served,)
    worst = assessment.measures.worst_wait_rounds.max
    details = (
        f"{verdict.headline} · {served}",
        verdict.headline,
        f"worst wait {worst:.1f} rounds" if snapshot.picked_up else served,
    )
    return class_of(verdict.word), so_far, details
