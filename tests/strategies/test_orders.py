"""Who is next: the order that each strategy promises."""

import asyncio
import time
from collections import Counter

import pytest
from redis.asyncio import Redis
from strategies.hands import PREFIX, assert_nothing_left, claim, let_expire, queue, served, tasks

from queue_fairness.strategies import Lease, Strategy, Task
from queue_fairness.strategies.leased import Leased

TURNS = ["round-robin", "virtual-time", "stride-tag", "least-in-flight"]
LINES = ["fifo", "streams"]
WEIGHTED = ["virtual-time", "stride-tag"]


@pytest.mark.parametrize("name", TURNS)
async def test_partitions_take_turns(client: Redis, name: str) -> None:
    strategy = queue(name, 12)
    await strategy.push(client, tasks([3] * 12))

    # By arrival, not by name: p10 would come before p2.
    assert await served(strategy.consumer(client)) == [*range(12)] * 3


@pytest.mark.parametrize("name", TURNS)
async def test_who_arrives_later_gets_the_next_turn_but_one(client: Redis, name: str) -> None:
    strategy = queue(name)
    await strategy.push(client, tasks([4, 4]))
    consumer = strategy.consumer(client)
    assert await served(consumer, 4) == [0, 1, 0, 1]

    await strategy.push(client, [Task(2, 8), Task(2, 9)])

    order = await served(consumer)
    assert sorted(order[:3]) == sorted(order[3:]) == [0, 1, 2]


@pytest.mark.parametrize("name", LINES)
async def test_whoever_comes_first_is_served_first(client: Redis, name: str) -> None:
    strategy = queue(name)
    await strategy.push(client, [Task(2, 0), Task(0, 1), Task(2, 2), Task(1, 3)])

    assert await served(strategy.consumer(client)) == [2, 0, 2, 1]


async def test_random_ready_draws_each_partition_as_often(client: Redis) -> None:
    strategy = queue("random-ready", 4)
    await strategy.push(client, tasks([400] * 4))

    drawn = Counter(await served(strategy.consumer(client), 800))

    # 200 each; the standard deviation is 12.
    assert all(140 < count < 260 for count in drawn.values())


@pytest.mark.parametrize("name", WEIGHTED)
async def test_weights_share_out_the_dispatches(client: Redis, name: str) -> None:
    heavy = range(5)
    strategy = queue(name, 20, weights=dict.fromkeys(heavy, 4.0))
    await strategy.push(client, tasks([200] * 20))

    # At half time of the heavy ones: all are still backlogged.
    order = Counter(await served(strategy.consumer(client), 5 * 100 + 15 * 25))

    ratio = (
        sum(order[each] for each in heavy) / 5 / (sum(order[each] for each in range(5, 20)) / 15)
    )
    assert ratio == pytest.approx(4.0, abs=0.3)
    assert max(order[each] for each in heavy) - min(order[each] for each in heavy) <= 2


async def test_weights_hold_with_many_workers(client: Redis) -> None:
    strategy = queue("virtual-time", 40, weights=dict.fromkeys(range(20), 4.0), workers=8)
    await strategy.push(client, tasks([80] * 40))
    consumers = [strategy.consumer(client) for _ in range(8)]
    leases: list[Lease | None] = [None] * 8
    order: Counter[bool] = Counter()

    for number in range(20 * 40 + 20 * 10):
        worker = number * 5 % 8
        leases[worker] = await claim(consumers[worker], leases[worker])
        order[leases[worker].task.partition < 20] += 1  # type: ignore[union-attr]

    assert order[True] / order[False] == pytest.approx(4.0, abs=0.3)


@pytest.mark.parametrize("name", WEIGHTED)
async def test_who_was_away_has_saved_nothing_up(client: Redis, name: str) -> None:
    strategy = queue(name)
    await strategy.push(client, [Task(0, 0), *(Task(1, number) for number in range(1, 101))])
    consumer = strategy.consumer(client)
    assert Counter(await served(consumer, 51)) == {0: 1, 1: 50}

    await strategy.push(client, [Task(0, number) for number in range(101, 151)])

    order = await served(consumer, 20)
    if name == "virtual-time":
        assert Counter(order) == {0: 10, 1: 10}
    else:
        assert 9 <= Counter(order)[0] <= 11, "what waits was tagged one stride apart"


