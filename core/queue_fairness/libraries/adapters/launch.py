"""Runs a module of this folder in a library's own environment.

The package is made known by its folder alone: were its parent on the path, all that is installed
beside this program would come with it.

Usage: python -I launch.py PARENT_OF_THE_PACKAGE MODULE[:FUNCTION], by default `main`.
"""

import importlib
import importlib.util
import sys
from pathlib import Path


def main() -> None:
    """Call the function."""
    root, name = sys.argv[1:]
    module, _, function = name.partition(":")
    folder = Path(root, "queue_fairness")
    spec = importlib.util.spec_from_file_location(
        "queue_fairness", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    sys.modules["queue_fairness"] = importlib.util.module_from_spec(spec)
    del sys.argv[1:]
    found = importlib.import_module(f"queue_fairness.libraries.adapters.{module}")
    getattr(found, function or "main")()


if __name__ == "__main__":
    main()
