"""Each adapter against the real library with a real worker: figures, recognition, no trace."""

import asyncio
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from attach.live import LIBRARIES, TENANTS, Library, Live, live, server, wait_for
from attach.starved import starved_tenant
from tty_program import Tty

from queue_fairness.attach.acl import acl_line
from queue_fairness.attach.by import parse_by
from queue_fairness.attach.libraries.base import Settings
from queue_fairness.attach.model import Bound
from queue_fairness.attach.options import AttachPlan
from queue_fairness.attach.picture import LaneView, Picture, take_picture
from queue_fairness.attach.session import Attachment, attached

pytestmark = pytest.mark.libraries

PLAN = AttachPlan()
CLOSE_S = 1.5
"""Clocks of this machine are one; OBJECT IDLETIME counts whole seconds."""


@pytest.fixture(
    scope="module", params=LIBRARIES, ids=lambda each: each.program + str(each.variables)
)
def library(request: pytest.FixtureRequest) -> Library:
    assert isinstance(request.param, Library)
    return request.param


@pytest.fixture(scope="module")
def running(library: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The library with a worker that does one of acme's tasks."""
    with server() as url, live(library, url, tmp_path_factory.mktemp("live")) as opened:
        opened.work()
        yield opened


async def _seen(url: str, plan: AttachPlan = PLAN, number: int = 2) -> Picture:
    async with attached(url, plan) as attachment:
        await _look(attachment, number)
        return take_picture(attachment)


async def _look(attachment: Attachment, number: int) -> None:
    for _ in range(number):
        await attachment.look()
        assert attachment.trouble is None
        await asyncio.sleep(0.05)


def _lanes(picture: Picture) -> dict[str, LaneView]:
    return {each.name: each for each in picture.lanes}


async def test_library_is_recognized_within_ten_round_trips(running: Live) -> None:
    async with attached(running.url, AttachPlan()) as attachment:
        assert attachment.library == running.library.name
        assert attachment.recognition is not None
        assert attachment.recognition.cost.trips <= 10


async def test_what_waits_is_what_the_library_says(running: Live) -> None:
    name = running.library.queue
    if running.library.has_truth:
        expected = running.truth()["waiting"]
    else:
        expected = {name.format(each): number for each, number in TENANTS.items()}
        expected[name.format(running.tenant)] -= 1 + running.library.ahead

    lanes = _lanes(await _seen(running.url))

    assert {each: lanes[each].waiting.value for each in expected} == expected


async def test_age_of_the_oldest_is_what_the_library_says(running: Live) -> None:
    told: dict[str, Any] = running.truth()["oldest"] if running.library.has_truth else {}

    picture = await _seen(running.url)

    for lane in picture.lanes:
        if not lane.waiting.value:
            continue
        truth = told.get(lane.name)
        if truth is None:
            assert lane.oldest.at is not None
            assert 0 <= picture.at - lane.oldest.at < 300
        else:
            assert lane.oldest.bound is Bound.EXACT
            assert lane.oldest.at == pytest.approx(truth, abs=CLOSE_S)


async def test_task_in_service_is_seen_with_its_worker(running: Live) -> None:
    picture = await _seen(running.url)

    if not running.library.tells_service:
        assert not picture.knows_holdings or not picture.holdings
        return
    mine = [each for each in picture.holdings if each.tenant.endswith(running.tenant)]
    assert 1 <= len(mine) <= 1 + running.library.ahead
    assert not any(each.is_lost for each in mine)
    assert any(each.worker for each in mine) is running.library.tells_worker
    assert picture.lanes[0].in_service is not None


async def test_tenants_are_found_in_the_tasks(running: Live) -> None:
    settings = Settings(by=parse_by(running.library.by))

    picture = await _seen(running.url, AttachPlan(settings=settings))

    lanes = _lanes(picture)
    queued = _lanes(await _seen(running.url))
    for tenant in TENANTS:
        whole = queued[running.library.queue.format(tenant)].waiting.value
        assert lanes[tenant].waiting.value == whole


@pytest.mark.parametrize("may_write", [True, False])
async def test_nothing_is_changed_and_nothing_stands_in_the_acl_log(
    running: Live, may_write: bool
) -> None:
    client = redis.Redis.from_url(running.url)
    client.acl_log_reset()
    # Its own worker would write signs of life.
    running.signal(signal.SIGSTOP)
    try:
        before = _digest(client)
        for by in ("queue", running.library.by):
            settings = Settings(by=parse_by(by), may_list_clients=may_write)
            url = running.url if may_write else await _limited(client, running.url, settings)
            picture = await _seen(url, AttachPlan(settings=settings), number=5)
            assert picture.library == running.library.name
            assert picture.waiting > 0
            refused = [each for each in picture.unknown if "this user may not" in each.why]
            assert refused == []
        after = _digest(client)
    finally:
        running.signal(signal.SIGCONT)

    assert after == before
    assert client.acl_log() == []
    client.close()


def _digest(client: redis.Redis) -> dict[bytes, bytes]:
    """A digest of each key that does not end by itself, as a stopped worker's signs of life do."""
    names = sorted(each for each in client.scan_iter(count=1000) if client.ttl(each) == -1)
    told = client.execute_command("DEBUG", "DIGEST-VALUE", *names)  # type: ignore[no-untyped-call]
    return dict(zip(names, told, strict=True))


async def _limited(client: redis.Redis, url: str, settings: Settings) -> str:
    """The URL of a user that has what `--acl` prints, and no more."""
    async with attached(url, AttachPlan(settings=settings)) as attachment:
        assert attachment.adapter is not None
        line = acl_line(attachment.adapter)
    words = line.replace(">PASSWORD", ">secret").split()
    client.execute_command(*words)  # type: ignore[no-untyped-call]
    return url.replace("redis://", "redis://qf-attach:secret@")


async def test_drain_is_counted_task_by_task(library: Library, tmp_path: Path) -> None:
    with server() as url, live(library, url, tmp_path, service_s=0.15) as opened:
        async with attached(url, AttachPlan(library=library.name)) as attachment:
            watch = attachment.watch
            await _look(attachment, 1)
            filled = watch.waiting
            await asyncio.to_thread(opened.work)
            name = library.queue.format("acme")
            deadline = time.monotonic() + 60
            while watch.lanes[name].waiting and time.monotonic() < deadline:
                await _look(attachment, 1)
            # The last one is done and told as done a moment later.
            for _ in range(20):
                await _look(attachment, 1)
            picture = take_picture(attachment)

    assert filled == sum(TENANTS.values())
    assert watch.lanes[name].taken == TENANTS["acme"]
    assert watch.taken == filled - watch.waiting
    if picture.dispatched is not None:
        assert abs(picture.dispatched - watch.taken) <= 1
        assert picture.coverage is not None
        assert picture.coverage >= 0.8


async def test_killed_worker_is_noticed_as_far_as_the_layout_tells(
    library: Library, tmp_path: Path
) -> None:
    if library.tells_death_s is None:
        pytest.skip(f"{library.name}'s keys tell of a worker's death late, or never")
    with server() as url, live(library, url, tmp_path) as opened:
        opened.work()
        opened.signal(signal.SIGKILL)
        stuck: list[Picture] = []

        def is_told() -> bool:
            stuck.append(asyncio.run(_seen(url)))
            return bool(stuck[-1].stuck)

        await asyncio.to_thread(wait_for, is_told, library.tells_death_s + 10)

    assert stuck[-1].stuck[0].tenant == library.queue.format(opened.tenant)
    assert stuck[-1].stuck[0].is_proved


def test_starved_tenant_and_the_cause_are_named_in_a_real_terminal() -> None:
    with server() as url, starved_tenant(url):
        arguments = ["attach", "--redis-url", url, "--starved-after", "3s"]
        with Tty(arguments, size=(120, 30)) as tty:
            tty.sees("STARVED  p17 has waited")
            tty.sees("billing holds")
            tty.press(b"/p17\r")
            tty.sees("p17: number 1 of")
            tty.press(b"q")
            assert tty.ends() == 0
            assert "STARVED: p17 has waited" in tty.scrollback
