"""Everything that can go wrong, as one small tree.

FairnessError
├── PlanError      what the user asked for is out of bounds (exit status 2)
├── ServerError    Redis is missing, unreachable, or refuses (exit status 1)
├── TableError     a table or a recording cannot be read or makes no sense (exit status 2)
├── OutputError    the result cannot be written (exit status 1)
└── QueueError     the queue under test broke in mid-run (exit status 1)

A message says what happened, where, and what to do. It never holds a password, and nothing in it
steers a terminal, whatever it was made of.
"""

from queue_fairness.outside import details_from_outside, harmless


class FairnessError(Exception):
    """An error with a sentence a user can act on; one line."""

    def __init__(self, message: str) -> None:
        super().__init__(harmless(message))


class PlanError(FairnessError):
    """A field of the plan is out of bounds.

    Attributes:
        field: Name of the plan's field, so that a form can point at it.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class ServerError(FairnessError):
    """No usable Redis: it cannot be started, reached, or written to."""


class TableError(FairnessError):
    """What was to be read is no table of jobs and no recording, or makes no sense as one."""


class OutputError(FairnessError):
    """The result cannot be written where it was asked for."""


class QueueError(FairnessError):
    """The queue under test broke while it was being measured.

    Attributes:
        details: Several lines below the sentence, such as the traceback of a user's own queue;
            empty if there are none.
    """

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__(message)
        self.details = details_from_outside(details)


class DocumentError(FairnessError):
    """A kept result cannot be read, or two of them cannot be compared."""
