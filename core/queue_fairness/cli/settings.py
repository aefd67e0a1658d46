"""Defaults of the user's own: a file and the environment, below what is typed.

```
an option of the command line
QUEUE_FAIRNESS_*    such as QUEUE_FAIRNESS_WORKERS=16; REDIS_URL after QUEUE_FAIRNESS_REDIS_URL
config.toml         in $XDG_CONFIG_HOME/queue-fairness-tui, or ~/.config/queue-fairness-tui
built in
```

Any option can be set but those that make sense once (`ONCE`). Of two that exclude each other the
one from higher up holds. A scenario stands just below the options of the place that names it. What
belongs to another word is passed over; what belongs to none is refused, for a measurement that
silently ignores what was asked for is worse than none.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from queue_fairness.cli.commands import PROGRAM
from queue_fairness.cli.parsers import Parser
from queue_fairness.cli.words import WORDS, KnownOptions, options_of
from queue_fairness.errors import PlanError
from queue_fairness.formatting.similar import closest
from queue_fairness.outside import from_outside
from queue_fairness.plan.field import FLAG_TEXTS
from queue_fairness.plan.toml_file import TomlFile, read_toml, shown

PREFIX = "QUEUE_FAIRNESS_"
FILE = f"{PREFIX}CONFIG"
"""The variable that names another file."""
OWN = (FILE, f"{PREFIX}ASKS", f"{PREFIX}SERVED")
"""Variables of that beginning which are no settings; the latter mark programs that we start."""
ONCE = frozenset(
    (
        *("help", "help_all", "version", "config", "no_config", "show_config"),
        *("output", "json", "run", "port", "tag", "save_baseline"),
    )
)
"""Options that belong to one command, by the name of their value."""
FLAGS = {**FLAG_TEXTS, "1": True, "0": False, "on": True, "off": False}
EXCLUSIVE = (
    {"redis_url", "redis_server"},
    {"rate", "load"},
    {"format", "markdown"},
    {"total_tasks", "tasks_per_partition"},
)
"""Options of which one holds, by the names of their values."""
TYPED = "option"
BUILT_IN = "built in"
ORDER = (TYPED, "environment", "file", BUILT_IN)
"""Where a value may be from, what counts first being first."""


@dataclass(slots=True)
class Settings:
    """Where the value of each option is from, by the value's name."""

    path: Path | None = None
    """The file that was looked for; None where there is none to look for."""
    is_read: bool = False
    """Whether it is there."""
    places: dict[str, str] = field(default_factory=dict)
    """One of `ORDER` for each."""
    names: dict[str, str] = field(default_factory=dict)
    """The variable or the file, where a value is from one."""

    named: set[str] = field(default_factory=set)
    """What a variable or the file names, whether or not that holds."""

    def place(self, name: str) -> str:
        """Where a value is from."""
        return self.places.get(name, BUILT_IN)

    def is_above(self, name: str, other: str) -> bool:
        """Whether one value is from higher up than another one."""
        return ORDER.index(self.place(name)) < ORDER.index(self.place(other))

    def said(self, name: str) -> str:
        """Where a value is from, in words."""
        return self.names.get(name, self.place(name))


def read_words(
    parser: Parser, arguments: Sequence[str], environment: Mapping[str, str]
) -> tuple[argparse.Namespace, list[str], Settings]:
    """What was typed, completed by the settings; the words that are not understood; the settings.

    Raises:
        PlanError: A setting is unknown, or its file cannot be read.
    """
    defaults = {each.dest: each.default for each in parser.actions()}
    for each in parser.actions():
        each.default = argparse.SUPPRESS
    asked, unknown = parser.parse_known_args(arguments)
    for each in parser.actions():
        each.default = defaults[each.dest]
    settings = Settings(places=dict.fromkeys(vars(asked), TYPED))
    if not unknown and not hasattr(asked, "no_config") and "config" in defaults:
        _fill(parser, asked, environment, settings)
    for name, default in defaults.items():
        if name not in asked and default != argparse.SUPPRESS:
            setattr(asked, name, default)
    return asked, unknown, settings


def _fill(
    parser: Parser,
    asked: argparse.Namespace,
    environment: Mapping[str, str],
    settings: Settings,
) -> None:
    """Take what was not typed from the environment, then from the file."""
    variables = {
        name.removeprefix(PREFIX).lower().replace("_", "-"): name
        for name in sorted(environment)
        if name.startswith(PREFIX) and name not in OWN
    }
    actions = _settable(parser)
    for key, name in variables.items():
        if _is_known(key, actions, f"{name} is no setting", PREFIX):
            _set(asked, settings, actions[key], environment[name], ("environment", name))
    if environment.get("REDIS_URL") and "redis-url" in actions:
        value = ("environment", "REDIS_URL")
        _set(asked, settings, actions["redis-url"], environment["REDIS_URL"], value)
    file = _file(getattr(asked, "config", None), environment, settings)
    for key, found in file.content.items() if file is not None else ():
        assert file is not None
        if _is_known(key, actions, f"{file.at(key)} is not an option"):
            place = ("file", file.at(key).partition(", key")[0])
            _set(asked, settings, actions[key], _text(found, actions[key], file.at(key)), place)


