"""What a task can do, by name; apart from `task_body`, so that `--help` needs no event loop."""

TASK_NAMES = ("sleep", "cpu")
TASK_FORM = "package.module:function"
"""How a coroutine function of the user's own is named on the command line."""
