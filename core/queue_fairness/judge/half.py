"""The process that folds one half of a past: columns from stdin, the half to stdout."""

import gc
import os
import pickle
import sys
from contextlib import suppress

from queue_fairness.judge.halves import half_of, receive


def main() -> None:
    """Fold it; without a result if the parent has gone."""
    gc.disable()
    parent = os.getppid()

    def look(_: float) -> None:
        if os.getppid() != parent:
            raise BrokenPipeError

    with suppress(EOFError, BrokenPipeError):  # the parent has given up
        half = half_of(receive(sys.stdin.buffer), look)
        pickle.dump(half, sys.stdout.buffer, protocol=pickle.HIGHEST_PROTOCOL)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
    # Standard output may still hold what nobody reads: to write it again would fail again.
    os._exit(0)
