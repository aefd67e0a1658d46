"""`--record`: what was seen, look by look, as JSON Lines: an event a line, and one a look.

```
{"kind": "attach", "library": "rq", "at": 1764097000.1}
{"at": 1764097001.1, "event": "arrived", "partition": "acme", "tasks": 3}
{"at": 1764097001.1, "event": "taken", "partition": "acme", "tasks": 1}
{"at": 1764097001.1, "event": "look", "waiting": 17, "seen": 12, "dispatched": 12}
```

Names are those that are shown: with `--mask` they are hashes.
"""

import json
from typing import TextIO

from queue_fairness.attach.model import Look
from queue_fairness.attach.session import Attachment


class Recorder:
    """Writes each look to a file.

    Args:
        file: Is written to and flushed at each look.
        attachment: What is looked at.
    """

    def __init__(self, file: TextIO, attachment: Attachment) -> None:
        self._file, self._attachment = file, attachment
        self._held: set[tuple[str, str]] = set()
        self._put({"kind": "attach", "library": attachment.library})

    def write(self, look: Look) -> None:
        """Write what a look has found.

        Raises:
            OSError: The file cannot be written.
        """
        watch = self._attachment.watch
        for lane in look.lanes:
            name = watch.tenant_of(lane.name)
            for event, tasks in (("arrived", lane.arrived), ("taken", lane.taken)):
                if tasks and watch.looks > 1:
                    self._put({"at": look.at, "event": event, "partition": name, "tasks": tasks})
        held = {(watch.tenant_of(each.lane), each.name.hex()) for each in look.hands.locks}
        for event, names in (("locked", held - self._held), ("unlocked", self._held - held)):
            for name, _ in sorted(names):
                self._put({"at": look.at, "event": event, "partition": name})
        self._held = held
        self._put(
            {
                "at": look.at,
                "event": "look",
                "waiting": watch.waiting,
                "seen": watch.taken,
                "dispatched": watch.dispatched,
            }
        )
        self._file.flush()

    def _put(self, line: dict[str, object]) -> None:
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
