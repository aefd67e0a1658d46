"""How long after a mark the quiet partitions were back to normal.

Normal is the mean wait of their tasks in the seconds before the first mark. They are back to it
at the end of the last step after the mark, and before the next one, in which it was exceeded.
"""

from dataclasses import dataclass

from queue_fairness.metrics.timeline import Annotation, Timeline

BEFORE_S = 5.0
"""How much of the time before the first mark is taken for normal."""
FACTOR = 1.5
"""A mean wait of up to so many times the normal one is normal still."""
FLOOR_S = 0.02
"""And so is one of up to this: below it is the noise of the event loop and of polling."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """What a mark did to the quiet partitions."""

    mark: Annotation
    seconds: float | None
    """From the mark until they were back to normal; 0 if they never left it, None if they did not
    come back before the end or the next mark."""
    worst_wait_s: float | None
    """The greatest mean wait of a step since, in seconds; None where nothing was picked up."""


def recoveries(timeline: Timeline) -> list[Recovery]:
    """One for each mark, in order; empty where there was no time before the first to compare."""
    marks = timeline.marks
    if not marks or marks[0].at < timeline.step_s:
        return []
    step_s, last = timeline.step_s, len(timeline.quiet_pickups)
    begin = int(marks[0].at / step_s)
    before = range(max(0, begin - round(BEFORE_S / step_s)), begin)
    pickups = sum(timeline.quiet_pickups[each] for each in before)
    waits = sum(timeline.quiet_wait_s[each] for each in before)
    normal_s = max(FLOOR_S, FACTOR * waits / pickups if pickups else 0.0)
    found = []
    for index, mark in enumerate(marks):
        first = int(mark.at / step_s) + 1
        end = min(last, int(marks[index + 1].at / step_s) + 1) if index + 1 < len(marks) else last
        found.append(_recovery(timeline, mark, range(first, end), normal_s))
    return found


def _recovery(timeline: Timeline, mark: Annotation, steps: range, normal_s: float) -> Recovery:
    seen = [(each, timeline.mean_quiet_wait_s(each)) for each in steps]
    waits = [(each, wait) for each, wait in seen if wait is not None]
    above = [each for each, wait in waits if wait > normal_s]
    worst = max((wait for _, wait in waits), default=None)
    if not above:
        return Recovery(mark, 0.0 if waits else None, worst)
    back = above[-1] + 1
    # In the last steps of all it cannot be known whether it will stay so.
    if back >= steps.stop - 1:
        return Recovery(mark, None, worst)
    return Recovery(mark, back * timeline.step_s - mark.at, worst)
