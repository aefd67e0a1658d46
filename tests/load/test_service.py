"""Service times against closed forms, numerical integrals and large samples."""

import math
import random
from statistics import fmean, median, pvariance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queue_fairness.load import SERVICE_DISTRIBUTIONS, service_sampler, stream
from queue_fairness.load.pareto import ALPHA, BoundedPareto, bounded_pareto

SIGMAS = 5
DRAWS = 200_000
MEAN = 0.025

CV2S = st.floats(1e-3, 1000)
MEANS = st.floats(1e-6, 3600)


def _sample(distribution: str, cv2: float, seed: int = 1) -> list[float]:
    draw = service_sampler(distribution, MEAN, cv2, stream(seed, "service"))
    return [draw() for _ in range(DRAWS)]


@given(MEANS, CV2S)
def test_a_bounded_pareto_has_the_moments_asked_for(mean: float, cv2: float) -> None:
    found = bounded_pareto(mean, cv2)

    assert found.moment(0) == pytest.approx(1)
    assert found.moment(1) == pytest.approx(mean)
    assert found.cv2 == pytest.approx(cv2, rel=1e-6)
    assert found.lower < mean < found.upper


@pytest.mark.parametrize("cv2", [0.1, 1.0, 10.0, 50.0])
@pytest.mark.parametrize("order", [0, 1, 2, 4])
def test_the_closed_moments_are_the_integrals(cv2: float, order: int) -> None:
    pareto, steps = bounded_pareto(MEAN, cv2), 20_000

    # Over ln x, where the density is smooth, by the midpoint rule.
    step = pareto.log_ratio / steps
    times = [pareto.lower * math.exp(step * (each + 0.5)) for each in range(steps)]
    integral = step * math.fsum(time ** (order - ALPHA) for time in times)
    scale = ALPHA / (pareto.lower**-ALPHA - pareto.upper**-ALPHA)

    assert pareto.moment(order) == pytest.approx(scale * integral, rel=1e-5)


@given(MEANS, CV2S, st.floats(0, 1))
def test_a_quantile_is_where_the_distribution_reaches_it(mean: float, cv2: float, q: float) -> None:
    pareto = bounded_pareto(mean, cv2)

    time = pareto.quantile(q)

    beyond = (pareto.lower / time) ** ALPHA
    least = (pareto.lower / pareto.upper) ** ALPHA
    assert (1 - beyond) / (1 - least) == pytest.approx(q, abs=1e-9)


def test_pareto_at_its_usual_variability_is_heavy_tailed() -> None:
    pareto = bounded_pareto(1.0, 50.0)

    work = BoundedPareto(pareto.lower, math.log(pareto.quantile(0.99) / pareto.lower))

    # The longest 1 % of the tasks do 39 % of the work, as `bounded_pareto` says.
    assert 1 - 0.99 * work.moment(1) == pytest.approx(0.389, abs=0.001)
    assert pareto.upper == pytest.approx(582, abs=1)


@pytest.mark.parametrize("cv2", [0.5, 4.0, 50.0])
def test_pareto_samples_follow_the_distribution(cv2: float) -> None:
    pareto, times = bounded_pareto(MEAN, cv2), _sample("pareto", cv2)

    assert pareto.lower <= min(times) < max(times) <= pareto.upper
    assert abs(fmean(times) - MEAN) < SIGMAS * MEAN * math.sqrt(cv2 / DRAWS)
    error = math.sqrt((pareto.moment(4) - pareto.moment(2) ** 2) / DRAWS)
    assert abs(fmean(time**2 for time in times) - pareto.moment(2)) < SIGMAS * error
    for q in (0.1, 0.5, 0.9, 0.99, 0.999):
        below = sum(time <= pareto.quantile(q) for time in times)
        assert abs(below - q * DRAWS) < SIGMAS * math.sqrt(q * (1 - q) * DRAWS)


@pytest.mark.parametrize("cv2", [0.5, 4.0, 50.0])
def test_log_normal_samples_follow_the_distribution(cv2: float) -> None:
    times = _sample("log-normal", cv2)

    logs, spread = [math.log(time) for time in times], math.log(1 + cv2)
    assert abs(fmean(times) - MEAN) < SIGMAS * MEAN * math.sqrt(cv2 / DRAWS)
    assert abs(fmean(logs) - math.log(MEAN / math.sqrt(1 + cv2))) < SIGMAS * math.sqrt(
        spread / DRAWS
    )
    assert abs(pvariance(logs) - spread) < SIGMAS * spread * math.sqrt(2 / DRAWS)


def test_exponential_samples_follow_the_distribution_whatever_the_cv2() -> None:
    times = _sample("exponential", math.nan)

    # The n-th moment is n! mean^n.
    assert abs(fmean(times) / MEAN - 1) < SIGMAS / math.sqrt(DRAWS)
    assert abs(fmean((time / MEAN) ** 2 for time in times) - 2) < SIGMAS * math.sqrt(20 / DRAWS)
    # The sample median's standard error is 1 / (2 f(m) sqrt(n)), with a density of 1/2 there.
    assert abs(median(times) / MEAN - math.log(2)) < SIGMAS / math.sqrt(DRAWS)


@pytest.mark.parametrize("distribution", SERVICE_DISTRIBUTIONS)
def test_no_work_takes_no_time(distribution: str) -> None:
    draw = service_sampler(distribution, 0, 50, stream(1, "service"))

    assert {draw() for _ in range(100)} == {0}


@pytest.mark.parametrize("distribution", ["constant", "log-normal", "pareto"])
def test_no_variability_gives_the_mean(distribution: str) -> None:
    draw = service_sampler(distribution, MEAN, 0, stream(1, "service"))

    assert {draw() for _ in range(100)} == {MEAN}


@pytest.mark.parametrize("distribution", ["exponential", "log-normal", "pareto"])
def test_each_time_costs_one_number(distribution: str) -> None:
    chance, again = stream(1, "service"), stream(1, "service")
    draw = service_sampler(distribution, MEAN, 50, chance)

    for _ in range(1000):
        draw()
        again.random()

    assert chance.random() == again.random()


class _Least(random.Random):
    def random(self) -> float:
        return 0.0


@pytest.mark.parametrize("distribution", ["exponential", "log-normal", "pareto"])
def test_the_least_number_gives_a_time_too(distribution: str) -> None:
    draw = service_sampler(distribution, MEAN, 50, _Least())

    assert 0 <= draw() < MEAN


@pytest.mark.parametrize(
    ("distribution", "mean", "cv2", "said"),
    [
        ("normal", 1.0, 1.0, "choose one of constant, exponential, log-normal, pareto"),
        ("constant", -1.0, 1.0, "a mean of -1 s is no duration"),
        ("constant", math.inf, 1.0, "a mean of inf s is no duration"),
        ("pareto", math.nan, 1.0, "a mean of nan s is no duration"),
        ("pareto", 1.0, 1001.0, r"a CV2 of 1001 cannot be made: allowed are 0\.\.1000"),
        ("log-normal", 1.0, -1.0, "a CV2 of -1 cannot be made"),
        ("pareto", 1.0, math.nan, "a CV2 of nan cannot be made"),
    ],
)
def test_what_cannot_be_made_is_refused(
    distribution: str, mean: float, cv2: float, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        service_sampler(distribution, mean, cv2, stream(1, "service"))
