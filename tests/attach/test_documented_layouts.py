"""Recognition and figures on keys laid out by hand, Sidekiq's and asynq's among them."""

import asyncio
import time

import pytest
from attach.layouts import LAYOUTS, agentexec, rq
from redis.asyncio import Redis

from queue_fairness.attach.by import parse_by
from queue_fairness.attach.headline import Word
from queue_fairness.attach.libraries import ADAPTERS
from queue_fairness.attach.libraries.base import Settings
from queue_fairness.attach.model import Bound
from queue_fairness.attach.names import LIBRARIES
from queue_fairness.attach.options import AttachPlan, Thresholds
from queue_fairness.attach.picture import LaneView, Picture, take_picture
from queue_fairness.attach.reader import Reader
from queue_fairness.attach.recognition import Recognition, recognize
from queue_fairness.attach.session import attached
from queue_fairness.errors import PlanError
from queue_fairness.server.server import Server

TENANTS = {"acme": 4, "bolt": 2, "corto": 1}


async def _recognized(server: Server) -> Recognition:
    async with server.endpoint.connect("") as opened:
        return await recognize(Reader(opened))


async def _seen(server: Server, plan: AttachPlan = AttachPlan(), looks: int = 2) -> Picture:  # noqa: B008
    async with attached(server.endpoint.url, plan) as attachment:
        for _ in range(looks):
            await attachment.look()
            assert attachment.trouble is None
            await asyncio.sleep(0.01)
        return take_picture(attachment)


def _lanes(picture: Picture) -> dict[str, LaneView]:
    return {each.name: each for each in picture.lanes}


def test_every_library_has_its_adapter() -> None:
    assert set(ADAPTERS) == set(LIBRARIES)


@pytest.mark.parametrize("library", LAYOUTS)
async def test_figures_are_those_of_the_keys(server: Server, client: Redis, library: str) -> None:
    await LAYOUTS[library](client, TENANTS, "acme")

    picture = await _seen(server)

    assert picture.library == library
    assert picture.waiting == 7
    lanes = _lanes(picture)
    assert {name: lanes[name].waiting.value for name in TENANTS} == TENANTS
    assert all(lanes[each].oldest.at is not None for each in TENANTS)
    assert all(abs(time.time() - (lanes[x].oldest.at or 0)) < 60 for x in TENANTS)
    assert (lanes["acme"].in_service, lanes["acme"].share) == (1, 1.0)


@pytest.mark.parametrize(("library", "by"), [("sidekiq", "args.0"), ("asynq", "data.customer")])
async def test_tenants_are_found_in_documented_payloads(
    server: Server, client: Redis, library: str, by: str
) -> None:
    await LAYOUTS[library](client, TENANTS, "acme")

    picture = await _seen(server, AttachPlan(settings=Settings(by=parse_by(by))))

    lanes = _lanes(picture)
    assert {name: lanes[name].waiting.value for name in TENANTS} == TENANTS
    assert lanes["acme"].in_service == 1
    assert lanes["acme"].oldest.bound is Bound.EXACT


async def test_asynq_lease_in_the_past_is_a_task_without_a_worker(
    server: Server, client: Redis
) -> None:
    await LAYOUTS["asynq"](client, TENANTS, "acme")
    await client.zadd("asynq:{acme}:lease", {"acme-x": time.time() - 5})

    picture = await _seen(server)

    assert [each.tenant for each in picture.stuck] == ["acme"]
    assert picture.headline.word is Word.STUCK_LOCK


async def test_empty_server_is_nothings(server: Server) -> None:
    found = await _recognized(server)
    picture = await _seen(server)

    assert found.found == ()
    assert found.cost.trips <= 10
    assert picture.library is None
    assert picture.headline.word is Word.CANNOT_TELL


async def test_two_libraries_are_both_found_and_the_user_chooses(
    server: Server, client: Redis
) -> None:
    await agentexec(client, TENANTS)
    await rq(client, TENANTS)

    found = await _recognized(server)

    assert {each.library for each in found.found} == {"agentexec", "rq"}
    assert found.cost.trips <= 10
    with pytest.raises(PlanError, match="--library"):
        await _seen(server)
    assert (await _seen(server, AttachPlan(library="rq"))).waiting == 7


