"""The command `queue-fairness-tui`."""

import sys

from queue_fairness.cli import start_up


def main() -> int:
    """Run the program; returns the exit status."""
    start_up.leave_at_once()
    # Not before: it takes long to import, and Ctrl-C would end that with a traceback.
    from queue_fairness_tui.program import run

    return run()


if __name__ == "__main__":
    sys.exit(main())