async def test_virtual_time_by_cost_shares_out_the_time(client: Redis) -> None:
    strategy = queue("virtual-time-by-cost", 2)
    await strategy.push(client, tasks([60, 60]))
    consumer = strategy.consumer(client)
    lease: Lease | None = None
    spent = [0.0, 0.0]

    for _ in range(50):
        lease = await claim(consumer, lease)
        began = time.monotonic()
        await asyncio.sleep((0.003, 0.012)[lease.task.partition])
        # As long as it took: a busy machine's sleeps are longer than asked for.
        spent[lease.task.partition] += time.monotonic() - began

    assert 0.6 < spent[0] / spent[1] < 1.6, "by number it would be 0.25"


async def test_least_in_flight_spreads_the_workers_where_there_is_no_lock(client: Redis) -> None:
    strategy = queue("least-in-flight", 4, limit=0)
    await strategy.push(client, tasks([9, 1, 9, 9]))
    consumers = [strategy.consumer(client) for _ in range(8)]
    leases = [await claim(each) for each in consumers]
    assert Counter(lease.task.partition for lease in leases) == {0: 3, 1: 1, 2: 2, 3: 2}

    await consumers[2].complete(leases[2])

    assert leases[2].task.partition == 2
    assert (await claim(consumers[2])).task.partition == 2, "2 has one in service, 3 has two"


async def test_key_shard_serves_each_partition_by_one_worker(client: Redis) -> None:
    strategy = queue("key-shard", 40, workers=4)
    await strategy.push(client, tasks([2] * 40))
    consumers = [strategy.consumer(client) for _ in range(4)]

    served_by = [await served(each) for each in consumers]

    assert sum(len(set(order)) for order in served_by) == 40
    assert all(order for order in served_by)
    assert all(order == sorted(order) for order in served_by), "in the order of arrival"
    await assert_nothing_left(strategy, client)


async def test_scan_resume_passes_all_before_it_comes_back(client: Redis) -> None:
    strategy = queue("scan-resume", 300)
    await strategy.push(client, tasks([3] * 300))
    # Each look at a key lets Redis move on with a table that grows; the order changes with it.
    assert [await strategy.waiting(client) for _ in range(3)] == [900] * 3
    consumer = strategy.consumer(client)

    order = await served(consumer)

    first, second, third = order[:300], order[300:600], order[600:]
    assert len(set(first)) == 300
    assert first == second == third, "in the order of the hashes, again and again"


async def test_scan_resume_starts_its_workers_apart(client: Redis) -> None:
    strategy = queue("scan-resume", 800, workers=4)
    await strategy.push(client, tasks([1] * 800))
    order = await _scan_order(client, strategy)

    firsts = [(await claim(strategy.consumer(client))).task.partition for _ in range(4)]

    places = [order.index(partition) / 800 for partition in firsts]
    assert places == [pytest.approx(share, abs=0.05) for share in (0.0, 0.25, 0.5, 0.75)]


async def _scan_order(client: Redis, strategy: Strategy) -> list[int]:
    assert isinstance(strategy, Leased)
    own = {key.encode() for key in strategy.script_keys()}
    begins = f"{PREFIX}:p"
    return [int(key[len(begins) :]) async for key in client.scan_iter() if key not in own]


async def test_scan_resume_pays_for_foreign_keys_and_for_what_is_locked(client: Redis) -> None:
    strategy = queue("scan-resume", 1)
    await client.mset({f"foreign:{number}": 1 for number in range(5000)})
    await strategy.push(client, tasks([2]))
    consumer, rival = strategy.consumer(client), strategy.consumer(client)
    await claim(consumer)

    nothing = await rival.next(None)

    assert nothing.lease is None
    assert nothing.dequeue_cost.scans >= 50
    assert nothing.dequeue_cost.lost_locks >= 1
    assert (
        nothing.dequeue_cost.round_trips
        == nothing.dequeue_cost.scans + nothing.dequeue_cost.lost_locks
    )


async def test_streams_are_claimed_by_the_first_after_the_lease_time(client: Redis) -> None:
    strategy = queue("streams")
    await strategy.push(client, tasks([3]))
    dead, alive = strategy.consumer(client), strategy.consumer(client)
    lost = await claim(dead)
    await let_expire(strategy, client, [lost])

    again = await claim(alive)

    assert (again.task.number, again.redelivered) == (0, True)
    assert not (await claim(alive, again)).redelivered
