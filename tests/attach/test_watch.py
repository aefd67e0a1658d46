"""What looks tell together: coverage, rounds, trends, the headline; without a server."""

import math

import pytest

from queue_fairness.attach.by import By, parse_by
from queue_fairness.attach.headline import Headline, Word, duration, forecast, headline, is_starved
from queue_fairness.attach.locks import diagnose, stuck_locks
from queue_fairness.attach.model import (
    UNKNOWN_SINCE,
    Bound,
    Cost,
    Count,
    Grip,
    Hands,
    Holding,
    Lane,
    Lock,
    Look,
    Since,
)
from queue_fairness.attach.options import Thresholds
from queue_fairness.attach.payload import Payload
from queue_fairness.attach.picture import longest_first, most_starved
from queue_fairness.attach.watch import Watch
from queue_fairness.errors import PlanError

NOW = 1_000_000.0


def _look(at: float, *lanes: Lane, hands: Hands | None = None, total: int | None = None) -> Look:
    return Look(
        at=NOW + at,
        lanes=lanes,
        known=len(lanes),
        hands=hands or Hands(),
        total_dispatches=total,
        cost=Cost(),
        calls={},
    )


def _lane(
    name: str, depth: int, waited_s: float | None, at: float = 0, taken: int = 0, arrived: int = 0,
    bound: Bound = Bound.EXACT,
) -> Lane:  # fmt: skip
    since = UNKNOWN_SINCE if waited_s is None else Since(NOW + at - waited_s, bound)
    return Lane(name.encode(), Count(depth), since, b"h", arrived, taken)


def _said(watch: Watch, limits: Thresholds = Thresholds()) -> Headline:  # noqa: B008
    waiting = [each for each in watch.lanes.values() if each.waiting]
    starved = [each for each in waiting if is_starved(watch, each, limits)]
    longest = longest_first(watch, 1)
    first = longest[0] if longest and longest[0].waiting else None
    worst = most_starved(watch, starved) or first
    return headline(watch, worst, stuck_locks(watch, limits), limits)


def _hold(lane: str, since: float = 5, *, is_lost: bool = False) -> Holding:
    return Holding(lane.encode(), Since(NOW - since), Grip.RUNNING, "w", b"t", is_lost)


def test_who_waits_and_is_not_worked_at_is_starved() -> None:
    watch = Watch(By())
    hands = Hands(holdings=(_hold("billing"), _hold("billing")))
    watch.fold(_look(0, _lane("p17", 3, 720), _lane("billing", 900, 800), hands=hands))

    said = _said(watch)

    assert said.word is Word.STARVED
    assert said.text.startswith("p17 has waited 12 min for a worker; billing holds 2 of 2")


def test_who_is_worked_at_has_a_backlog_and_is_not_starved() -> None:
    watch = Watch(By())
    watch.fold(_look(0, _lane("billing", 9, 800), hands=Hands(holdings=(_hold("billing"),))))

    assert _said(watch).word is Word.HEALTHY


def test_starved_in_rounds_before_it_is_in_seconds() -> None:
    watch = Watch(By())
    for second in range(13):
        watch.fold(
            _look(
                second,
                _lane("a", 5, 1, second, taken=10),
                _lane("b", 1, second + 1, second),
                total=10 * second,
            )
        )

    assert watch.rounds_waited(watch.lanes["b"]) == pytest.approx(60, rel=0.2)
    assert _said(watch).word is Word.STARVED
    assert watch.rounds_waited(watch.lanes["a"]) == 0


def test_lower_bound_below_the_threshold_tells_nothing_yet() -> None:
    watch = Watch(By())
    watch.fold(_look(0, _lane("a", 1, 3, bound=Bound.AT_LEAST)))

    assert _said(watch).word is Word.CANNOT_TELL

    watch.fold(_look(61, _lane("a", 1, 3, 61, bound=Bound.AT_LEAST, taken=1)))
    assert _said(watch).word is Word.HEALTHY


def test_backlog_grows_from_a_share_on() -> None:
    watch = Watch(By())
    hands = Hands(holdings=(_hold("a"),))
    watch.fold(_look(0, _lane("a", 100, 1), hands=hands))
    watch.fold(_look(10, _lane("a", 109, 1, 10), hands=hands))
    assert _said(watch).word is Word.HEALTHY

    watch.fold(_look(20, _lane("a", 140, 1, 20), hands=hands))
    assert _said(watch).word is Word.BACKLOG_GROWS
    assert watch.drain_s() == math.inf


