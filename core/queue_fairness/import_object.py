"""Imports an object of the user's own by `package.module:name`, or says why it cannot be used.

This is `pkgutil.resolve_name` with an error per cause: the form, the module, its import, the name.
"""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.machinery import PathFinder
from operator import attrgetter
from pathlib import Path
from types import ModuleType

from queue_fairness.errors import PlanError
from queue_fairness.outside import from_outside

_SHOWN = 120
"""Most characters of such an error's text that a sentence of ours quotes."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """The path that was asked for, and the plan's field that named it."""

    path: str
    field: str

    def refusal(self, problem: str) -> PlanError:
        return refusal(self.field, self.path, problem)


def find_object(path: str, form: str, field: str) -> object:
    """Import what a path names, without calling it.

    Args:
        path: `package.module:name`; the module is looked for in the current directory first.
        form: How such a path is to be written, for the refusal.
        field: The plan's field that named it.

    Raises:
        PlanError: With the field and one sentence.
    """
    asked = _Asked(path, field)
    module, _, name = path.partition(":")
    if not all(map(str.isidentifier, (*module.split("."), *name.split(".")))):
        raise asked.refusal(f"write it as {form}, without .py and without slashes")
    return _look_up(asked, _import(asked, module), name)


def refusal(field: str, path: str, problem: str) -> PlanError:
    """The error that says why what a field names cannot be used."""
    option = field.replace("_", "-")
    return PlanError(field, f"--{option} {from_outside(path, 80)}: {problem}")


def in_one_line(error: BaseException) -> str:
    """The type and text of an error of the user's code, short enough for a sentence."""
    text, name = from_outside(error, _SHOWN), from_outside(type(error).__name__)
    return f"{name}: {text}" if text else name


def _import(asked: _Asked, name: str) -> ModuleType:
    try:
        with _current_directory_first():
            return importlib.import_module(name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # whatever the user's module does when it is run
        if isinstance(error, ModuleNotFoundError) and _is_part(error.name, name):
            raise asked.refusal(
                f"there is no module {error.name} in the current directory "
                "or among the installed packages",
            ) from error
        hidden = _hidden_by_user(error)
        if hidden is not None:
            raise asked.refusal(
                f"{hidden} hides the package of that name, which it or another file "
                "imports: rename it"
            ) from error
        raise asked.refusal(
            f"the module {name} cannot be imported: {in_one_line(error)}"
        ) from error


def _hidden_by_user(error: BaseException) -> str | None:
    """The user's file that was found in place of an installed package; None for no such file."""
    found: object = None
    if isinstance(error, ImportError):
        found = error.name
    elif isinstance(error, AttributeError) and isinstance(error.obj, ModuleType):
        found = error.obj.__name__
    top = str(found or "").partition(".")[0]
    if not top:
        return None
    here = Path.cwd()
    own = next(
        (each for each in (f"{top}.py", f"{top}/__init__.py") if (here / each).exists()), None
    )
    elsewhere = [each for each in sys.path if Path(each or ".").resolve() != here]
    # One that imports itself was meant to find another, installed or not.
    is_own = "partially initialized" in str(error)
    return own if own and (is_own or PathFinder.find_spec(top, elsewhere)) else None


def _is_part(missing: str | None, name: str) -> bool:
    """Whether the missing module is the one asked for, or a package around it."""
    return missing is not None and f"{name}.".startswith(f"{missing}.")


@contextmanager
def _current_directory_first() -> Iterator[None]:
    """Search the current directory first, as `python -m` does; afterwards it is searched last.

    If it stayed first, a user's file could shadow a module that the program imports later.
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
    try:
        found: object = attrgetter(name)(module)
    except AttributeError:
        where = getattr(module, "__file__", None) or "a folder without __init__.py"
        raise asked.refusal(f"the module {module.__name__} ({where}) has no {name}") from None
    except Exception as error:  # what a module does when it is asked for a name
        problem = f"{name} cannot be had from its module: {in_one_line(error)}"
        raise asked.refusal(problem) from error
    return found
