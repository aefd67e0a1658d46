"""`new-queue`: writes a queue to begin with, and a test of its fairness."""

import keyword
import re
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from string import Template
from typing import NoReturn

from queue_fairness.cli.commands import PROGRAM
from queue_fairness.cli.parsers import Parser, make_parser
from queue_fairness.cli.streams import write_out

WORD = "new-queue"

QUEUE = Template('''"""A queue of your own: partitions take turns, one task each.

    $program --strategy $module:$name
    pytest test_$module.py

It imports nothing of $program. Replace what is between the lines by your own library.
"""

$import_redis

# ---- your queue -----------------------------------------------------------------------------
# A list of tasks for each partition, and a list of the partitions that have some. Both are
# changed in one step, by a script: two workers never see half of it.
PUSH = """
if redis.call('RPUSH', ARGV[1], ARGV[3]) == 1 then redis.call('RPUSH', KEYS[1], ARGV[2]) end
"""
POP = """
local partition = redis.call('LPOP', KEYS[1])
if not partition then return false end
local task = redis.call('LPOP', ARGV[1] .. partition)
if redis.call('EXISTS', ARGV[1] .. partition) == 1 then
    redis.call('RPUSH', KEYS[1], partition)
end
return task
"""
# ---------------------------------------------------------------------------------------------


class $name:
    """Round robin: the partition that has just been served goes to the end."""

    # Most tasks of one partition in service at once; 0 for no limit, 1 if yours locks it.
    concurrency_limit = 0

    # One object is made for each worker, and one more that pushes. $how
    ${a}def open(self, url: str, prefix: str) -> None:
        self.redis = Redis.from_url(url)
        # Keys that begin with the prefix and a colon are removed after the run.
        self.ready, self.tasks = f"{prefix}:ready", f"{prefix}:tasks:"

    # Enqueue one task: these very bytes are to come out of `pop`.
    ${a}def push(self, partition: str, task: bytes) -> None:
        ${w}self.redis.eval(PUSH, 1, self.ready, self.tasks + partition, partition, task)

    # A tuple that begins with the task, or None if there is nothing now; it may wait for a
    # second. What else is in the tuple is yours: `complete` gets it back.
    ${a}def pop(self, worker: str) -> tuple[bytes] | None:
        task = ${w}self.redis.eval(POP, 1, self.ready, self.tasks)
        return (task,) if task else None

    # The task is done: acknowledge it, unlock its partition.
    ${a}def complete(self, lease: tuple[bytes]) -> None:
        pass

    ${a}def close(self) -> None:
        ${w}self.redis.$close()
''')

TEST = Template('''"""Does $name let its partitions take turns? The fixture comes with $program."""

import pytest
from $module import $name


def test_partitions_take_turns(fairness):
    fairness($name).assert_fair(max_wait_rounds=2)


@pytest.mark.parametrize("order", ["block", "shuffled", "interleaved"])
def test_in_whatever_order_tasks_arrive(fairness, order):
    fairness($name, arrival_order=order, partitions=50, workers=8).assert_fair()
''')

ASYNC = {
    "a": "async ",
    "w": "await ",
    "close": "aclose",
    "import_redis": "from redis.asyncio import Redis",
    "how": "All of it is\n    # called in one task, one method at a time.",
}
PLAIN = {
    "a": "",
    "w": "",
    "close": "close",
    "import_redis": "from redis import Redis",
    "how": "All of it is\n    # called in one thread, one method at a time, where it may block.",
}


def parse(arguments: Sequence[str], environment: Mapping[str, str]) -> NoReturn:  # noqa: ARG001
    """Write the two files into the current directory, and end the program."""
    known = parser()
    asked = known.parse_whole(arguments)
    module, name = names_of(asked.name)
    problem = _problem(asked.name, module)
    if problem is not None:
        known.error(problem)
    words = {**(PLAIN if asked.sync else ASYNC), "program": PROGRAM, "module": module, "name": name}
    files = {f"{module}.py": QUEUE, f"test_{module}.py": TEST}
    for file, template in files.items():
        try:
            with Path(file).open("x", encoding="utf-8") as opened:
                opened.write(template.substitute(words))
        except OSError as error:
            known.error(f"{file} cannot be written ({error.strerror})")
        write_out(f"wrote {file}\n")
    write_out(f"measure it: {PROGRAM} --strategy {module}:{name}\n")
    sys.exit(0)


def parser() -> Parser:
    """Knows the options of the word."""
    words = make_parser(
        WORD, "Writes NAME.py, a queue of your own to begin with, and test_NAME.py, its test."
    )
    words.usage = f"{PROGRAM} {WORD} [option ...] NAME"
    words.add_argument("name", metavar="NAME", help="Name of the module: my_queue, or MyQueue.")
    words.add_argument("--sync", action="store_true", help="For a client that is not asyncio's.")
    return words


def names_of(name: str) -> tuple[str, str]:
    """The module and the class that a name stands for: `my_queue`, `MyQueue` for either."""
    module = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("-", "_").lower()
    return module, "".join(each.capitalize() for each in module.split("_"))


def _problem(name: str, module: str) -> str | None:
    """Why there can be no such module; None if there can."""
    if not module.isidentifier() or keyword.iskeyword(module) or not module[:1].isalpha():
        return f"{name[:40]} cannot be the name of a module: use letters, digits and _"
    for file in (f"{module}.py", f"test_{module}.py"):
        if Path(file).exists():
            return f"{file} is there already: choose another name"
    if find_spec(module) is not None:
        return f"{module}.py would hide the installed module {module}: choose another name"
    return None
