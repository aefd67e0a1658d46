"""What a verdict says besides its word: why, who, when, and what would be better."""

from dataclasses import replace

import pytest
from fairness.measured import (
    COUNTS,
    CROWD,
    DRAIN,
    RANDOM,
    ROUND_ROBIN,
    SCAN,
    SUSTAINED,
    indebted,
    owed,
    shared,
    verdict,
)

from queue_fairness.fairness import (
    Level,
)


def test_refused_workers_are_appended_to_any_word() -> None:
    refusing = replace(ROUND_ROBIN.conservation, idle_refused=0.081, conserved=0.91)

    judged = verdict(replace(ROUND_ROBIN, conservation=refusing))

    assert judged.title == "FAIR, not work-conserving"
    assert judged.work_conserving is False
    assert "Workers sent away for 8.1 % of the time while tasks waited." in judged.why


def test_scan_is_explained_by_its_mechanism() -> None:
    judged = verdict(SCAN)

    assert judged.headline == (
        "one after another: the last of 1,000 began after 32.2 s; ideal 3.2 s"
    )
    assert judged.why == (
        "At most 8 partitions in progress at a time,",
        "each emptied before the next one starts.",
        "The median partition waited 4.9 rounds for its first task;",
        "the last one 9.9. Ideal: 0.5 and 1.",
        "Longest: p0481, from 0 ms on for 32.2 s;",
        "690 of 1,000 sat out over 3 rounds.",
    )
    assert judged.flaws == ("sequential",)
    assert judged.not_because == (
        "Not the workers: in a closed loop their counts come out even anyway.",
        "Not Redis: 1.1 ms per pop against 25 ms of work.",
    )
    assert judged.next_step == ("round-robin on the same load and seed.",)


def test_only_a_strategy_that_exists_is_proposed() -> None:
    run = replace(DRAIN, alternative=None)

    for measures in (SCAN, RANDOM):
        assert verdict(measures, run=run).next_step == ()
    assert verdict(SCAN, replace(COUNTS, lost=1), run).next_step[0].startswith("Another strategy:")


def test_the_one_that_fares_worst_is_named() -> None:
    short = indebted(RANDOM, worst=owed(0.38), beyond_chance=12)

    judged = verdict(short, run=replace(SUSTAINED, name_of="partition-{}".format))

    assert judged.headline == "partition-7 got 38 % of its due, and 11 more too little"
    assert "partition-7 was owed 24.8 tasks after 40.0 turns of its own." in judged.why
    assert "Longest: partition-481, from 0 ms on for 25.2 s;" in judged.why


def test_crowd_is_dated() -> None:
    judged = verdict(shared(crowd=CROWD), run=SUSTAINED)

    assert judged.headline == "from 4.2 s on 333 of 1,000 got less than half of their due"
    assert judged.why[:2] == (
        "At 8.1 s 333 of 1,000 had got less than half of their due",
        "in their last five turns, 100 of them nothing.",
    )


@pytest.mark.parametrize(
    ("wait_s", "fluid_s", "word"),
    [
        (0.30, 0.10, Level.FAIR),
        (0.31, 0.10, Level.UNFAIR),
        (0.31, 1.43, Level.FAIR),
        (0.25, None, Level.FAIR),
        (0.26, None, Level.UNFAIR),
    ],
)
def test_noise_is_measured_by_fair_turns_beside_it(
    wait_s: float, fluid_s: float | None, word: Level
) -> None:
    run = replace(
        SUSTAINED, quiet_wait_s=wait_s, quiet_wait_baseline_s=0.02, quiet_wait_ideal_s=fluid_s
    )

    judged = verdict(ROUND_ROBIN, run=run)

    assert judged.word is word
    if fluid_s is not None:
        assert ("the load rose." in judged.why) is (word is Level.FAIR)


def test_waits_shorter_than_a_task_are_no_multiple_of_anything() -> None:
    work_s = SUSTAINED.work_s
    run = replace(
        SUSTAINED,
        quiet_wait_s=0.6 * work_s,
        quiet_wait_baseline_s=0.1 * work_s,
        quiet_wait_ideal_s=0.1 * work_s,
    )

    why = " ".join(verdict(ROUND_ROBIN, run=run).why)

    assert "both less than a task takes" in why
    assert "times as long" not in why
    assert "the order does that" not in why


def test_workers_in_step_are_named_and_told_how_to_get_out_of_it() -> None:
    in_step = replace(RANDOM.mechanism, tasks_per_burst=4.0)

    judged = verdict(replace(RANDOM, mechanism=in_step))

    assert "Turns come in bursts of 4.0 tasks, a worker each:" in judged.why
    assert "each worker takes turns by itself, and they are in step." in judged.why
    assert judged.next_step[-1].startswith("Let each worker begin its turns elsewhere")


def test_few_partitions_are_in_bursts_by_chance() -> None:
    in_step = replace(RANDOM.mechanism, tasks_per_burst=4.0)

    judged = verdict(replace(RANDOM, mechanism=in_step, peak_backlogged=8))

    assert not any("in step" in each for each in (*judged.why, *judged.next_step))


def test_workers_that_go_on_with_what_they_have_done_are_named() -> None:
    chained = replace(SCAN.mechanism, same_again_share=0.9, tasks_per_run=1.1)

    judged = verdict(replace(SCAN, mechanism=chained))

    assert judged.why[-1] == "A worker goes on with the partition whose task it has just done."
