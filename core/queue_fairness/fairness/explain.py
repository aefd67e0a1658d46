"""The verdict on turns in short sentences, by cause and with names, for 80 columns.

The headline can be read without knowing what a round is. The reasons say who, since when, how
many, and what share they got; what is not known is not said.
"""

from collections.abc import Iterator, Sequence

from queue_fairness.fairness.context import Conditions, Integrity
from queue_fairness.fairness.evidence import integrity_violations, is_work_conserving, weaknesses
from queue_fairness.fairness.findings import Finding, Flaw, lags_behind
from queue_fairness.fairness.measures import FairnessMeasures, Victim
from queue_fairness.fairness.thresholds import (
    BURST,
    BURST_CHOICE,
    LONG_WAIT,
    MANY_SCANS,
    STARVING_ROUNDS,
)
from queue_fairness.fairness.word import Level
from queue_fairness.fairness.wording import count, percent, rounds, seconds, tasks
from queue_fairness.formatting.numbers import brief, exact

IN_STEP = 1.1
"""Most tasks of a burst per worker, where each worker takes one."""
WHOLE = 0.8
"""Part of a partition's tasks in one burst, from which it was emptied."""
SHORT_RUN = 1.5
"""Tasks in a row of one partition below which its rivals get theirs in between."""
SAME_AGAIN = 0.5
"""Share of the tasks that a worker took where it had its last one, from which it is said to go on
with what it has just done: by chance it is one in as many as there are partitions."""
BEYOND_COUNTING = 1e6
"""Times as long, from which a wait without noise was none."""
TOLD = 2
"""Faults that are explained; those behind them follow from these."""
OWN_WORKER = 0.95
"""Share of the partitions that have a worker of their own, from which that is the cause."""


def headline(
    word: Level, measures: FairnessMeasures, run: Conditions, found: Sequence[Finding]
) -> str:
    """What happened, in one short line."""
    if word is Level.BROKEN:
        return "the queue lost track of its tasks"
    if run.server_fault is not None:
        return "the server failed this run: it says nothing about the queue"
    if run.undone is not None and not found:
        return run.undone.rstrip(".")
    if found:
        return _flaw_headline(found[0].flaw, measures, run)
    worst = next(iter(measures.victims), None)
    longest = seconds(worst.for_s) if worst is not None else "nothing"
    turns = rounds(measures.worst_wait_rounds.max)
    match word:
        case Level.FAIR:
            return f"all take turns: nobody sat out more than {longest} ({turns} rounds)"
        case Level.FAIR_ON_AVERAGE_ONLY:
            return f"shares even out, but somebody sat out {longest} ({turns} rounds)"
        case _:
            return f"nothing unfair was seen, but this run is no proof (worst {turns} rounds)"


def _flaw_headline(flaw: Flaw, measures: FairnessMeasures, run: Conditions) -> str:
    worst = measures.victims[0] if measures.victims else None
    match flaw:
        case Flaw.SEQUENTIAL:
            if not measures.never_served and run.last_first_pickup_s is None:
                return "partitions are emptied one after another"
            if measures.never_served:
                left = f"{measures.never_served:,} of {measures.partitions:,}"
                return f"one after another: {left} got nothing"
            ideal = seconds(run.elapsed_s / measures.rounds if measures.rounds else None)
            return (
                f"one after another: the last of {measures.partitions:,} began after "
                f"{seconds(run.last_first_pickup_s)}; ideal {ideal}"
            )
        case Flaw.NOISE:
            fair = run.quiet_wait_ideal_s
            beside = f"; ideal {seconds(fair)}" if fair is not None else ""
            return f"quiet partitions wait {seconds(run.quiet_wait_s)} beside the noise{beside}"
        case Flaw.SHORT_CHANGED:
            return _short_changed(measures, run)
        case Flaw.CROWD if measures.shares.crowd is not None:
            crowd = measures.shares.crowd
            return (
                f"from {seconds(crowd.from_s)} on {crowd.short:,} of {crowd.of:,} got less than "
                f"half of their due"
            )
        case _ if worst is not None:
            others = measures.beyond_three - 1
            more = f", and {others:,} more over {LONG_WAIT:.0f} rounds" if others > 0 else ""
            return f"{run.name_of(worst.partition)} got nothing for {seconds(worst.for_s)}{more}"
        case _:
            return "some wait far longer than others"


