"""A program of its own: starts one adapter, and sees to it that nothing of it is left behind.

Run by `fleet.py` with the standard library only, in a session of its own:

```
main program ══lifeline══► warden ──► adapter ──► the library's own workers
     ▲                        └─ folder/ (0700)  for the adapter's socket; `lock` while we live
     └────────── stdin, stdout, stderr ────┘
```

However the main program ends, the lifeline ends; then all that the adapter has started is killed,
and the folder removed. On Linux the adapter dies with the warden, and orphans come to it.

Usage: warden.py LIFELINE_FD PARENT_FOLDERS COMMAND...; the folders are divided by colons.
"""

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from queue_fairness.server.child.supervisor import (
    CannotStartError,
    adopt_orphans,
    die_with_parent,
    hear_signals,
    hold,
    kill_children,
    make_folder,
)

FOLDER = "QF_FOLDER"
"""The variable that tells the adapter where it may leave files."""
GROUP_S = 0.2
"""How long what was killed may take to be gone."""


def main(arguments: Sequence[str]) -> int:
    """Supervise one adapter until its end or ours; returns its exit status."""
    lifeline, parents, *command = arguments
    wake = hear_signals()
    try:
        folder = make_folder(parents.split(os.pathsep))
    except CannotStartError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    try:
        hold(folder)
        return supervise(command, folder, int(lifeline), wake)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def supervise(command: Sequence[str], folder: Path, lifeline: int, wake: int) -> int:
    """Start the adapter, wait for its end or for ours, and kill what is left."""
    adopt_orphans()
    try:
        adapter = subprocess.Popen(
            command,
            env={**os.environ, FOLDER: str(folder)},
            process_group=0,
            preexec_fn=die_with_parent(os.getpid()),  # noqa: PLW1509 (no threads here)
        )
    except OSError as error:
        sys.stderr.write(f"{command[0]} cannot be started ({error.strerror})\n")
        return 1
    # Ours: the pipes are to end with the adapter.
    for own in (0, 1):
        os.close(own)
    try:
        while adapter.poll() is None:
            readable, _, _ = select.select([lifeline, wake], [], [])
            if lifeline in readable and not os.read(lifeline, 64):
                break
            if wake in readable:
                os.read(wake, 4096)
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(adapter.pid, signal.SIGKILL)
        adapter.wait()
        kill_children()
    return adapter.returncode
