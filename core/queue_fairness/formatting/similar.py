"""Which of some names was meant by a word that is none of them."""

from collections.abc import Iterable

SHORTEST = 3
"""Characters from which a word may be the beginning, or a part, of the name that was meant."""
LONGEST = 60
"""A longer word is no slip of the finger, and comparing it takes time."""


def closest(word: str, names: Iterable[str]) -> str | None:
    """The name that was most likely meant; None if none is near.

    One that differs in case, dashes and underscores comes first, then the shortest that begins
    with the word, then one of which the word is a part between dashes, then the one with the most
    letters in common (`difflib`: at least 0.6 of both).
    """
    if not word or len(word) > LONGEST:
        return None
    plain = {name: _plain(name) for name in names}
    meant = _plain(word)
    rules = [lambda name: plain[name].replace("-", "") == meant.replace("-", "")]
    if len(meant) >= SHORTEST:
        rules += [
            lambda name: plain[name].startswith(meant),
            lambda name: f"-{meant}-" in f"-{plain[name]}-",
        ]
    for rule in rules:
        found = sorted(filter(rule, plain), key=len)
        if found:
            return found[0]
    return _alike(meant, plain)


def _alike(meant: str, plain: dict[str, str]) -> str | None:
    # Not before: what is right needs none of it.
    from difflib import get_close_matches

    by_plain = {value: name for name, value in reversed(plain.items())}
    near = get_close_matches(meant, by_plain, 1)
    return by_plain[near[0]] if near else None


def _plain(name: str) -> str:
    return name.strip("-").replace("_", "-").lower()
