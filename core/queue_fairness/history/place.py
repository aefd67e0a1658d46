"""Where results are kept.

```
off        nowhere
PATH       in this file, in CI, too
neither    in the user's data directory; nothing new where CI is set: that machine is thrown away
```
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

OFF = ("off", "no", "none", "0", "false")
"""What the option and its variable say for nowhere."""
APPLICATION = "queue-fairness-tui"
FILE = "history.sqlite"


@dataclass(frozen=True, slots=True)
class Place:
    """Where results are kept, and whether new ones are."""

    path: Path | None
    """The file; None where there is none to look into either."""
    why_not: str = ""
    """Why new results are not kept, in a few words; empty if they are."""


def place(asked: str | None, environment: Mapping[str, str]) -> Place:
    """Where results are kept; nothing is made there yet.

    Args:
        asked: A path, or one of `OFF`; empty or None for neither.
        environment: Where `CI` may stand, and what the data directory follows from.
    """
    asked = (asked or "").strip()
    if asked.lower() in OFF:
        return Place(None, "the history is off")
    if asked:
        return Place(Path(asked).expanduser())
    is_ci = environment.get("CI", "").lower() not in ("", "0", "false", "no")
    try:
        # Not before: the data directory is asked for in the end, when a run is over.
        from platformdirs import user_data_path

        path = user_data_path(APPLICATION, appauthor=False) / FILE
    except (ImportError, OSError, RuntimeError):
        return Place(None, "there is no data directory")
    return Place(path, "CI is set" if is_ci else "")
