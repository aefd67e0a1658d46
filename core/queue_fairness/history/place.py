"""Where results are kept.

```
QUEUE_FAIRNESS_HISTORY=off     nowhere
QUEUE_FAIRNESS_HISTORY=PATH    in this file, in CI, too
CI=true                        nowhere: the machine is thrown away
else                           in the user's data directory
```
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "QUEUE_FAIRNESS_HISTORY"
OFF = ("off", "no", "none", "0", "false")
APPLICATION = "queue-fairness-tui"
FILE = "history.sqlite"


@dataclass(frozen=True, slots=True)
class Place:
    """Where results are kept, and whether new ones are."""

    path: Path | None
    """The file; None where there is none to look into either."""
    why_not: str = ""
    """Why new results are not kept, in a few words; empty if they are."""


def place(environment: Mapping[str, str]) -> Place:
    """Where the environment lets results be kept; nothing is made there yet."""
    asked = environment.get(VARIABLE, "").strip()
    if asked.lower() in OFF:
        return Place(None, f"{VARIABLE} is {asked}")
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