async def test_a_few_keys_are_found_among_many(server: Server, client: Redis) -> None:
    async with client.pipeline(transaction=False) as pipe:
        for n in range(30_000):
            pipe.set(f"session:{n}", "x")
        await pipe.execute()
    await rq(client, {"acme": 1})

    found = await _recognized(server)

    assert [each.library for each in found.found] == ["rq"]
    assert found.cost.trips <= 10
    assert not found.is_whole


async def test_lists_of_others_are_no_queues(server: Server, client: Redis) -> None:
    await client.lpush("inbox", "hello")
    await client.xadd("log", {"a": "b"})
    await client.hset("user:1:meta", mapping={"name": "x"})
    await client.set("user:1:id", "1")

    assert (await _recognized(server)).found == ()


async def test_partition_called_like_a_lock_is_a_partition(server: Server, client: Redis) -> None:
    await agentexec(client, {"x:lock": 2, "y": 1}, "y")

    picture = await _seen(server)

    lanes = _lanes(picture)
    assert lanes["x:lock"].waiting.value == 2
    assert lanes["x:lock"].lock is None
    assert lanes["y"].lock is not None
    assert "x" not in lanes


async def test_lock_without_any_connection_of_a_worker_is_stuck(
    server: Server, client: Redis
) -> None:
    await agentexec(client, {"acme": 2}, "acme")
    await client.expire("agentexec_tasks:acme:lock", 1790)

    picture = await _seen(server)

    assert picture.stuck[0].is_proved
    assert picture.headline.word is Word.STUCK_LOCK
    assert _lanes(picture)["acme"].in_service == 0


async def test_newcomers_are_seen_and_the_gone_are_dropped(server: Server, client: Redis) -> None:
    await rq(client, {"acme": 1})
    async with attached(server.endpoint.url, AttachPlan()) as attachment:
        await attachment.look()
        await rq(client, {"bolt": 3})
        await attachment.look()
        assert set(attachment.watch.lanes) == {"acme", "bolt"}
        await client.srem("rq:queues", "rq:queue:acme")
        await attachment.look()
        assert set(attachment.watch.lanes) == {"acme", "bolt"}, "it may come back"

        assert attachment.watcher is not None
        attachment.watcher.linger_s = 0.0
        await attachment.look()

        assert set(attachment.watch.lanes) == {"bolt"}
        assert (attachment.watch.waiting, attachment.watch.with_work) == (3, 1)


async def test_payload_line_is_mirrored_exactly(server: Server, client: Redis) -> None:
    order = [f"t{n % 3}" for n in range(50)]
    for name in order:
        await client.lpush("agentexec_tasks", _task(name))
    plan = AttachPlan(settings=Settings(by=parse_by("kwargs.customer")))
    async with attached(server.endpoint.url, plan) as attachment:
        await attachment.look()
        for _ in range(20):
            await client.rpop("agentexec_tasks")
        for name in ("t0", "t9"):
            await client.lpush("agentexec_tasks", _task(name))
        await attachment.look()
        picture = take_picture(attachment)

    lanes = _lanes(picture)
    assert lanes["t9"].waiting.value == 1
    assert {name: lanes[name].taken for name in ("t0", "t1", "t2")} == {
        name: order[:20].count(name) for name in ("t0", "t1", "t2")
    }
    assert picture.coverage == 1.0


def _task(name: str) -> str:
    import json
    import uuid

    context = {"customer": name}
    return json.dumps({"task_name": "j", "context": context, "agent_id": uuid.uuid4().hex})


async def test_names_are_masked_everywhere(server: Server, client: Redis) -> None:
    await agentexec(client, {"secret-customer": 2}, "secret-customer")
    await client.expire("agentexec_tasks:secret-customer:lock", 1700)

    picture = await _seen(server, AttachPlan(mask=True, thresholds=Thresholds(starved_s=0.0)))

    assert "secret" not in str(picture)
    assert picture.lanes[0].waiting.value == 2


async def test_text_of_others_steers_no_terminal(server: Server, client: Redis) -> None:
    evil = "a\x1b[31m\u202e\n[bold]"
    await rq(client, {evil: 2}, evil)
    await client.hset(f"rq:execution:{evil}-x:e", mapping={"worker_name": "w\x1b]0;x\x07"})

    picture = await _seen(server)

    assert "\x1b" not in str(picture)
    assert "\u202e" not in picture.lanes[0].name
    assert "\n" not in picture.lanes[0].name