def _short_changed(measures: FairnessMeasures, run: Conditions) -> str:
    imbalance = measures.imbalance
    if imbalance.neglected is not None:
        neglected = imbalance.neglected
        return (
            f"the {neglected.partitions:,} of weight {exact(neglected.weight)} got "
            f"{_of_due(neglected.share)} their due"
        )
    worst, others = imbalance.worst, imbalance.beyond_chance - 1
    if worst is not None:
        more = f", and {others:,} more too little" if others > 0 else ""
        return f"{run.name_of(worst.partition)} got {_of_due(worst.share)} its due{more}"
    return (
        f"{imbalance.behind:,} of {measures.partitions:,} got {_of_due(imbalance.behind_share)} "
        f"their due, time and again"
    )


def _of_due(share: float) -> str:
    return f"{percent(share)} of" if share >= 0.005 else "nothing of"


def why(
    word: Level,
    measures: FairnessMeasures,
    integrity: Integrity,
    run: Conditions,
    found: Sequence[Finding],
) -> tuple[str, ...]:
    """The mechanism, with numbers."""
    sentences: list[str] = []
    if word is Level.BROKEN:
        sentences += integrity_violations(integrity, run.ended)
    else:
        sentences += _noise(run)
        for each in found[:TOLD]:
            sentences += _cause(each.flaw, measures, run)
        if found:
            sentences += _who(measures, run)
            sentences += _order(measures, run, found)
        elif word is Level.INCONCLUSIVE:
            sentences += (each.reason for each in weaknesses(measures, integrity, run))
            sentences += _lock(measures, run)
        else:
            sentences += _turns(word, measures, run)
    scans = run.scans_per_pop or 0.0
    if scans > MANY_SCANS:
        sentences.append(f"A pop takes {scans:,.0f} SCANs: it walks past all other keys.")
    if run.is_ours and is_work_conserving(measures) is False:
        refused = measures.conservation.idle_refused or 0.0
        sentences.append(
            f"Workers sent away for {refused * 100:.1f} % of the time while tasks waited."
        )
    return tuple(dict.fromkeys(sentences))


def what_it_is_not(word: Level, measures: FairnessMeasures, run: Conditions) -> tuple[str, ...]:
    """What the verdict does not mean, and what is not to blame."""
    match word:
        case Level.BROKEN:
            return ("Not a question of turns: no order mends a lost task or lock.",)
        case Level.INCONCLUSIVE:
            return ("Not a sign of fairness: FAIR needs more than nothing bad seen.",)
        case Level.FAIR | Level.FAIR_ON_AVERAGE_ONLY:
            return ("Not a promise of short waits: only of how they are shared.",)
        case _:
            return (
                *_not_the_workers(measures, run),
                *(_not_redis(run) if run.is_ours else ()),
            )


def what_to_try(
    word: Level, measures: FairnessMeasures, integrity: Integrity, run: Conditions
) -> tuple[str, ...]:
    """The next step; a strategy only if it would take fairer turns on this very load."""
    match word:
        case Level.BROKEN if integrity.never_taken:
            return ("First see why the queue never hands out a task.",)
        case Level.BROKEN:
            other = run.alternative or "Another strategy"
            return (f"{other}: one that takes task and lock in one step.",)
        case Level.INCONCLUSIVE:
            missing = weaknesses(measures, integrity, run)
            return tuple(each.remedy for each in missing if each.remedy)
        case Level.FAIR:
            if lags_behind(measures.worker_time) and run.time_alternative is not None:
                return (f"{run.time_alternative}, if it is worker time that you promise.",)
            if not run.is_ours:
                return ("Nothing to change.",)
            if run.drain:
                return ("The same under sustained load above capacity.",)
            return ("Nothing to change; try another load or a noisy partition.",)
        case _:
            return (*_another_strategy(run), *_out_of_step(measures, run))


def _another_strategy(run: Conditions) -> Iterator[str]:
    """A strategy to take instead, if one is known."""
    if run.alternative is not None and not run.is_ours:
        yield f"Fair turns, as {run.alternative} takes them."
    elif run.alternative is not None:
        yield f"{run.alternative} on the same load and seed."


