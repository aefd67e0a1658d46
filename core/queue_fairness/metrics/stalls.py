"""Who stood still, in words: what every face, and the verdict, says of a run that was held up."""

from queue_fairness.formatting import numbers
from queue_fairness.metrics.snapshot import Snapshot


def stalls(snapshot: Snapshot) -> list[str]:
    """What stood still for so long that no rate and no time holds, a sentence each; or nothing."""
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
