"""What every program here does: fill queues, work at one task until killed, tell the truth.

    PYTHON LIBRARY.py fill|work|truth URL

`fill` enqueues TENANTS; `work` runs the library's own worker, whose tasks hold on (SERVICE_S)
and write the tenant's name to the file HELD; `truth` prints, as JSON, what the library's own API
says: tasks that wait, and when the oldest of them was enqueued (s since 1970), by queue.
"""

import json
import os
import sys
import time
from pathlib import Path

TENANTS = {"acme": 5, "bolt": 3, "corto": 2}
"""Tasks of each; one of acme's is being done."""
FOREVER_S = float(os.environ.get("SERVICE_S", "600"))
"""How long a task takes."""


def url() -> str:
    """The server."""
    return os.environ.get("URL") or sys.argv[2]


def hold(tenant: str) -> None:
    """Say that a task of this tenant is being done."""
    path = Path(os.environ["HELD"])
    path.with_suffix(".new").write_text(tenant)
    path.with_suffix(".new").rename(path)


def block(tenant: str) -> None:
    """Do such a task."""
    hold(tenant)
    time.sleep(FOREVER_S)


def tell(waiting: dict[str, int], oldest: dict[str, float | None]) -> None:
    """Print the truth."""
    print(json.dumps({"waiting": waiting, "oldest": oldest}))


def asked() -> str:
    """Which of the three is to be done."""
    return sys.argv[1] if len(sys.argv) > 1 else ""


def program(name: str) -> str:
    """A program of this environment."""
    return str(Path(sys.executable).parent / name)


def become(*command: str) -> None:
    """Run another program in place of this one, which finds these modules and the server."""
    here = str(Path(__file__).parent)
    os.execve(command[0], list(command), {**os.environ, "URL": url(), "PYTHONPATH": here})
