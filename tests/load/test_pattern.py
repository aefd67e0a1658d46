"""Patterns are read as they are written, and a drain is shared out to the last task."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queue_fairness.load import Pattern, counts, parse_pattern

EXPONENTS = st.floats(0, 10, exclude_min=True)
RUNS = st.lists(
    st.tuples(st.floats(0, 1e9, exclude_min=True), st.integers(1, 1_000_000)),
    min_size=1,
    max_size=6,
).map(tuple)
PATTERNS = st.one_of(
    st.just(Pattern()),
    EXPONENTS.map(lambda exponent: Pattern(exponent=exponent)),
    RUNS.map(lambda runs: Pattern(runs=runs)),
)


@pytest.mark.parametrize(
    ("text", "first_five"),
    [
        ("equal", [1, 1, 1, 1, 1]),
        ("zipf", [1, 1 / 2, 1 / 3, 1 / 4, 1 / 5]),
        ("zipf:0.5", [1, 2**-0.5, 3**-0.5, 0.5, 5**-0.5]),
        ("5000,10", [5000, 10, 10, 10, 10]),
        ("4*2,1", [4, 4, 1, 1, 1]),
        ("4*100,1", [4, 4, 4, 4, 4]),
        (" 3, 2 * 2 ,.5 ", [3, 2, 2, 0.5, 0.5]),
        ("7", [7, 7, 7, 7, 7]),
        ("6,5,4,3,2,1", [6, 5, 4, 3, 2]),
    ],
)
def test_a_text_gives_each_partition_its_value(text: str, first_five: list[float]) -> None:
    assert list(parse_pattern(text).values(5)) == pytest.approx(first_five)


@given(PATTERNS)
def test_what_is_written_is_read_as_it_was(pattern: Pattern) -> None:
    assert parse_pattern(str(pattern)) == pattern


@pytest.mark.parametrize("text", ["equal", "zipf", "zipf:0.99", "5000,10", "4*100,1", "0.5"])
def test_what_is_read_is_written_as_it_was(text: str) -> None:
    assert str(parse_pattern(text)) == text


@given(PATTERNS, st.integers(0, 300), st.integers(0, 300))
def test_more_partitions_begin_with_the_same_values(pattern: Pattern, few: int, more: int) -> None:
    values = pattern.values(few + more)

    assert len(values) == few + more
    assert values[:few] == pattern.values(few)
    assert all(value > 0 for value in values)


@pytest.mark.parametrize(
    "text",
    [
        *("", ",", "1,", "4*,1", "*4", "4*0", "4*1.5", "4*1000001", "4*2*3", "equal,1"),
        *("0", "-1", "nan", "inf", "1.1e9", "1e-400", "Zipf"),
        *("zipf:", "zipf:0", "zipf:-1", "zipf:nan", "zipf:11"),
    ],
)
def test_what_is_no_pattern_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="is not a pattern: write equal, zipf") as refusal:
        parse_pattern(text)

    assert str(refusal.value).startswith(f"{text!r} is not")
    assert refusal.value.__cause__ is None


def test_a_refusal_shows_no_more_than_the_beginning_of_a_long_text() -> None:
    with pytest.raises(ValueError, match=r"^'1{39}…' is not a pattern"):
        parse_pattern("1" * 10_000)


@given(st.integers(1, 500), st.integers(1, 1000))
def test_equal_partitions_have_equally_many_tasks(partitions: int, tasks: int) -> None:
    assert list(counts(Pattern(), partitions, tasks)) == [tasks] * partitions


@settings(deadline=None)
@given(RUNS, st.integers(1, 300), st.integers(1, 9))
def test_explicit_values_are_the_tasks(
    runs: tuple[tuple[float, int], ...], partitions: int, tasks: int
) -> None:
    pattern = Pattern(runs=runs)

    for count, value in zip(
        counts(pattern, partitions, tasks), pattern.values(partitions), strict=True
    ):
        assert count >= 1
        assert abs(count - value) <= 0.5 or (count == 1 and value < 0.5)


def test_halves_are_rounded_up() -> None:
    assert list(counts(parse_pattern("2.5,1.5,0.5,0.1"), 5, 1)) == [3, 2, 1, 1, 1]


@settings(deadline=None)
@given(EXPONENTS, st.integers(1, 200), st.integers(1, 50))
def test_zipf_shares_all_tasks_by_largest_remainder(
    exponent: float, partitions: int, tasks: int
) -> None:
    pattern = Pattern(exponent=exponent)

    shares = list(counts(pattern, partitions, tasks))

    quotas = _exact_quotas(
        [Fraction(value) for value in pattern.values(partitions)], partitions * tasks
    )
    assert sum(shares) == partitions * tasks
    assert min(shares) >= 1
    assert shares == sorted(shares, reverse=True)
    gained = [share - quota for share, quota in zip(shares, quotas, strict=True)]
    # Who was rounded up had no smaller remainder than who was rounded down: the gains of all lie
    # within one task. The margin is for remainders that differ by less than a float can tell.
    assert max(gained) - min(gained) <= 1 + 1e-9
    assert max(map(abs, gained)) < 1 + 1e-9


def _exact_quotas(values: list[Fraction], total: int) -> list[Fraction]:
    """Proportional shares, with 1 for all who would have less, until nobody new has less."""
    given_one: set[int] = set()
    while True:
        rest = total - len(given_one)
        whole = sum(value for each, value in enumerate(values) if each not in given_one)
        quotas = [
            Fraction(1) if each in given_one else value * rest / whole
            for each, value in enumerate(values)
        ]
        poor = {each for each, quota in enumerate(quotas) if quota < 1}
        if not poor:
            return quotas
        given_one |= poor


def test_zipf_by_hand() -> None:
    # 12 tasks in proportion 1 : 1/2 : 1/3 : 1/4 are 5.76, 2.88, 1.92 and 1.44.
    assert list(counts(parse_pattern("zipf"), 4, 3)) == [6, 3, 2, 1]
    # 8 in proportion 1 : 1/8 : 1/27 : 1/64 are less than one for all but the first.
    assert list(counts(parse_pattern("zipf:3"), 4, 2)) == [5, 1, 1, 1]
