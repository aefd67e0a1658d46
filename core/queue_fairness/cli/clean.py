"""`clean`: finds and removes what runs have left that died with all that would have removed it."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from queue_fairness.cli.commands import PROGRAM
from queue_fairness.cli.parsers import Parser, make_parser
from queue_fairness.errors import FairnessError, PlanError
from queue_fairness.formatting.numbers import plural
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.url import keep_secrets_of

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from queue_fairness.server.dead_runs import FoundRun

WORD = "clean"
ABOUT = """Removes what runs have left that were killed together with all that would have
removed it: folders of servers in TMPDIR, and with --redis-url (or REDIS_URL)
keys in a Redis. What may belong to a run that is alive, or to others, is listed
and left alone."""
LONGEST_S = 600.0
"""How long the keys of one Redis may take; of a million, a pass takes under a second."""


class Where(NamedTuple):
    """Where to look for keys."""

    client: "Redis"
    address: str
    """Its name; no secrets."""
    key_prefix: str


def parse(arguments: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    """Clean, say what was found and removed, and end the program: 1 if the server failed."""
    words = parser()
    asked = words.parse_whole(arguments)
    url = asked.redis_url or environment.get("REDIS_URL") or None
    keep_secrets_of(url or "")
    if asked.run is not None and not re.fullmatch("[0-9a-f]{8}", asked.run):
        words.error(f"--run {asked.run!r}: give the 8 hexadecimal digits that are listed")
    if asked.run is not None and url is None:
        words.error("--run names keys in a Redis: add --redis-url URL")
    try:
        choice = ServerChoice(
            redis_url=url,
            key_prefix=asked.key_prefix,
            is_from_environment=url is not None and not asked.redis_url,
        )
        asyncio.run(_clean(choice, named=asked.run, is_dry=asked.dry_run))
    except PlanError as error:
        words.error(str(error))
    except FairnessError as error:
        sys.stderr.write(f"{PROGRAM} {WORD}: {error}\n")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(0)


def parser() -> Parser:
    """Knows where to look, and what to remove."""
    words = make_parser(WORD, ABOUT)
    words.add_argument("--redis-url", metavar="URL", help="Look for keys in this Redis.")
    words.add_argument("--dry-run", action="store_true", help="List, and remove nothing.")
    words.add_argument(
        "--run", metavar="ID", help="Also remove the keys of this run, whoever it may be."
    )
    words.add_argument(
        "--key-prefix", metavar="TEXT", default="", help="What the names of its keys begin with."
    )
    return words


async def _clean(choice: ServerChoice, *, named: str | None, is_dry: bool) -> None:
    """Look everywhere, and say a line for each thing found.

    Raises:
        PlanError: A certificate that the URL names cannot be used.
        ServerError: The server cannot be reached, or refuses.
    """
    found = await _clean_folders(is_dry=is_dry)
    if choice.redis_url is None:
        _say("no Redis was looked at: add --redis-url URL to look for keys there")
    else:
        async with _connected(choice.redis_url, choice.given_by) as (client, address):
            where = Where(client, address, choice.key_prefix)
            found += await _clean_keys(where, named=named, is_dry=is_dry)
    if not found:
        _say("nothing to clean")


async def _clean_folders(*, is_dry: bool) -> int:
    from queue_fairness.server.launcher import socket_parents
    from queue_fairness.server.stale_folders import clear_folder, stale_folders

    found = await asyncio.to_thread(lambda: list(stale_folders(socket_parents())))
    for folder in found:
        if not is_dry:
            await clear_folder(folder)
        _say(f"{folder}  its owner is gone: {_done(not folder.exists(), is_dry=is_dry)}")
    return len(found)


@asynccontextmanager
async def _connected(url: str, given_by: str) -> AsyncIterator[tuple["Redis", str]]:
    """A connection to a server, and its name; errors of the block become sentences."""
    from redis.exceptions import RedisError

    from queue_fairness.server.certificates import check_files
    from queue_fairness.server.connection import Endpoint
    from queue_fairness.server.errors import explain
    from queue_fairness.server.server import ANSWER_TIMEOUT_S

    check_files(url, given_by)
    endpoint = Endpoint(url)
    is_opening = True
    try:
        async with aclosing(endpoint.connect("qf-cleaning")) as client:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                await client.ping()
            is_opening = False
            async with asyncio.timeout(LONGEST_S):
                yield client, endpoint.address
    except (RedisError, OSError) as error:
        raise explain(error, endpoint.address, is_opening=is_opening) from error


async def _clean_keys(where: Where, *, named: str | None, is_dry: bool) -> int:
    """Returns how many runs were found."""
    from queue_fairness.server.dead_runs import find_runs, remove_run

    client, address, key_prefix = where
    runs = await find_runs(client, key_prefix)
    for run in runs:
        wanted = run.why_dead is not None or run.run_id == named
        if wanted and not is_dry:
            await remove_run(client, run.run_id, key_prefix)
        _say(_line(run, address, is_wanted=wanted, is_dry=is_dry))
    if named is not None and all(run.run_id != named for run in runs):
        _say(f"{address}  no run {named}")
    return len(runs)


def _line(run: "FoundRun", address: str, *, is_wanted: bool, is_dry: bool) -> str:
    keys = f"{address}  run {run.run_id}, {plural(run.keys, 'key')}: "
    if run.why_dead is not None:
        return f"{keys}{run.why_dead}: {_done(True, is_dry=is_dry)}"
    if is_wanted:
        return f"{keys}named by --run: {_done(True, is_dry=is_dry)}"
    if run.sign is None:
        return f"{keys}nothing tells whose they are: left alone (remove: --run {run.run_id})"
    return f"{keys}may be alive (process {run.sign.pid}): left alone"


def _done(is_gone: bool, *, is_dry: bool) -> str:
    if is_dry:
        return "would be removed"
    return "removed" if is_gone else "could not be removed"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
