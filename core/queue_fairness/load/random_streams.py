"""Independent streams of random numbers from one seed."""

import random


def stream(seed: int, name: str) -> random.Random:
    """The random numbers called `name` under this seed, from their beginning.

    Streams of different names share nothing: one more draw from one changes no other. The same
    seed and name give the same `random()`s in every process and on every version of Python, which
    promises that for a seed of text (it is hashed with SHA-512, never with `hash()`).

    Args:
        seed: The plan's seed.
        name: What the numbers are for, such as `arrivals`.
    """
    return random.Random(f"{seed}:{name}")
