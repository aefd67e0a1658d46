"""The words an expert would accept, chosen from what is done to the partitions.

?         there is nothing to tell: one task or two each, or nobody has to wait a turn
starving  somebody sits out more than about 20 rounds in a row
unfair    somebody is passed over again and again, or gets a wrong share over the whole run
avg       everyone gets its share over some rounds, but turns are long by chance or in bursts
fair      turns, or shares that are right over any few rounds
"""

from queue_fairness.fairness import Level

Words = frozenset[Level]
FAIR: Words = frozenset({Level.FAIR})
AVERAGE: Words = frozenset({Level.FAIR_ON_AVERAGE_ONLY})
UNFAIR: Words = frozenset({Level.UNFAIR})
STARVING: Words = frozenset({Level.STARVING})
UNKNOWN: Words = frozenset({Level.INCONCLUSIVE})
ANY: Words = FAIR | AVERAGE | UNFAIR | STARVING

SHORT = {
    Level.BROKEN: "broken",
    Level.INCONCLUSIVE: "?",
    Level.STARVING: "starv",
    Level.UNFAIR: "unfair",
    Level.FAIR_ON_AVERAGE_ONLY: "avg",
    Level.FAIR: "fair",
}


def starving_from(rounds: float) -> Words:
    """The words for somebody who sits out that many rounds in a row: at least UNFAIR.

    Where the line to STARVING lies is the product's to say, at about 20.
    """
    return UNFAIR if rounds < 17 else UNFAIR | STARVING


def in_bursts(rounds: float) -> Words:
    """The words where everyone is served, but sits out that many rounds between two bursts."""
    if rounds <= 1:
        return FAIR
    if rounds <= 5:
        return AVERAGE
    return UNFAIR | AVERAGE if rounds < 10 else starving_from(rounds)


def short_changed(mean: float) -> Words:
    """The words where the least served get 1 / `mean` of their due, throughout.

    `mean` is the mean share of all as a multiple of theirs; they are served once in that many
    rounds.
    """
    loss = 1 - 1 / mean
    if loss <= 0:
        return FAIR
    if loss < 0.1:
        return FAIR | AVERAGE
    return UNFAIR | AVERAGE if loss < 0.3 else starving_from(mean)


def told(words: Words) -> str:
    """The words, best last: `unfair|avg`."""
    return "|".join(SHORT[word] for word in SHORT if word in words)
