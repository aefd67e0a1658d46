"""The same numbers for ever, and each stream for itself."""

from itertools import islice
from math import inf

import pytest

from queue_fairness.load import (
    arrival_times,
    parse_pattern,
    partition_chooser,
    service_sampler,
    stream,
)


def test_a_stream_is_the_same_in_every_process_and_version() -> None:
    # Seen alike on Python 3.11, 3.12 and 3.13; `hash()` would differ in each process.
    assert stream(42, "arrivals").random() == 0.4210355407670592
    assert stream(43, "arrivals").random() == 0.9512489702494271
    assert stream(42, "service").random() == 0.09437616497483836


@pytest.mark.parametrize(
    ("process", "expected"),
    [
        ("poisson", [0.05465141863105297, 0.12397139051515653, 0.2122778215222858]),
        ("bursts", [0.4210755590780861, 0.42284096570314017, 0.4240394483491065]),
        ("constant", [0.0, 0.1, 0.2]),
    ],
)
def test_a_seed_has_its_arrivals(process: str, expected: list[float]) -> None:
    times = arrival_times(process, 10, inf, stream(42, "arrivals"))

    assert list(islice(times, 3)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("distribution", "expected"),
    [
        ("exponential", [0.0024782813071162683, 0.0025421864974340827, 0.022659319445362112]),
        ("log-normal", [0.0002584381962025936, 0.00026551466138416353, 0.0056682724742821555]),
        ("pareto", [0.0044503626411648185, 0.004460715116926065, 0.009269113191764182]),
    ],
)
def test_a_seed_has_its_service_times(distribution: str, expected: list[float]) -> None:
    draw = service_sampler(distribution, 0.025, 50, stream(42, "service"))

    assert [draw() for _ in range(3)] == pytest.approx(expected, rel=1e-12)


def test_a_seed_has_its_partitions() -> None:
    draw = partition_chooser(parse_pattern("zipf").values(50), stream(42, "t"))

    assert [draw() for _ in range(10)] == [15, 45, 20, 0, 14, 6, 0, 1, 0, 0]


def test_streams_do_not_touch_each_other() -> None:
    alone, beside = stream(7, "arrivals"), stream(7, "arrivals")
    other = stream(7, "service")

    together = [(beside.random(), other.random())[0] for _ in range(100)]

    assert together == [alone.random() for _ in range(100)]


def test_streams_of_other_names_and_seeds_differ() -> None:
    firsts = [
        stream(seed, name).random()
        for seed in range(100)
        for name in ("arrivals", "service", "partitions", "1:arrivals", "")
    ]

    assert len(set(firsts)) == len(firsts)
