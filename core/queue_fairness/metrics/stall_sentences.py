"""Sentences on what stood still: what reports, screens and the verdict say of a run held up."""

from queue_fairness.formatting import numbers
from queue_fairness.metrics.snapshot import Snapshot


def stall_sentences(snapshot: Snapshot) -> list[str]:
    """One sentence of at most 70 columns for each party that stood still too long; or none.

    Too long means that no rate and no time in seconds can be trusted (`Stall.spoils`).
    """
    seen = snapshot.stalls
    parties = (
        ("Program", seen.program, snapshot.program_stalled),
        ("Server", seen.server, snapshot.server_stalled),
    )
    whole = numbers.seconds(snapshot.elapsed_s)
    return [
        f"{who} stood still {numbers.seconds(stall.total_s)} of {whole}: trust no rate or time."
        for who, stall, is_too_long in parties
        if is_too_long
    ]
