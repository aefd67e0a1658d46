"""The file that `--json` names: refused early where it cannot be written, written at the end."""

import errno
import os
import time
from pathlib import Path

from queue_fairness.cli.commands import PROGRAM
from queue_fairness.cli.streams import complain
from queue_fairness.errors import OutputError, PlanError

READER_S = 5.0
"""How long a named pipe without a reader is waited for."""
STEP_S = 0.05


def writable(path: str | None, option: str = "json") -> str | None:
    """Refuse a file that cannot be written before the run is made, not after it.

    Args:
        path: The file; `-` is stdout, None no file.
        option: Which option names it.

    Raises:
        PlanError: It cannot be written.
    """
    if path is None or path == "-":
        return path
    if not path:
        raise PlanError(option, f"--{option} names no file: give a path, or - for stdout")
    folder = Path(path).absolute().parent
    try:
        is_there = _exists(path)
        is_folder, has_folder = Path(path).is_dir(), _exists(str(folder))
    except OSError as error:
        raise PlanError(option, f"--{option} {_short(path)}: {error.strerror}") from error
    if is_folder:
        raise PlanError(option, f"--{option} {path} is a folder: name a file in it")
    if not has_folder or not folder.is_dir():
        raise PlanError(option, f"--{option} {path}: there is no folder {folder}; make it first")
    if not os.access(path if is_there else folder, os.W_OK):
        raise PlanError(option, f"--{option} {path} is not writable: choose another path")
    return path


def write_json(path: str, text: str) -> None:
    """Write the document.

    Raises:
        OutputError: It cannot be written, or nobody reads the named pipe that it goes to.
    """
    try:
        with open(_opened(path), "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        why = error.strerror
        if error.errno == errno.ENXIO:
            why = "it is a pipe that nobody reads"
        raise OutputError(f"--json {_short(path)} could not be written: {why}") from error


def _opened(path: str) -> int:
    """A descriptor to write to; a named pipe gets some time until somebody reads it."""
    deadline = time.monotonic() + READER_S
    is_said = False
    while True:
        try:
            # Without O_NONBLOCK this would wait for a reader, maybe for ever.
            number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NONBLOCK, 0o666)
        except OSError as error:
            if error.errno != errno.ENXIO or time.monotonic() > deadline:
                raise
            if not is_said:
                complain(f"{PROGRAM}: waiting for a reader of {_short(path)}\n")
            is_said = True
            time.sleep(STEP_S)
        else:
            os.set_blocking(number, True)
            return number


def _exists(path: str) -> bool:
    """Whether there is such a file.

    Raises:
        OSError: Nobody can say, such as of a name that is too long.
    """
    try:
        Path(path).stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _short(path: str) -> str:
    return path if len(path) <= 60 else f"{path[:57]}..."
