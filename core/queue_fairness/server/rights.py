"""Whether a user may do on a server what a run will do there, asked before its first key.

Redis looks at rights before it carries a command out, and inside MULTI it only looks: what is
queued and never executed makes no key. So each command that a run will need is queued once, on the
run's own keys, and the connection is closed. Where MULTI itself is refused a script asks instead
(`redis.acl_check_cmd`, Redis 7 and Valkey). Commands that do no harm where no key is are sent for
real: a gateway before the server may know fewer than it does.
"""

import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any  # what a command returns

from redis.asyncio import Redis
from redis.exceptions import NoPermissionError, ResponseError

KEY = "KEY"
"""Stands for the key in the examples."""
EXAMPLES = {
    "blpop": f"{KEY} 0.001",
    "config|get": "maxmemory",
    "dbsize": "",
    "del": KEY,
    "evalsha": f"{'0' * 40} 1 {KEY}",
    "exec": "",
    "exists": KEY,
    "get": KEY,
    "hdel": f"{KEY} x",
    "hget": f"{KEY} x",
    "hincrby": f"{KEY} x 1",
    "hmget": f"{KEY} x",
    "hset": f"{KEY} x 1",
    "incr": KEY,
    "incrby": f"{KEY} 1",
    "llen": KEY,
    "lpop": KEY,
    "lpush": f"{KEY} x",
    "ltrim": f"{KEY} 1 0",
    "mset": f"{KEY} x",
    "multi": "",
    "ping": "",
    "rpop": KEY,
    "rpush": f"{KEY} x",
    "sadd": f"{KEY} x",
    "scan": f"0 MATCH {KEY} COUNT 1",
    "script|load": "return",
    "set": f"{KEY} x",
    "spop": KEY,
    "time": "",
    "unlink": KEY,
    "xack": f"{KEY} x 0-1",
    "xadd": f"{KEY} * x 1",
    "xautoclaim": f"{KEY} x y 1 0",
    "xclaim": f"{KEY} x y 1 0-1",
    "xdel": f"{KEY} 0-1",
    "xgroup|create": f"{KEY} x 0",
    "xlen": KEY,
    "xpending": f"{KEY} x",
    "xreadgroup": f"GROUP x y STREAMS {KEY} >",
    "zadd": f"{KEY} 1 x",
    "zcard": KEY,
    "zpopmin": KEY,
    "zrangebyscore": f"{KEY} 0 1",
    "zrem": f"{KEY} x",
    "zscore": f"{KEY} x",
}
"""Each command that a run may need, by its name in ACL: arguments with which it can be queued."""
HARMLESS = (
    *("blpop", "dbsize", "del", "evalsha", "exec", "exists", "get", "llen", "ping", "rpop"),
    *("scan", "script|load", "unlink", "xlen", "zcard"),
)
"""Those that change nothing where no such key is, with those arguments."""

ASKING = """
local refused = {}
for i, line in ipairs(ARGV) do
    local known, allowed = pcall(redis.acl_check_cmd, unpack(cjson.decode(line)))
    if known and not allowed then refused[#refused + 1] = i end
end
return refused
"""


@dataclass(frozen=True, slots=True)
class Need:
    """A command on the keys of a kind."""

    command: str
    """As ACL names it: `hget`, `script|load`; a key of `EXAMPLES`."""
    beginning: str
    """What the keys of this kind begin with in any run, as in `~qf:*` without its star."""

    @property
    def has_key(self) -> bool:
        """Whether the server looks at the key's name as well; a pattern of SCAN is none."""
        return KEY in EXAMPLES[self.command] and self.command != "scan"

    def words(self, key: str) -> list[str]:
        """The command with arguments, on this key."""
        arguments = EXAMPLES[self.command].replace(KEY, key).split(" ")
        return [*self.command.split("|"), *filter(None, arguments)]


@dataclass(frozen=True, slots=True)
class Missing:
    """What a user may not do, or a server does not know."""

    commands: tuple[str, ...] = ()
    """As ACL names them, in order."""
    beginnings: tuple[str, ...] = ()
    """Of keys that must not be touched."""
    unknown: tuple[str, ...] = ()
    """Commands that are renamed, forbidden or not known."""

    def __bool__(self) -> bool:
        return bool(self.commands or self.beginnings or self.unknown)

    def sentence(self, user: str) -> str:
        """All of it as the rest of a sentence that begins with the server's name."""
        said = []
        if self.commands or self.beginnings:
            what = [f"run {listed(self.commands)}"] if self.commands else []
            what += [f"touch keys {listed(f'{each}*' for each in self.beginnings)}"] * bool(
                self.beginnings
            )
            said.append(
                f"does not let user {user} {' or '.join(what)}; grant it with"
                f" {grant(user, self.commands, self.beginnings)}"
            )
        if self.unknown:
            said.append(
                f"does not know {listed(self.unknown)} (renamed or forbidden), which this run"
                " needs; allow it, or use another strategy or server"
            )
        return "; and it ".join(said)


