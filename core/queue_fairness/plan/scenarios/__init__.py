"""Named workloads: small TOML files that say what to run, and what it shows.

Such a file::

    about = "One sentence on what it shows."

    [plan]
    partitions = 200        # options of the command line without their dashes
    load = 1.2
    duration = "30s"        # seconds may be written with their unit
"""

import os
import re
import stat
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from queue_fairness.errors import PlanError
from queue_fairness.outside import from_outside
from queue_fairness.plan.table import plan_fields

FOLDER = Path(__file__).parent
KEYS = ("about", "plan")
MAX_BYTES = 20_000
"""Larger than any sensible scenario; what TOML can nest in so many is read in under a second."""
LONGEST_KEY = 60
"""Most characters of an option's name that a sentence quotes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A named workload."""

    name: str
    about: str
    """What it shows, one sentence."""
    values: Mapping[str, str]
    """What it asks for: texts by name of the plan's field."""


def scenario_names() -> Sequence[str]:
    """The built-in scenarios, in the order in which they are listed."""
    first = ("drain", "busy", "overload", "noisy-neighbor", "many-noisy")
    others = sorted(each.stem for each in FOLDER.glob("*.toml") if each.stem not in first)
    return (*first, *others)


def load_scenario(asked: str) -> Scenario:
    """A built-in scenario, by name, or one of the user's own, by the path of its file.

    Raises:
        PlanError: There is no such scenario, or the file is not one; the field is `scenario`.
    """
    if asked in scenario_names():
        return _read(FOLDER / f"{asked}.toml", asked)
    path = Path(asked)
    if path.suffix != ".toml" and not _is_there(path):
        names = ", ".join(scenario_names())
        raise _refusal(f"{_shown(path)} is not known: choose one of {names}, or name a .toml file")
    return _read(path, path.stem)


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False  # too long for a path, or a zero byte within


def _read(path: Path, name: str) -> Scenario:
    text = _text(path)
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _refusal(f"{_shown(path)} is not valid TOML: {from_outside(error)}") from error
    except (RecursionError, ValueError, OverflowError) as error:
        # Python's bounds on nesting, and on the digits of a number.
        raise _refusal(
            f"{_shown(path)} nests too deep or holds a number too long: it is not a scenario"
        ) from error
    for key in content:
        if key not in KEYS:
            raise _refusal(f"{_at(path, text, key)} is not known: allowed are {', '.join(KEYS)}")
    about, values = content.get("about", ""), content.get("plan")
    if not isinstance(about, str):
        raise _refusal(f"{_at(path, text, 'about')} is not a text")
    if not isinstance(values, dict):
        raise _refusal(f"{_shown(path)} has no table [plan] of options")
    return Scenario(name=name, about=about, values=_values(path, text, values))


def _text(path: Path) -> str:
    """The text of a file, which is looked at before it is read: a pipe or device may never end."""
    try:
        # To open a pipe waits for its writer otherwise.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb", 0) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise _refusal(f"{_shown(path)} is no plain file: a scenario is a .toml file")
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or from_outside(error)
        raise _refusal(f"{_shown(path)} cannot be read: {reason}") from error
    if len(content) > MAX_BYTES:
        raise _refusal(f"{_shown(path)} is larger than {MAX_BYTES:,} bytes: it is not a scenario")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise _refusal(f"{_shown(path)} is not UTF-8 text") from error


def _shown(path: Path) -> str:
    return from_outside(str(path))


def _values(path: Path, text: str, asked: Mapping[str, object]) -> dict[str, str]:
    """The options by the names of their fields, each checked."""
    fields = {each.option.removeprefix("--"): each for each in plan_fields()}
    found: dict[str, str] = {}
    for key, value in asked.items():
        each = fields.get(key)
        where = _at(path, text, key)
        if each is None:
            raise _refusal(f"{where} is not an option: allowed are {', '.join(fields)}")
        if each.is_flag is not isinstance(value, bool):
            kind = "neither true nor false" if each.is_flag else "neither a number nor a text"
            allowed = "true, false" if each.is_flag else each.bounds
            raise _refusal(f"{where} is {kind}: allowed are {allowed}")
        if not isinstance(value, int | float | str):
            raise _refusal(f"{where} is neither a number nor a text: allowed are {each.bounds}")
        try:
            found[each.name] = each.text(value)
            each.parse(found[each.name])
        except PlanError as error:
            raise _refusal(f"{where}: {error}") from error
        except ValueError as error:
            raise _refusal(f"{where} is a number too long: allowed are {each.bounds}") from error
    return found


def _at(path: Path, text: str, key: str) -> str:
    """Where a key stands: `my.toml, line 3, key lod`."""
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=|\s*\[{re.escape(key)}\]", line):
            return f"{_shown(path)}, line {number}, key {from_outside(key, LONGEST_KEY)}"
    return f"{_shown(path)}, key {from_outside(key, LONGEST_KEY)}"


def _refusal(problem: str) -> PlanError:
    return PlanError("scenario", f"--scenario {problem}")
