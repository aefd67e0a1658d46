"""What has written a document: this program, under whichever name it is installed."""

from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version

NAME = "queue-fairness-tui"
DISTRIBUTIONS = (NAME, "queue-fairness")
"""With the screens, and without."""


@lru_cache(maxsize=1)
def installed_version() -> str:
    """The version of the distribution that is installed; `unknown` where none is."""
    for each in DISTRIBUTIONS:
        try:
            return version(each)
        except PackageNotFoundError:
            continue
    return "unknown"
