"""Folders of servers that were killed together with all that would have removed them.

Each folder of ours holds a file that its owner keeps locked (`child/supervisor.py`): the kernel
gives the lock up with the process, however that ends. So a lock that can be had is a proof.
"""

import asyncio
import contextlib
import fcntl
import os
import re
import shutil
import socket
import stat
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from queue_fairness.server.child.supervisor import LOCK

_NAME = re.compile(r"qf-[0-9a-f]{10}")
NEW_S = 60.0
"""A folder without a lock may be just about to get it, if it is no older than this."""
SHUTDOWN_S = 1.0


def stale_folders(parents: Sequence[str]) -> Iterator[Path]:
    """Folders of this user, made by this program, whose owner is gone."""
    for parent in dict.fromkeys(parents):
        try:
            names = [name for name in os.listdir(parent) if _NAME.fullmatch(name)]  # noqa: PTH208
        except OSError:
            continue  # one of the places that a system may not have
        yield from filter(_is_stale, (Path(parent, name) for name in sorted(names)))


async def remove_stale_folders(parents: Sequence[str]) -> Sequence[Path]:
    """Remove them, and what still runs in them; returns those that are gone."""
    found = await asyncio.to_thread(lambda: list(stale_folders(parents)))
    for folder in found:
        await clear_folder(folder)
    return [folder for folder in found if not folder.exists()]


async def clear_folder(folder: Path) -> None:
    """End the server of a folder, if there is one, and remove the folder."""
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(SHUTDOWN_S):
            reader, writer = await asyncio.open_unix_connection(folder / "s")
            try:
                writer.write(b"SHUTDOWN NOSAVE\r\n")
                await reader.read()
            finally:
                writer.close()
    shutil.rmtree(folder, ignore_errors=True)


def _is_stale(folder: Path) -> bool:
    try:
        facts = folder.lstat()
    except OSError:
        return False  # its owner was faster
    try:
        if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.getuid():
            return False
        return _is_unlocked(folder / LOCK)
    except FileNotFoundError:
        # Made before there were locks, or this very moment.
        return time.time() - facts.st_mtime > NEW_S and _is_deserted(folder)
    except OSError:
        return False


def _is_unlocked(lock: Path) -> bool:
    """Whether nobody holds a lock; FileNotFoundError if there is none."""
    file = os.open(lock, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(file)
    return True


def _is_deserted(folder: Path) -> bool:
    """Whether there is nothing in a folder, or a socket on which nobody listens."""
    if not any(folder.iterdir()):
        return True
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(folder / "s"))
        except ConnectionRefusedError:
            return True
        except OSError:
            return False
    return False
