"""Files for results: refused early where they cannot be written, written at the end.

The ending of a name says what is written: `-o report.html -o report.json`. What `--json` names gets
JSON whatever it is called.
"""

import errno
import os
import time
from collections.abc import Sequence
from pathlib import Path

from queue_fairness.cli.commands import ENDINGS, PROGRAM, OutputFile
from queue_fairness.cli.streams import complain
from queue_fairness.errors import OutputError, PlanError

SAVE_BASELINE = "--save-baseline"
READER_S = 5.0
"""How long a named pipe without a reader is waited for."""
STEP_S = 0.05


def output_files(
    names: Sequence[str], json: str | None, baseline: str | None = None
) -> tuple[OutputFile, ...]:
    """The files that `-o` names, then that of `--json`; each checked before the run is made.

    Args:
        names: What follows `-o`.
        json: What follows `--json`; `-` and None are no file.
        baseline: What follows `--save-baseline`.

    Raises:
        PlanError: One cannot be written, has an ending that says nothing, or is named twice.
    """
    found = [OutputFile(option="-o", path=each, format=_format_of(each)) for each in names]
    if json is not None and json != "-":
        found.append(OutputFile(option="--json", path=json, format="json"))
    if baseline is not None:
        found.append(OutputFile(option=SAVE_BASELINE, path=baseline, format="json"))
    places: set[str] = set()
    for each in found:
        check_writable(each.option, each.path)
        place = os.path.realpath(each.path)
        if place in places and not place.startswith("/dev/"):
            raise PlanError(
                "output", f"{each.option} {_short(each.path)} is named twice: once will do"
            )
        places.add(place)
    return tuple(found)


def _format_of(path: str) -> str:
    """What the ending of a file's name asks for.

    Raises:
        PlanError: It asks for nothing that there is.
    """
    if path == "-":
        raise PlanError("output", "-o - names no file: --format says what stdout gets")
    ending = Path(path).suffix.lower()
    if ending not in ENDINGS:
        known = ", ".join(ENDINGS)
        raise PlanError(
            "output", f"-o {_short(path)}: the ending says the format, and is one of {known}"
        )
    return ENDINGS[ending]


def check_writable(option: str, path: str) -> None:
    """Refuse a file that cannot be written before the run is made, not after it.

    Args:
        option: Which option names it.
        path: The file.

    Raises:
        PlanError: It cannot.
    """
    field = option.strip("-")
    if not path:
        raise PlanError(field, f"{option} names no file: give a path, or - for stdout")
    folder = Path(path).absolute().parent
    try:
        is_there = _exists(path)
        is_folder, has_folder = Path(path).is_dir(), _exists(str(folder))
    except OSError as error:
        raise PlanError(field, f"{option} {_short(path)}: {error.strerror}") from error
    if is_folder:
        raise PlanError(field, f"{option} {path} is a folder: name a file in it")
    if not has_folder or not folder.is_dir():
        raise PlanError(field, f"{option} {path}: there is no folder {folder}; make it first")
    if not os.access(path if is_there else folder, os.W_OK):
        raise PlanError(field, f"{option} {path} is not writable: choose another path")


def write_file(file: OutputFile, text: str) -> None:
    """Write a result.

    Raises:
        OutputError: It cannot be written, or nobody reads the named pipe that it goes to.
    """
    try:
        # The line ends of a format are its own.
        with open(_opened(file.path), "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
    except OSError as error:
        why = error.strerror
        if error.errno == errno.ENXIO:
            why = "it is a pipe that nobody reads"
        where = f"{file.option} {_short(file.path)}"
        raise OutputError(f"{where} could not be written: {why}") from error


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