def _out_of_step(measures: FairnessMeasures, run: Conditions) -> Iterator[str]:
    """What helps where workers take turns each by itself."""
    if _in_bursts(measures, run):
        yield "Let each worker begin its turns elsewhere, or one process fetch for all."


def _in_bursts(measures: FairnessMeasures, run: Conditions) -> bool:
    """Whether workers take turns each by itself, where that shows."""
    burst = measures.mechanism.tasks_per_burst
    enough = measures.peak_backlogged >= BURST_CHOICE * run.workers
    # One that is emptied in one go is served by first come, first served.
    is_whole = burst > WHOLE * measures.tasks_per_partition
    return run.workers > 1 and enough and BURST <= burst <= IN_STEP * run.workers and not is_whole


def _bursts(measures: FairnessMeasures) -> Iterator[str]:
    yield f"Turns come in bursts of {measures.mechanism.tasks_per_burst:.1f} tasks, a worker each:"
    yield "each worker takes turns by itself, and they are in step."


def _noise(run: Conditions) -> Iterator[str]:
    slowdown, fair = run.quiet_slowdown, run.quiet_wait_ideal_s
    if slowdown is None:
        return
    yield f"Quiet partitions wait {seconds(run.quiet_wait_s)} (p95) with the noise,"
    alone = run.quiet_wait_baseline_s or 0.0
    if max(run.quiet_wait_s or 0.0, alone) < run.work_s:
        yield f"{seconds(alone)} without it: both less than a task takes."
        return
    if slowdown < BEYOND_COUNTING:
        times = f"{brief(slowdown)} times as long{_at_least(alone, run)}"
        yield f"{seconds(alone)} without it: {times}."
    else:
        yield "and not at all without it."
    if fair is not None:
        yield f"Fair turns beside the same noise would make it {seconds(fair)}:"
        is_load = (run.quiet_wait_s or 0.0) <= 3 * max(fair, run.quiet_wait_baseline_s or 0.0)
        yield "the load rose." if is_load else "the order does that, not the load."


def _at_least(alone: float, run: Conditions) -> str:
    """Says so where the factor is relative to a task's work, as the wait alone is shorter."""
    return " as a task" if alone < run.work_s else ""


def _cause(flaw: Flaw, measures: FairnessMeasures, run: Conditions) -> Iterator[str]:
    waits, first = measures.worst_wait_rounds, measures.first_pickup_rounds
    match flaw:
        case Flaw.SEQUENTIAL:
            at_once = f"{measures.mechanism.peak_in_progress:,}"
            yield f"At most {at_once} partitions in progress at a time,"
            yield "each emptied before the next one starts."
            yield f"The median partition waited {rounds(first.p50)} rounds for its first task;"
            yield f"the last one {rounds(first.max)}. Ideal: 0.5 and 1."
        case Flaw.STARVING:
            yield (
                f"{count(measures.starving, 'partition')} of {measures.partitions:,} waited over "
                f"{STARVING_ROUNDS:.0f} rounds; worst {rounds(waits.max)}."
            )
            if measures.never_served:
                yield (
                    f"{count(measures.never_served, 'partition')} with waiting tasks "
                    f"{'was' if measures.never_served == 1 else 'were'} never served."
                )
        case Flaw.SHORT_CHANGED:
            yield from _debts(measures, run)
        case Flaw.CROWD:
            yield from _crowd(measures)
        case Flaw.LONG_WAITS:
            yield f"Worst wait {rounds(waits.max)} rounds; chance alone would not make it so long."
        case Flaw.NOISE:
            pass


def _debts(measures: FairnessMeasures, run: Conditions) -> Iterator[str]:
    worst = measures.imbalance.worst or measures.indebted
    if worst is not None:
        yield (
            f"{run.name_of(worst.partition)} was owed {tasks(worst.owed)} after "
            f"{rounds(worst.rounds)} turns of its own."
        )


