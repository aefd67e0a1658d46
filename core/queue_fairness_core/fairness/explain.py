"""The verdict in sentences: why, what it is not, what to try. Short ones, for 80 columns."""

from collections.abc import Iterator

from queue_fairness_core.fairness.evidence import conserves, in_turn, integrity_faults, weaknesses
from queue_fairness_core.fairness.measures import FairnessMeasures
from queue_fairness_core.fairness.situation import Conditions, Integrity
from queue_fairness_core.fairness.thresholds import (
    MANY_SCANS,
    STARVING_ROUNDS,
    STEADY_WAIT,
)
from queue_fairness_core.fairness.word import Word


def headline(word: Word, measures: FairnessMeasures) -> str:
    """The verdict's numbers in one short line."""
    waits = measures.worst_wait_rounds
    match word:
        case Word.STARVING:
            return (
                f"{measures.starving:,} of {measures.tenants:,} partitions waited over "
                f"{STARVING_ROUNDS:.0f} rounds; worst {_rounds(waits.max)}"
            )
        case Word.UNFAIR if waits.p99 <= STEADY_WAIT:
            return (
                f"worst wait {_rounds(waits.max)} rounds, "
                f"but {_tasks(measures.debt_tasks_max)} owed"
            )
        case Word.UNFAIR:
            return (
                f"half of the partitions waited {_rounds(waits.p50)} rounds or more; "
                f"worst {_rounds(waits.max)}"
            )
        case Word.FAIR_ON_AVERAGE_ONLY | Word.FAIR:
            return f"worst wait {_rounds(waits.max)} rounds, half at most {_rounds(waits.p50)}"
        case Word.BROKEN:
            return "the queue lost track of its tasks"
        case Word.INCONCLUSIVE:
            return "this run cannot tell a fair order from an unfair one"


def why(
    word: Word, measures: FairnessMeasures, integrity: Integrity, run: Conditions
) -> tuple[str, ...]:
    """The mechanism, with numbers."""
    sentences: list[str] = []
    if word is Word.BROKEN:
        sentences += integrity_faults(integrity, run.ended)
    elif word is Word.INCONCLUSIVE:
        sentences += (each.reason for each in weaknesses(measures, integrity, run))
    else:
        sentences += _noise(run)
        sentences += _mechanism(word, measures)
    scans = run.scans_per_pop or 0.0
    if scans > MANY_SCANS:
        sentences.append(f"A pop takes {scans:,.0f} SCANs: it walks past all other keys.")
    if word is not Word.INCONCLUSIVE and conserves(measures) is False:
        refused = measures.conservation.refused or 0.0
        sentences.append(
            f"Workers sent away for {refused * 100:.1f} % of the time while tasks waited."
        )
    return tuple(sentences)


def what_it_is_not(word: Word, run: Conditions) -> tuple[str, ...]:
    """What must not be read into it, or be blamed."""
    match word:
        case Word.BROKEN:
            return ("Not a question of turns: no order mends a lost task or lock.",)
        case Word.INCONCLUSIVE:
            return ("Not a sign of fairness: here every order looks fair.",)
        case Word.FAIR | Word.FAIR_ON_AVERAGE_ONLY:
            return (
                "Not a promise of short waits: only of how they are shared.",
                _not_the_workers(run),
            )
        case _:
            return (_not_the_workers(run), _not_redis(run))


def what_to_try(
    word: Word, measures: FairnessMeasures, integrity: Integrity, run: Conditions
) -> tuple[str, ...]:
    """The next step; never the strategy just used."""
    other = run.alternative or "Another strategy"
    match word:
        case Word.BROKEN:
            return (f"{other}: one that takes task and lock in one step.",)
        case Word.INCONCLUSIVE:
            return tuple(each.remedy for each in weaknesses(measures, integrity, run))
        case Word.FAIR:
            if run.drain:
                return ("The same under sustained load above capacity.",)
            return ("Nothing to change; try another load or a noisy partition.",)
        case _:
            return (f"{other} on the same load and seed.",)


def _noise(run: Conditions) -> Iterator[str]:
    slowdown = run.quiet_slowdown
    if slowdown is None:
        return
    yield f"Quiet partitions wait {_seconds(run.quiet_wait_s)} (p95) with the noise,"
    yield f"{_seconds(run.quiet_wait_alone_s)} without it: {slowdown:.3g} times as long."


def _seconds(value: float | None) -> str:
    value = value or 0.0
    return f"{value * 1e3:.3g} ms" if value < 1 else f"{value:.3g} s"


def _mechanism(word: Word, measures: FairnessMeasures) -> Iterator[str]:
    waits, first = measures.worst_wait_rounds, measures.first_pickup_rounds
    jain = measures.round_jain if measures.round_jain is not None else 1.0
    if word is Word.FAIR:
        if waits.p99 <= STEADY_WAIT:
            yield f"99 % of the partitions never sat out more than {_rounds(waits.p99)} rounds."
        else:
            yield "Newcomers go first, but nobody falls behind its share."
        yield f"None was ever owed more than {_tasks(measures.debt_tasks_max)}."
    elif word is Word.FAIR_ON_AVERAGE_ONLY:
        yield f"Over time all get their share, but a round is uneven (Jain {jain:.2f})."
        yield f"1 % of the partitions sat out {_rounds(waits.p99)} rounds or more; ideal is 1."
    elif in_turn(measures):
        yield f"At most {measures.peak_in_progress:,} partitions in progress at a time,"
        yield "each emptied before the next one starts."
        yield f"The median partition waited {_rounds(first.p50)} rounds for its first task;"
        yield f"the last one {_rounds(first.max)}. Round robin: 0.5 and 1."
    elif waits.p99 <= STEADY_WAIT:
        yield "Turns come regularly, but not in proportion to the weights."
        yield f"Somebody was owed {_tasks(measures.debt_tasks_max)}"
        yield f"after {measures.rounds:.0f} rounds."
    else:
        if measures.never_served:
            yield f"{measures.never_served:,} partitions with waiting tasks were never served."
        yield f"1 % of the partitions sat out {_rounds(waits.p99)} rounds or more; ideal is 1."
        yield f"A round goes to few of those who wait for it (Jain {jain:.2f}; ideal 1)."
        yield f"Somebody was owed {_tasks(measures.debt_tasks_max)}."


def _not_the_workers(run: Conditions) -> str:
    if run.drain:
        return "Not the workers: in a closed loop their counts come out even anyway."
    return "Not the workers: who works does not decide who is served."


def _not_redis(run: Conditions) -> str:
    price = run.redis_s_per_pop
    if price is None or price > run.work_s:
        return "Not Redis: rounds count turns, not time."
    return f"Not Redis: {price * 1e3:.2g} ms per pop against {run.work_s * 1e3:.3g} ms of work."


def _rounds(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def _tasks(value: float) -> str:
    return f"{_rounds(value)} tasks"
