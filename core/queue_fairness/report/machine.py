"""What machine this is, as far as rates and times depend on it; it names neither host nor user."""

import os
import platform
import re
from functools import lru_cache
from pathlib import Path

from queue_fairness.outside import harmless


@lru_cache(maxsize=1)
def machine() -> str:
    """System, kind and number of processors: `Linux x86_64, 2 × Example CPU 3000`."""
    processors = os.cpu_count() or 1
    return harmless(f"{platform.system()} {platform.machine()}, {processors} × {_processor()}")


def _processor() -> str:
    """The name of a processor; what the system calls it where that is all there is."""
    try:
        found = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        found = ""
    named = re.search(r"^model name\s*:\s*(.+)$", found, re.MULTILINE)
    return " ".join(named[1].split()) if named else platform.processor() or "processor"
