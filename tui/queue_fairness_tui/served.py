"""Whether this process is the one whose screen a browser shows."""

import os

VARIABLE = "QUEUE_FAIRNESS_SERVED"
"""Set for the program that is served: its stdin and stdout lead to the server."""


def is_served() -> bool:
    """Whether it is."""
    return VARIABLE in os.environ
