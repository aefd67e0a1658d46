"""A program of its own: waits for the end of a run, and removes its keys if nobody else did.

Started by `key_guard.py`. Standard input brings one JSON line (`url`, `prefixes`, `mark` and
`indexes`: see `remove_marked`; `path`: the main program's sys.path; `patience_s`: how long to try a
server that cannot be reached). Where no key can be found by SCAN, a line with their names follows.
Later it brings at most one word: `clean` (nothing to do) or `clean up` (the program is alive and
asks for it). No word before the pipe's end means that the program was killed. There is no output,
and the pipe alone is obeyed: what signals or a terminal say is not meant for this program.

Until it has to clean up it imports nothing that costs: it must not slow the run it guards.
"""

import json
import signal
import sys
import time
from typing import Any

ANSWER_TIMEOUT_S = 5.0
"""How long a server may take to answer at all, before it is tried again."""
CLEANUP_TIMEOUT_S = 60.0
"""How long one cleanup may take: a pass over 1 million foreign keys took 0.6 s (Redis 7.0)."""
FIRST_MOMENT_S = 0.1
SECOND_MOMENT_S = 1.0
"""Pauses before the two cleanups after a kill: what the program had sent may still be under way."""
NAMES = b"names "
"""What begins a line that tells the names of all keys, where none can be found by SCAN."""
RETRY_S = 0.5


def main() -> int:
    """Wait on the pipe, then clean up if needed; returns the exit status."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    line = sys.stdin.buffer.readline()
    word = sys.stdin.buffer.readline()
    names: list[str] | None = None
    if word.startswith(NAMES) and word.endswith(b"\n"):
        names = json.loads(word.removeprefix(NAMES))
        word = sys.stdin.buffer.readline()
    # An incomplete line: the program died before it had made a key.
    if word == b"clean\n" or not line.endswith(b"\n"):
        return 0
    task = {**json.loads(line), "names": names}
    pauses = (0.0,) if word == b"clean up\n" else (FIRST_MOMENT_S, SECOND_MOMENT_S)
    for pause_s in pauses:
        time.sleep(pause_s)
        deadline = time.monotonic() + float(task["patience_s"])
        while not (is_clean := clean_once(task)):
            # Who may not, may not in a minute, either.
            if is_clean is None or time.monotonic() > deadline:
                return 1
            time.sleep(RETRY_S)
    return 0


def clean_once(task: dict[str, Any]) -> bool | None:
    """Connect and clean up; whether that worked, None if there is no use in trying again."""
    sys.path[:] = task["path"]
    import asyncio

    from redis.exceptions import AuthenticationError, NoPermissionError, RedisError

    from queue_fairness.server.cleanup import remove_keys, remove_marked, remove_names
    from queue_fairness.server.connection import Endpoint

    async def connect_and_remove() -> None:
        client = Endpoint(task["url"]).connect("qf-sweeper")
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                await client.ping()
            async with asyncio.timeout(CLEANUP_TIMEOUT_S):
                if task["names"] is not None:
                    await remove_names(client, task["names"])
                    return
                for prefix in task["prefixes"]:
                    await remove_keys(client, prefix)
                if task["mark"]:
                    await remove_marked(client, task["mark"], task["indexes"])
        finally:
            await client.aclose()

    try:
        asyncio.run(connect_and_remove())
    except (AuthenticationError, NoPermissionError):
        return None
    except (RedisError, OSError):
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
