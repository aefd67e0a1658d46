"""Errors that nobody foresaw, as a run's failure: a sentence, and the traceback below it.

What Redis holds and answers is read by strategies, which trust it: it is their own. A key that
another program has changed, or a server that is not quite Redis, shows as a ValueError or
TypeError anywhere in them. Anything else is a fault of this program, and asks to be reported.
"""

import traceback
from collections.abc import Iterator
from pathlib import Path

from redis.exceptions import RedisError

from queue_fairness.errors import FairnessError, QueueError
from queue_fairness.import_object import in_one_line

_READERS = tuple(
    str(Path(__file__).parents[1] / room) for room in ("strategies", "server", "dispatch_order")
)
"""Where answers are read."""
MISREAD = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError)
"""What an answer that makes no sense raises where it is read."""


def is_foreseen(error: BaseException) -> bool:
    """Whether a sentence of ours or of the server's explains this error."""
    return isinstance(error, FairnessError | RedisError | OSError)


def first_of(error: Exception) -> Exception:
    """The first error of a group of them, and of groups within it; any other as it is."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error


def unforeseen_error(error: Exception) -> QueueError:
    """The error as a sentence that says where to look, with the traceback as its details."""
    error = first_of(error)
    what = in_one_line(error)
    details = "".join(traceback.format_exception(error))
    if isinstance(error, MISREAD) and any(file.startswith(_READERS) for file in _files(error)):
        return QueueError(
            f"Redis gave an answer that makes no sense ({what}): see whether another program writes"
            " to this run's keys, and whether the server is a plain Redis",
            details,
        )
    return QueueError(f"the run broke by an error of this program ({what}); please report", details)


def _files(error: BaseException) -> Iterator[str]:
    """The files that the error passed through, the innermost last."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        yield frame.f_code.co_filename
