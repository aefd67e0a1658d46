"""How long a task takes, as a multiple of the mean: every law here has mean 1."""

from collections.abc import Callable
from math import log, sqrt
from random import Random

Law = Callable[[Random], float]


def constant(random: Random) -> float:  # noqa: ARG001
    return 1.0


def exponential(random: Random) -> float:
    return random.expovariate(1.0)


def gamma(cv: float) -> Law:
    """Gamma with this coefficient of variation, > 0."""
    shape = 1 / cv**2
    return lambda random: random.gammavariate(shape, 1 / shape)


def log_normal(cv2: float = 10.0) -> Law:
    """Log-normal with this squared coefficient of variation, > 0."""
    variance = log(1 + cv2)
    return lambda random: random.lognormvariate(-variance / 2, sqrt(variance))


def pareto(shape: float = 1.5, longest: float = 1000.0) -> Law:
    """Pareto with this tail, > 1, cut off at `longest` times its smallest value."""
    mass = 1 - longest**-shape
    mean = shape / (shape - 1) * (1 - longest ** (1 - shape)) / mass
    return lambda random: (1 - random.random() * mass) ** (-1 / shape) / mean
