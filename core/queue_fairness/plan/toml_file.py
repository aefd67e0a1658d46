"""TOML files that users write: read with bounds, and refused with the place of what is wrong."""

import os
import re
import stat
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from queue_fairness.errors import PlanError
from queue_fairness.outside import from_outside

MAX_BYTES = 20_000
"""Larger than any sensible file; what TOML can nest in so many is read in under a second."""
LONGEST_KEY = 60
"""Most characters of a key that a sentence quotes."""


@dataclass(frozen=True, slots=True)
class TomlFile:
    """What a file holds."""

    path: Path
    text: str
    content: Mapping[str, object]

    def at(self, key: str) -> str:
        """Where a key stands: `my.toml, line 3, key lod`."""
        for number, line in enumerate(self.text.splitlines(), 1):
            if re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=|\s*\[{re.escape(key)}\]", line):
                return f"{shown(self.path)}, line {number}, key {from_outside(key, LONGEST_KEY)}"
        return f"{shown(self.path)}, key {from_outside(key, LONGEST_KEY)}"


def read_toml(path: Path, refusal: Callable[[str], PlanError], kind: str) -> TomlFile:
    """Read a file.

    Args:
        path: Where it is.
        refusal: Makes an error of what is wrong.
        kind: What it should be, such as `a scenario`.

    Raises:
        PlanError: It cannot be read, is too large, or is no TOML.
    """
    text = _text(path, refusal, kind)
    try:
        return TomlFile(path, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise refusal(f"{shown(path)} is not valid TOML: {from_outside(error)}") from error
    except (RecursionError, ValueError, OverflowError) as error:
        # Python's bounds on nesting, and on the digits of a number.
        raise refusal(
            f"{shown(path)} nests too deep or holds a number too long: it is not {kind}"
        ) from error


def shown(path: Path) -> str:
    """A path for a sentence."""
    return from_outside(str(path))


def _text(path: Path, refusal: Callable[[str], PlanError], kind: str) -> str:
    """The text of a file, which is looked at before it is read: a pipe or device may never end."""
    try:
        # To open a pipe waits for its writer otherwise.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb", 0) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise refusal(f"{shown(path)} is no plain file: {kind} is a .toml file")
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or from_outside(error)
        raise refusal(f"{shown(path)} cannot be read: {reason}") from error
    if len(content) > MAX_BYTES:
        raise refusal(f"{shown(path)} is larger than {MAX_BYTES:,} bytes: it is not {kind}")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise refusal(f"{shown(path)} is not UTF-8 text") from error