def test_nothing_waits_is_healthy_and_nothing_read_is_not() -> None:
    watch = Watch(By())
    assert _said(watch).word is Word.CANNOT_TELL

    watch.fold(_look(0, _lane("a", 0, None)))
    assert _said(watch) == Headline(Word.HEALTHY, "nothing waits")


def test_task_of_a_worker_that_is_gone_is_stuck_and_not_in_service() -> None:
    watch = Watch(By())
    watch.fold(_look(0, _lane("a", 2, 5), hands=Hands(holdings=(_hold("a", 90, is_lost=True),))))

    said = _said(watch)

    assert said.word is Word.STUCK_LOCK
    assert watch.held == {}


def test_lock_is_suspected_only_when_older_than_what_was_seen() -> None:
    watch = Watch(By())
    lock = Lock(b"a", b"lock", None, Since(NOW - 100))
    watch.fold(_look(0, _lane("a", 1, 5), hands=Hands(locks=(lock,))))
    assert stuck_locks(watch, Thresholds()) == ()

    watch.fold(_look(1, hands=Hands(holdings=(_hold("b", 2),), locks=(lock,))))
    watch.fold(_look(2, hands=Hands(locks=(lock,))))
    (found,) = stuck_locks(watch, Thresholds())
    assert not found.is_proved
    assert "longer than 3.0 s" in found.evidence[0]


def test_lock_doctor_names_a_command_and_runs_none() -> None:
    watch = Watch(By())
    lock = Lock(b"a b", b"agentexec_tasks:a b\x1b:lock", 20.0, Since(NOW - 100), is_dead=True)
    watch.fold(_look(0, _lane("a b", 1, 5), hands=Hands(locks=(lock,))))

    told = diagnose(watch, lock, "agentexec", Thresholds())

    assert told.command is not None
    assert told.command.startswith("redis-cli DEL $'agentexec")
    assert "\x1b" not in told.command + told.name
    assert told.evidence_against


def test_coverage_is_what_was_seen_of_what_there_was() -> None:
    watch = Watch(By())
    watch.fold(_look(0, _lane("a", 9, 1), total=100))
    first = watch.coverage

    watch.fold(_look(1, _lane("a", 5, 1, 1, taken=4), total=108))
    assert (first, watch.coverage) == (None, 0.5)
    assert watch.rate() == 8

    # The server was started anew, and counts from 0.
    watch.fold(_look(2, _lane("a", 1, 1, 2, taken=4), total=4))
    assert watch.coverage == pytest.approx(8 / 12)


def test_lanes_are_merged_by_a_part_of_their_names() -> None:
    watch = Watch(parse_by(r"name:/^(\w+)-/"))
    watch.fold(_look(0, _lane("acme-a", 2, 10), _lane("acme-b", 3, 20), _lane("x", 1, 1)))

    assert watch.lanes["acme"].depth == Count(5)
    assert watch.lanes["acme"].oldest.at == NOW - 20
    assert (watch.waiting, watch.with_work) == (6, 2)


@pytest.mark.parametrize(
    "text", ["", "kwargs", "args.x", "name:/(/", "name:x", "data.", "kwargs..a", "rows"]
)
def test_by_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(PlanError, match="--by"):
        parse_by(text)


@pytest.mark.parametrize(
    ("by", "payload", "tenant"),
    [
        ("kwargs.c", Payload(kwargs={"c": "a"}), "a"),
        ("data.c", Payload(kwargs={"c": 7}), "7"),
        ("kwargs.a.b", Payload(kwargs={"a": {"b": "x"}}), "x"),
        ("args.1", Payload(args=["a", b"b"]), "b"),
        ("args.2", Payload(args=["a"]), None),
        ("kwargs.c", Payload(kwargs={"c": ["a"]}), None),
    ],
)
def test_tenant_of_a_payload(by: str, payload: Payload, tenant: str | None) -> None:
    assert parse_by(by).of_payload(payload) == tenant


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.04, "0.0 s"),
        (9.96, "10.0 s"),
        (59, "59 s"),
        (119, "119 s"),
        (720, "12 min"),
        (7200, "2 h"),
    ],
)
def test_durations_as_one_says_them(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_forecast_in_words() -> None:
    assert forecast(math.inf, 5) == "never at this rate"
    assert forecast(None, 5) == "not known yet"
    assert forecast(12.0, 5) == "empty in 12 s at this rate"
    assert forecast(None, 0) == "nothing waits"