def rivals_of(name: str) -> set[str]:
    """An option and those that exclude it, by the names of their values."""
    return next((each for each in EXCLUSIVE if name in each), set()) | {name}


def _settable(parser: KnownOptions) -> dict[str, argparse.Action]:
    """The options that can be set, by their long names without dashes."""
    return {
        name.removeprefix("--"): each
        for each in parser.shown_actions()
        for name in each.option_strings
        if name.startswith("--") and each.dest not in ONCE | parser.once
    }


def _is_known(
    key: str, actions: Mapping[str, argparse.Action], unknown: str, prefix: str = ""
) -> bool:
    """Whether this word has such an option; False if another word has.

    Raises:
        PlanError: None has.
    """
    if key in actions:
        return True
    all_keys = {name for word in ("", *WORDS) for name in _settable(options_of(word))}
    if key in all_keys:
        return False
    near = closest(key, sorted(all_keys))
    meant = prefix + near.upper().replace("-", "_") if prefix and near else near
    hint = f"did you mean {meant}?" if near else f"{PROGRAM} --show-config lists all"
    raise PlanError("config", f"{from_outside(unknown)}: {hint}")


def _set(
    asked: argparse.Namespace,
    settings: Settings,
    action: argparse.Action,
    value: str | Sequence[str],
    place: tuple[str, str],
) -> None:
    """Give an option a value unless it, or one that excludes it, has one from higher up."""
    name = action.dest
    settings.named.add(name)
    if name in asked or any(each in asked for each in rivals_of(name) - _of(place, settings)):
        return
    if action.nargs == 0:
        text = value.lower() if isinstance(value, str) else ""
        if text not in FLAGS:
            raise PlanError("config", f"{place[1]}: --{name.replace('_', '-')} is yes or no")
        if not FLAGS[text]:
            return
        setattr(asked, name, action.const)
    elif isinstance(action.default, list):
        setattr(asked, name, [value] if isinstance(value, str) else list(value))
    else:
        setattr(asked, name, value)
    settings.places[name], settings.names[name] = place


def _of(place: tuple[str, str], settings: Settings) -> set[str]:
    """The values that are from the same place: of those the usual rules decide."""
    return {name for name, found in settings.places.items() if found == place[0]}


def _file(named: str | None, environment: Mapping[str, str], settings: Settings) -> TomlFile | None:
    """The file of settings; None where there is none and none was named.

    Raises:
        PlanError: It cannot be read.
    """
    option = "--config" if named is not None else FILE
    chosen = named if named is not None else environment.get(FILE)
    folder = environment.get("XDG_CONFIG_HOME") or ""
    home = environment.get("HOME")
    if chosen is not None:
        settings.path = Path(chosen)
    elif Path(folder).is_absolute():
        settings.path = Path(folder) / PROGRAM / "config.toml"
    elif home:
        settings.path = Path(home) / ".config" / PROGRAM / "config.toml"
    if settings.path is None or (chosen is None and not _is_there(settings.path)):
        return None
    begin = f"{option} " if chosen is not None else ""
    settings.is_read = True
    return read_toml(
        settings.path, lambda why: PlanError("config", begin + why), "a file of settings"
    )


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False  # nobody may look there, or it is no path


def _text(value: object, action: argparse.Action, where: str) -> str | list[str]:
    """A value of the file as it would be typed.

    Raises:
        PlanError: It is of a kind that no option takes.
    """
    if isinstance(value, bool) is not (action.nargs == 0):
        kind = "true or false" if action.nargs == 0 else "a number or a text"
        raise PlanError("config", f"{where} is not {kind}")
    if isinstance(value, list) and isinstance(action.default, list):
        if all(isinstance(each, str) for each in value):
            return value
    elif isinstance(value, bool):
        return "yes" if value else "no"
    elif isinstance(value, int | float | str):
        return str(value)
    kind = "a text or a list of texts" if isinstance(action.default, list) else "a number or a text"
    raise PlanError("config", f"{where} is not {kind}")


def described(settings: Settings) -> str:
    """Which file was looked for, in words."""
    if settings.path is None:
        return "settings: no file"
    return f"settings: {shown(settings.path)}{'' if settings.is_read else ' (there is none)'}"
