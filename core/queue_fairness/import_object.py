"""From `package.module:name` to an object of the user's own, or to a refusal."""

import importlib
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from queue_fairness.errors import PlanError

_NAME = r"[^\W\d]\w*"
_PATH = re.compile(rf"(?P<module>{_NAME}(\.{_NAME})*):(?P<name>{_NAME}(\.{_NAME})*)")
_SHOWN = 120
"""Most characters of a foreign error's text that fit into our sentence."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked for, and where."""

    path: str
    field: str

    def refusal(self, problem: str) -> PlanError:
        return refusal(self.field, self.path, problem)


def find_object(path: str, form: str, field: str) -> object:
    """Import what a path names; nothing of it is called.

    Args:
        path: `package.module:name`; the module is looked for in the current directory first.
        form: How such a path is to be written, for the refusal.
        field: The plan's field that named it.

    Raises:
        PlanError: With the field and one sentence.
    """
    asked = _Asked(path, field)
    match = _PATH.fullmatch(path)
    if match is None:
        raise asked.refusal(f"write it as {form}, without .py and without slashes")
    return _look_up(asked, _import(asked, match["module"]), match["name"])


def refusal(field: str, path: str, problem: str) -> PlanError:
    """Why what a field names cannot serve."""
    option = field.replace("_", "-")
    return PlanError(field, f"--{option} {' '.join(path.split())[:80]}: {problem}")


def in_one_line(error: BaseException) -> str:
    """The name and text of somebody else's error, short enough for a sentence."""
    text = " ".join(str(error).split())
    text = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _import(asked: _Asked, name: str) -> ModuleType:
    try:
        with _current_directory_first():
            return importlib.import_module(name)
    except (Exception, SystemExit) as error:  # whatever the user's module does when it is run
        if isinstance(error, ModuleNotFoundError) and _is_part(error.name, name):
            raise asked.refusal(
                f"there is no module {error.name} in the current directory "
                "or among the installed packages",
            ) from error
        raise asked.refusal(
            f"the module {name} cannot be imported: {in_one_line(error)}"
        ) from error


def _is_part(missing: str | None, name: str) -> bool:
    """Whether the missing module is the one asked for, or a package around it."""
    return missing is not None and f"{name}.".startswith(f"{missing}.")


@contextmanager
def _current_directory_first() -> Iterator[None]:
    """Search as `python -m` does; afterwards the directory stays, but behind everything else.

    In front it would let a user's file stand for a module that the program imports later.
    """
    here = str(Path.cwd())
    sys.path.insert(0, here)
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(here)
        if here not in sys.path:
            sys.path.append(here)


def _look_up(asked: _Asked, module: ModuleType, name: str) -> object:
    found: object = module
    for part in name.split("."):
        if not hasattr(found, part):
            where = getattr(module, "__file__", None) or "a folder without __init__.py"
            raise asked.refusal(f"the module {module.__name__} ({where}) has no {name}")
        found = getattr(found, part)
    return found