def grant(user: str, commands: Iterable[str], beginnings: Iterable[str]) -> str:
    """The line of ACL that lets a user do these and no more."""
    words = [f"~{each}*" for each in beginnings]
    words += [f"+{each}" for each in sorted(set(commands))]
    return f"ACL SETUSER {user} {' '.join(words)}"


def listed(commands: Iterable[str]) -> str:
    """Commands as a reader knows them: `SCAN, SCRIPT LOAD`."""
    return ", ".join(
        each.upper().replace("|", " ") if each.islower() and each in EXAMPLES else each
        for each in commands
    )


class Probe:
    """Tries what a run will need, over a connection that is used for nothing else.

    Args:
        client: With a connection of its own; close it afterwards.
        run_id: Of the run, so that no key of the tried names is anybody's.
    """

    def __init__(self, client: Redis, run_id: str) -> None:
        self._client = client
        self._run_id = run_id
        self._commands: set[str] = set()
        self._beginnings: set[str] = set()
        self._unknown: set[str] = set()
        self._touched: set[str] = set()
        """Beginnings of keys that a command was let near."""
        self._untouched: set[str] = set()
        """Those that a command was not, for its own sake: whether the keys are allowed is open."""

    async def missing(self, needs: Collection[Need]) -> Missing:
        """What of these is refused; leaves the connection unusable.

        Raises:
            redis.exceptions.RedisError: The connection broke.
        """
        await self._client.initialize()
        for need in needs:
            if need.command in HARMLESS:
                self._note(need, await self._try(*self._words(need)))
        rest = [each for each in needs if each.command not in (*HARMLESS, "multi")]
        if any(each.command == "multi" for each in needs) or rest:
            refusal = await self._try("MULTI")
            if refusal is None:
                for need in rest:
                    self._note(need, await self._try(*self._words(need)))
            else:
                await self._ask_by_script(rest)
                if any(each.command == "multi" for each in needs):
                    self._note(Need("multi", ""), refusal)
        # Where no command was let near a key, the grant names the key as well.
        return Missing(
            tuple(sorted(self._commands)),
            tuple(sorted(self._beginnings | self._untouched - self._touched)),
            tuple(sorted(self._unknown)),
        )

    def _words(self, need: Need) -> list[str]:
        return need.words(f"{need.beginning}{{{self._run_id}}}:probe")

    def _note(self, need: Need, refusal: ResponseError | None) -> None:
        text = str(refusal or "")
        # EXEC gives the reason after words of its own, and as another error.
        if isinstance(refusal, NoPermissionError) or "no permissions to" in text:
            is_command = re.search(r"run the '|subcommand", text) is not None
            (self._commands if is_command else self._beginnings).add(
                need.command if is_command else need.beginning
            )
            if is_command and need.has_key:
                self._untouched.add(need.beginning)
        elif need.has_key:
            self._touched.add(need.beginning)
        if re.match(r"unknown (sub)?command", text, re.IGNORECASE):
            self._unknown.add(need.command)

    async def _ask_by_script(self, needs: Sequence[Need]) -> None:
        """Ask a script what would be refused; where it cannot tell, all is taken to be allowed."""
        loaded = await self._reply("SCRIPT", "LOAD", ASKING)
        lines = [json.dumps(self._words(each)) for each in needs]
        answer: Any = loaded
        if isinstance(loaded, bytes):
            answer = await self._reply("EVALSHA", loaded.decode(), "0", *lines)
        if isinstance(answer, list):
            for number in answer:
                # A script is not told whether the command or the key is refused.
                self._commands.add(needs[number - 1].command)
                self._untouched.add(needs[number - 1].beginning)
        elif isinstance(answer, NoPermissionError):
            # Nothing can be asked, and a grant that is too wide is better than a second refusal.
            self._commands.update(each.command for each in needs)
            self._untouched.update(each.beginning for each in needs)

    async def _try(self, *words: str) -> ResponseError | None:
        reply = await self._reply(*words)
        return reply if isinstance(reply, ResponseError) else None

    async def _reply(self, *words: str) -> Any:  # noqa: ANN401
        connection = self._client.connection
        assert connection is not None, "the client has no connection of its own"
        await connection.send_command(*words, check_health=False)
        try:
            return await connection.read_response()
        except ResponseError as error:
            return error
