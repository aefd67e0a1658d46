"""What an observed load was read from."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What was read, and how; every text harmless on a terminal."""

    name: str
    """Where the jobs came from, such as `jobs.csv`."""
    command: str
    """The command line that reads it again."""
    facts: Sequence[tuple[str, str]] = ()
    """What is to be known of it, a label and a value each, such as which column was taken."""
    notes: Sequence[str] = ()
    """What the figures must be read with, one sentence each."""
    unreadable: str = ""
    """That too many rows could not be read, in a sentence; empty where they could."""
    knows_workers: bool = False
    """Whether it tells which worker did which job."""
    knows_attempts: bool = False
    """Whether it tells of failed attempts and of jobs given out twice, as events do."""
