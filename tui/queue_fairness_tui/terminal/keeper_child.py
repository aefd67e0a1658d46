"""A program of its own: waits for the end of another, and gives its terminal back if need be.

Started by `keeper.py` with the standard library only. Standard input brings one JSON object per
line, standard output is the terminal. If the input ends while the screen is `up`, the program was
killed: the terminal gets the sequence `restore` and its attributes of `before`. Not, though, if
somebody else's program has the terminal by now, who will have set it up anew.
"""

import contextlib
import json
import os
import signal
import sys
import termios
from typing import Any

TERMINAL = 1


def main() -> int:
    """Wait on the pipe, then restore if needed; returns the exit status."""
    for number in (
        *(signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP),
        *(signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU),
    ):
        signal.signal(number, signal.SIG_IGN)
    owners = known_groups(os.getppid())
    state: dict[str, Any] = {"up": False}
    for line in sys.stdin.buffer:
        if line.endswith(b"\n"):
            state.update(json.loads(line))
    if state["up"]:
        with contextlib.suppress(OSError, termios.error):  # the terminal may be gone as well
            restore(state, owners)
    return 0


def known_groups(program: int) -> set[int]:
    """The process groups that may have the terminal when the program has been killed.

    Its own, that of the shell which started it, and that of the session's first process.
    """
    groups = {program, os.getsid(0)}
    with contextlib.suppress(OSError):
        groups.add(os.getpgid(program))
    return groups


def restore(state: dict[str, Any], owners: set[int]) -> None:
    """Give the terminal back to whoever had it before.

    Raises:
        OSError: There is no terminal any more.
        termios.error: The same.
    """
    if not belongs_to(owners):
        return
    before, during = unpacked(state["before"]), unpacked(state["during"])
    if before and termios.tcgetattr(TERMINAL) == during:
        termios.tcsetattr(TERMINAL, termios.TCSANOW, before)
    os.write(TERMINAL, state["restore"].encode())


def belongs_to(owners: set[int]) -> bool:
    """Whether the terminal's foreground is one of these groups, or a group that has ended."""
    try:
        group = os.tcgetpgrp(TERMINAL)
    except OSError:
        return True  # a terminal without job control
    if group in owners:
        return True
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return False


def unpacked(attributes: list[Any] | None) -> list[Any]:
    """Attributes as `termios` has them; empty for none."""
    if attributes is None:
        return []
    controls = [bytes(each) if isinstance(each, list) else each for each in attributes[6]]
    return [*attributes[:6], controls]


if __name__ == "__main__":
    sys.exit(main())
