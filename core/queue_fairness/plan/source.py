"""What a load was read from, and what was read to be carried out again."""

from array import array
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trace:
    """Tasks in the order in which they arrived."""

    name: str
    """Where they are from."""
    command: str
    """The options that read it, quoted for a shell."""
    tenants: Sequence[str]
    """By partition."""
    at: "array[float]"
    """When each arrived, in seconds from the start; 0 for what was waiting then."""
    partition: "array[int]"
    work_s: "array[float]"
    """How long each was in service."""
