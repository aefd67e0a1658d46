"""Everything about one tenant of a live server: where am I, and what is not known."""

from rich.text import Text

from queue_fairness.attach.headline import duration
from queue_fairness.attach.picture import LaneView, Picture
from queue_fairness.formatting import numbers
from queue_fairness.formatting.table import Table, table_lines
from queue_fairness.report.attach_report import counted, known
from queue_fairness_tui.screens.dialog import Dialog


class LaneDetail(Dialog):
    """One tenant, over the table it was opened from."""

    def __init__(self, lane: LaneView, picture: Picture) -> None:
        super().__init__()
        self._lane, self._picture = lane, picture

    def texts(self) -> list[Text]:
        """A table of facts."""
        title, *lines = table_lines(_facts(self._lane, self._picture))
        text = Text()
        text.append(f"{title}\n", "bold")
        text.append("\n".join(lines))
        return [text]


class UnknownDialog(Dialog):
    """Every figure that cannot be had, and what would show it."""

    def __init__(self, picture: Picture) -> None:
        super().__init__()
        self._picture = picture

    def texts(self) -> list[Text]:
        """A paragraph for each."""
        text = Text()
        text.append("Not known here\n", "bold")
        for each in self._picture.unknown:
            text.append(f"  {each.what}: ", "bold")
            text.append(f"{each.why}{f'; {each.remedy}' if each.remedy else ''}\n")
        if not self._picture.unknown:
            text.append("  nothing that this library's keys could tell")
        return [text]


def standing(lane: LaneView, picture: Picture) -> str:
    """Where a tenant stands, in a sentence: its place, what is ahead of it, when it may go on."""
    if not lane.waiting.value:
        return f"{lane.name}: nothing of it waits"
    waiting = [each for each in picture.lanes if each.waiting.value]
    place = next((n for n, each in enumerate(waiting) if each.name == lane.name), 0)
    ahead = sum(each.waiting.value or 0 for each in waiting[:place])
    said = [
        f"{lane.name}: number {place + 1:,} of {picture.with_work:,} by wait",
        f"{counted(lane.waiting)} waiting, the oldest for {known(lane.oldest, picture.at)}",
        f"{ahead:,} tasks of others wait longer",
    ]
    if picture.rate_per_s:
        said.append(f"oldest first, its turn in {duration((ahead + 1) / picture.rate_per_s)}")
    return " · ".join(said)


def incident_line(lane: LaneView, picture: Picture) -> str:
    """A line for the incident channel."""
    said = [
        f"{picture.headline.word.value} on {picture.address}",
        f"{lane.name}: {counted(lane.waiting)} waiting",
        f"oldest {known(lane.oldest, picture.at)}",
        f"{numbers.count(lane.in_service)} in service",
    ]
    if lane.lock is not None:
        state = (
            "held by nobody" if lane.lock.is_stuck else f"held by {lane.lock.owner or 'unknown'}"
        )
        said.append(f"lock {state} {known(lane.lock.held, picture.at)}")
    said.append(f"backlog {picture.forecast}")
    return " · ".join(said)


def _facts(lane: LaneView, picture: Picture) -> Table:
    now = picture.at
    first = "none since the attaching"
    if lane.first_taken_s is not None:
        first = f"{duration(lane.first_taken_s)} after the attaching, at the latest"
    drain = numbers.UNKNOWN
    if lane.drain_s is not None:
        never = lane.drain_s == float("inf")
        drain = "never at this rate" if never else f"in {duration(lane.drain_s)} at this rate"
    rows = [
        ("where it stands", standing(lane, picture).partition(": ")[2].partition(" · ")[0]),
        ("waiting", counted(lane.waiting)),
        ("oldest has waited", known(lane.oldest, now)),
        ("in rounds, while watched", numbers.digits(lane.rounds)),
        ("in service", numbers.count(lane.in_service)),
        ("share of the workers", numbers.percent(lane.share)),
        ("taken, as far as seen", f"{lane.taken:,}"),
        ("share of all taken", numbers.percent(lane.taken_share)),
        ("came, as far as seen", f"{lane.arrived:,}"),
        ("first pickup", first),
        ("empty", drain),
        ("due later", numbers.count(lane.later)),
        ("given up", numbers.count(lane.dead)),
    ]
    if lane.lock is not None:
        ends = "never" if lane.lock.ttl_s is None else f"in {duration(lane.lock.ttl_s)}"
        owner = "nobody" if lane.lock.is_stuck else lane.lock.owner or "not told"
        rows += [
            ("lock", lane.lock.name),
            ("held for", known(lane.lock.held, now)),
            ("held by", owner),
            ("ends by itself", ends),
        ]
    return Table(title=f"Tenant {lane.name}", rows=tuple(rows))
