"""What the processes that are started beside this one find in their environment."""

import os

NAME = "REDIS_URL"
"""The variable that may hold a URL with a password."""


def without_secrets() -> dict[str, str]:
    """This program's environment but for `REDIS_URL`.

    A process that needs the URL gets it through a pipe: its environment can be read in /proc by
    every program of the same user, for as long as it lives.
    """
    return {name: value for name, value in os.environ.items() if name != NAME}
