"""An attaching from its begin to its end: connected, recognized, looked at, connected again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace

from redis.exceptions import RedisError

from queue_fairness.attach.libraries import ADAPTERS
from queue_fairness.attach.libraries.base import Adapter
from queue_fairness.attach.model import Look
from queue_fairness.attach.names import AUTO
from queue_fairness.attach.options import AttachPlan
from queue_fairness.attach.reader import Reader
from queue_fairness.attach.recognition import Recognition, recognize
from queue_fairness.attach.user import is_named_user
from queue_fairness.attach.watch import Watch
from queue_fairness.attach.watcher import Watcher
from queue_fairness.errors import PlanError, ServerError
from queue_fairness.server.connection import Endpoint
from queue_fairness.server.errors import explain
from queue_fairness.server.info import ServerInfo, identify
from queue_fairness.server.origin import OriginKind, ServerOrigin


@dataclass(slots=True, eq=False)
class Attachment:
    """What is looked at, and what is known of it."""

    plan: AttachPlan
    server: ServerInfo
    reader: Reader
    watch: Watch
    recognition: Recognition | None = None
    """None where the library was named."""
    adapter: Adapter | None = None
    """None where no library was found."""
    watcher: Watcher | None = None
    address: str = ""
    """The server's name; no secrets."""
    trouble: ServerError | None = None
    """Why the newest look failed; None if it did not."""

    @property
    def library(self) -> str | None:
        """The library's name; None where none was found."""
        return None if self.adapter is None else self.adapter.library

    async def look(self) -> Look | None:
        """Look once more; where that fails the trouble is kept, and what was known stands.

        Returns:
            What was seen; None where nothing was.
        """
        if self.watcher is None:
            return None
        try:
            look = await self.watcher.look()
        except (RedisError, OSError, TimeoutError) as error:
            self.trouble = explain(error, self.address)
            return None
        self.trouble = None
        self.watch.fold(look)
        return look


@asynccontextmanager
async def attached(url: str, plan: AttachPlan) -> AsyncIterator[Attachment]:
    """Connect, and find out which library is there; nothing is left behind.

    Args:
        url: A checked URL.
        plan: How to look.

    Raises:
        ServerError: The server cannot be reached, or refuses.
        PlanError: Several libraries are there, and none was chosen.
    """
    endpoint = Endpoint(url)
    async with aclosing(endpoint.connect("")) as client:
        may_log = is_named_user(url)
        reader = Reader(client, keeps_idle_times=plan.settings.may_list_clients)
        try:
            async with asyncio.timeout(30):
                attachment = await _begin(reader, endpoint, plan, may_probe=not may_log)
        except (RedisError, OSError) as error:
            raise explain(error, endpoint.address, is_opening=True) from error
        yield attachment


async def _begin(
    reader: Reader, endpoint: Endpoint, plan: AttachPlan, *, may_probe: bool
) -> Attachment:
    info = await reader.one("INFO", "server")
    text = info.decode(errors="backslashreplace") if isinstance(info, bytes) else ""
    facts = {name: value for name, _, value in (x.partition(":") for x in text.splitlines())}
    server = identify(facts, ServerOrigin(OriginKind.URL, endpoint.address))
    attachment = Attachment(
        plan=plan,
        server=server,
        reader=reader,
        watch=Watch(plan.settings.by, is_masked=plan.mask),
        address=endpoint.address,
    )
    await _choose(attachment, may_probe=may_probe)
    if attachment.adapter is not None:
        attachment.watcher = Watcher(reader, attachment.adapter, plan)
    return attachment


async def _choose(attachment: Attachment, *, may_probe: bool) -> None:
    plan = attachment.plan
    if plan.library != AUTO:
        attachment.adapter = ADAPTERS[plan.library](plan.settings)
        return
    found = attachment.recognition = await recognize(attachment.reader, may_probe=may_probe)
    if len(found.found) > 1:
        listed = ", ".join(f"{each.library} ({each.keys:,} keys)" for each in found.found)
        names = " or ".join(f"--library {each.library}" for each in found.found[:3])
        raise PlanError("library", f"several queue libraries are here, {listed}: add {names}")
    if not found.found:
        return
    one = found.found[0]
    settings = plan.settings
    if one.prefix is not None and settings.prefix is None:
        settings = replace(settings, prefix=one.prefix)
    attachment.adapter = ADAPTERS[one.library](settings)
    attachment.adapter.learn_idle(found.idle_s)
