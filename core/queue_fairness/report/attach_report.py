"""The report of `attach` for people, as text or Markdown."""

from collections.abc import Iterator

from queue_fairness.attach.headline import duration
from queue_fairness.attach.model import Bound, Count, Since
from queue_fairness.attach.picture import COVERED, LaneView, Picture
from queue_fairness.formatting import numbers
from queue_fairness.formatting.table import Table, headed
from queue_fairness.formatting.wrapping import short_name
from queue_fairness.report.model import Labelled, Report, Section, Sentences

MOST_LANES = 15
LONGEST_NAME = 22
AT_LEAST = "≥ "


def attach_report(picture: Picture, command: str) -> Report:
    """The report: the headline, the tenants that wait longest, who holds what, what is unknown."""
    head = picture.headline
    server = picture.server
    return Report(
        sentence=f"{head.word.value}: {head.text}",
        reasons=tuple(_reasons(picture)),
        headline=(
            f"{picture.title} on {server.engine} {server.version}"
            f" · {numbers.plural(picture.known, 'tenant')} · {picture.waiting:,} waiting"
            f" · watched {numbers.seconds(picture.watched_s)}",
        ),
        warnings=() if picture.trouble is None else (picture.trouble,),
        sections=tuple(_sections(picture)),
        notes=tuple(_notes(picture)),
        command=command,
    )


def known(since: Since, now: float) -> str:
    """How long, and how that is known: `12.4 s`, `≥ 12.4 s`, a dash."""
    age_s = since.age(now)
    if age_s is None:
        return numbers.UNKNOWN
    return f"{AT_LEAST if since.bound is Bound.AT_LEAST else ''}{duration(age_s)}"


def counted(count: Count) -> str:
    """How many, and how that is known."""
    sign = AT_LEAST if count.bound is Bound.AT_LEAST else ""
    return f"{sign}{numbers.count(count.value)}"


def _reasons(picture: Picture) -> Iterator[Labelled]:
    said = [f"backlog: {picture.forecast}"]
    if picture.rate_per_s is not None:
        said.append(f"{numbers.rate(picture.rate_per_s)} are taken{_covered(picture)}")
    yield Labelled(label="flow", sentences=tuple(said))
    if picture.stuck:
        yield Labelled(
            label="stuck",
            sentences=tuple(
                f"{each.name} of {each.tenant}: {'; '.join(each.evidence)}"
                for each in picture.stuck[:5]
            ),
        )


def _covered(picture: Picture) -> str:
    if picture.coverage is None:
        return ""
    return f"; {numbers.percent(picture.coverage)} of them were seen"


def _sections(picture: Picture) -> Iterator[Section]:
    lanes = [each for each in picture.lanes if each.waiting.value or each.in_service or each.lock]
    shown = lanes[:MOST_LANES]
    if shown:
        left_out = len(lanes) - len(shown)
        table = Table(
            title="Who waits longest",
            columns=headed("waiting", "oldest", "busy", "share", "lock held", "ends", "trend/s"),
            rows=tuple(_row(each, picture.at) for each in shown),
            note=f"{left_out:,} more tenants have work" if left_out else "",
        )
        yield Section(title="Tenants", blocks=(table,))
    if picture.holdings:
        rows = tuple(
            (
                short_name(each.tenant, LONGEST_NAME),
                short_name(each.worker or numbers.UNKNOWN, 34),
                "gone" if each.is_lost else each.state.value,
                known(each.since, picture.at),
            )
            for each in picture.holdings[:MOST_LANES]
        )
        table = Table(
            title="Who has the workers",
            columns=headed("worker", "state", "since"),
            rows=rows,
        )
        yield Section(title="Workers", blocks=(table,))
    if picture.unknown:
        sentences = tuple(
            f"{each.what}: {each.why}{f' ({each.remedy})' if each.remedy else ''}"
            for each in picture.unknown
        )
        yield Section(title="Not known", blocks=(Sentences(("Not known here:", *sentences)),))


def _row(lane: LaneView, now: float) -> tuple[str, ...]:
    lock = lane.lock
    ends = numbers.UNKNOWN
    if lock is not None:
        ends = "never" if lock.ttl_s is None else duration(lock.ttl_s)
    held = "" if lock is None else known(lock.held, now) + (" !" if lock.is_stuck else "")
    return (
        short_name(lane.name, LONGEST_NAME),
        counted(lane.waiting),
        known(lane.oldest, now),
        numbers.count(lane.in_service),
        numbers.percent(lane.share),
        held,
        ends if lock is not None else "",
        numbers.UNKNOWN if lane.trend_per_s is None else f"{lane.trend_per_s:+.1f}",
    )


def _notes(picture: Picture) -> Iterator[str]:
    yield f"{AT_LEAST}is a lower bound, {numbers.UNKNOWN} is not known; ! marks a stuck lock"
    if picture.coverage is not None and picture.coverage < COVERED:
        yield (
            f"only {numbers.percent(picture.coverage)} of the tasks taken were seen, so shares of"
            " them are not shown"
        )
    cost = picture.cost
    share = ""
    if picture.busy_share is not None:
        share = f", {numbers.percent(picture.busy_share, 2)} of its time after the first look"
    yield (
        f"looking took {numbers.plural(cost.commands, 'command')} in"
        f" {numbers.plural(cost.trips, 'round trip')} and {cost.redis_ms:.2f} ms of the server"
        f"{share}"
    )
