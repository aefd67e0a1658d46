"""Encodes tasks for a Lua script as one argument per lane run.

redis-py takes longer to pack a thousand arguments than Redis takes to work on them, and a run of
tasks for one list is one command.
"""

from collections.abc import Callable, Iterable

from queue_fairness.strategies.base import Task

LINES = 500
"""Most tasks given to one script call: so many hold up neither the server nor us for 5 ms.

The most were 4.3 ms, by virtual-time with every task in a partition of its own (Valkey 9.1)."""


def as_lines(tasks: Iterable[Task], lane_of: Callable[[int], str]) -> str:
    """A line for each run of tasks of one lane, in order: the lane, then the tasks as encoded.

    Args:
        tasks: In their order of arrival.
        lane_of: The lane of a partition; neither white space nor colon in it.

    Returns:
        The lines; empty for no tasks.
    """
    words: list[str] = []
    last_partition, last_lane = -1, ""
    for partition, number in tasks:
        if partition != last_partition:
            last_partition = partition
            lane = lane_of(partition)
            if lane != last_lane:
                words.append(f"\n{lane} {partition}:{number}")
                last_lane = lane
                continue
        words.append(f" {partition}:{number}")
    return "".join(words)[1:]


READ_LINES = r"""
-- Calls the function for each line: with the lane, then the tasks.
local function for_each_line(lines, act)
    for lane, line in string.gmatch(lines, '([^ ]+) ([^\n]+)\n?') do
        if string.find(line, ' ', 1, true) then
            local tasks = {}
            for task in string.gmatch(line, '[^ ]+') do
                tasks[#tasks + 1] = task
            end
            act(lane, unpack(tasks))
        else
            act(lane, line)
        end
    end
end
"""
"""Lua. A line has at most `LINES` tasks, so that they can be unpacked into one command."""
