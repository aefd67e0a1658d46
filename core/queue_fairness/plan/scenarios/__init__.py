"""Named workloads: small TOML files that say what to run, and what it shows.

Such a file::

    about = "One sentence on what it shows."

    [plan]
    partitions = 200        # options of the command line without their dashes
    load = 1.2
    duration = "30s"        # seconds may be written with their unit
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from queue_fairness.errors import PlanError
from queue_fairness.formatting.similar import closest
from queue_fairness.plan.table import plan_fields
from queue_fairness.plan.toml_file import TomlFile, read_toml, shown

FOLDER = Path(__file__).parent
KEYS = ("about", "plan")


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
        near = closest(asked, scenario_names())
        hint = f" did you mean {near}?" if near is not None else ""
        names = ", ".join(scenario_names())
        raise _refusal(
            f"{shown(path)} is not known:{hint} choose one of {names}, or name a .toml file"
        )
    return _read(path, path.stem)


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False  # too long for a path, or a zero byte within


def _read(path: Path, name: str) -> Scenario:
    file = read_toml(path, _refusal, "a scenario")
    content = file.content
    for key in content:
        if key not in KEYS:
            raise _refusal(f"{file.at(key)} is not known: allowed are {', '.join(KEYS)}")
    about, values = content.get("about", ""), content.get("plan")
    if not isinstance(about, str):
        raise _refusal(f"{file.at('about')} is not a text")
    if not isinstance(values, dict):
        raise _refusal(f"{shown(path)} has no table [plan] of options")
    return Scenario(name=name, about=about, values=_values(file, values))


def _values(file: TomlFile, asked: Mapping[str, object]) -> dict[str, str]:
    """The options by the names of their fields, each checked."""
    fields = {each.option.removeprefix("--"): each for each in plan_fields()}
    found: dict[str, str] = {}
    for key, value in asked.items():
        each = fields.get(key)
        where = file.at(key)
        if each is None:
            near = closest(key, fields)
            hint = f" did you mean {near}?" if near is not None else ""
            raise _refusal(f"{where} is not an option:{hint} allowed are {', '.join(fields)}")
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


def _refusal(problem: str) -> PlanError:
    return PlanError("scenario", f"--scenario {problem}")