def _crowd(measures: FairnessMeasures) -> Iterator[str]:
    shares, crowd = measures.shares, measures.shares.crowd
    if crowd is not None:
        yield (
            f"At {seconds(crowd.at_s)} {crowd.short:,} of {crowd.of:,} had got less than half of "
            f"their due"
        )
        nothing = f", {crowd.left_out:,} of them nothing" if crowd.left_out else ""
        yield f"in their last five turns{nothing}."
    elif shares.short is not None:
        yield f"In {percent(shares.short)} of the windows of five turns a partition got less"
        yield "than half of its due; by chance it would be 12 %."


def _who(measures: FairnessMeasures, run: Conditions) -> Iterator[str]:
    """The partition that waited longest, since when, and how many waited as long."""
    worst = next(iter(measures.victims), None)
    if worst is None or worst.rounds <= LONG_WAIT:
        return
    yield (
        f"Longest: {run.name_of(worst.partition)}, from {seconds(worst.since_s)} on for "
        f"{seconds(worst.for_s)}{' and still waiting' if worst.is_open else ''};"
    )
    yield (
        f"{measures.beyond_three:,} of {measures.partitions:,} sat out over {LONG_WAIT:.0f} rounds."
    )


def _order(measures: FairnessMeasures, run: Conditions, found: Sequence[Finding]) -> Iterator[str]:
    """Where the order comes from, if it can be told."""
    mechanism, own = measures.mechanism, measures.own_worker_share
    if mechanism.same_again_share >= SAME_AGAIN and mechanism.tasks_per_run < SHORT_RUN:
        yield "A worker goes on with the partition whose task it has just done."
    if found[0].flaw is Flaw.SEQUENTIAL:
        return
    worker = _only_worker(measures.victims)
    if run.is_weighted:
        yield "Turns do not follow the weights that were declared."
    if run.workers > 1 and own is not None and own >= OWN_WORKER:
        yield "Each partition has one worker of its own, and waits for that one alone."
        if worker is not None:
            yield f"Those that wait the longest are all worker w{worker}'s."
    elif _in_bursts(measures, run):
        yield from _bursts(measures)


def _only_worker(victims: Sequence[Victim]) -> int | None:
    """The worker that alone serves all of these; None if there is none such."""
    workers = {each.worker for each in victims}
    return workers.pop() if len(workers) == 1 else None


def _turns(word: Level, measures: FairnessMeasures, run: Conditions) -> Iterator[str]:
    waits, imbalance = measures.worst_wait_rounds, measures.imbalance
    if word is Level.FAIR:
        yield f"99 % of the partitions never sat out more than {rounds(waits.p99)} rounds."
        yield f"None was ever owed more than {tasks(measures.debt_tasks_max)}."
        return
    jain = measures.round_jain
    if imbalance.is_systematic:
        yield (
            f"{count(imbalance.behind, 'partition')} got {percent(imbalance.behind_share)} of "
            f"{'its' if imbalance.behind == 1 else 'their'} due, time and again."
        )
    elif jain is not None:
        yield f"Over time all get their share, but a round is uneven (Jain {jain:.2f})."
    if _in_bursts(measures, run):
        yield from _bursts(measures)
    yield f"1 % of the partitions sat out {rounds(waits.p99)} rounds or more; ideal is 1."


def _lock(measures: FairnessMeasures, run: Conditions) -> Iterator[str]:
    """Where the concurrency limit lets only some of the workers work."""
    can_work = measures.peak_backlogged * run.limit
    if run.limit and 0 < can_work < run.workers:
        limit = "lock" if run.limit == 1 else f"limit of {run.limit}"
        yield f"The {limit} lets {can_work:,} of {run.workers:,} workers work at a time."


def _not_the_workers(measures: FairnessMeasures, run: Conditions) -> Iterator[str]:
    own = measures.own_worker_share
    if run.workers > 1 and own is not None and own >= OWN_WORKER:
        return
    if run.drain:
        yield "Not the workers: in a closed loop their counts come out even anyway."
    else:
        yield "Not the workers: who works does not decide who is served."


def _not_redis(run: Conditions) -> Iterator[str]:
    price = run.redis_s_per_pop
    if price is None or price > run.work_s:
        yield "Not Redis: rounds count turns, not time."
    else:
        cost = f"{brief(price * 1e3, 2)} ms per pop"
        yield f"Not Redis: {cost} against {seconds(run.work_s)} of work."
