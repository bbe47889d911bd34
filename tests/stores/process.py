"""A Redis or a Valkey of the test's own: a process on a free port of loopback that keeps nothing on disk."""

import os
import random
import signal
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as NotReachableError

from tests.stores.certificates import Certificates
from tests.stores.engine import Engine
from tests.stores.leash import leash
from tests.stores.until import until

# The test's own way in, whatever the gateway's is.
_WARDEN = ("warden", "wardens-secret")

# Below the ports that systems hand out by themselves, so that a store that is down does not lose its own to a client.
_PORTS = (15000, 30000)


def _free_port() -> int:
    while True:
        port = random.randrange(*_PORTS)
        with socket.socket() as trial:
            try:
                trial.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


@dataclass(slots=True)
class StoreProcess:
    """A store that can be asked, stopped, killed, frozen and started again, empty, where it was.

    With a `user` the gateway gets in only as that user, who may touch nothing but its own prefix and may not
    administrate; with a `password` alone it is that of the default user.
    """

    engine: Engine
    folder: Path
    user: str | None = None
    password: str | None = None
    certificates: Certificates | None = None
    maxmemory: str | None = None
    port: int = field(default_factory=_free_port)
    _process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """The address as a gateway is given it."""
        return self._address(self.user or "", self.password)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Start it and wait until it answers; it is empty."""
        self._spawn()
        await until(self._answers)

    def stop(self) -> None:
        """End it in good order."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a crash does: its connections break and what it held is gone."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """Let it hold its connections and take new ones, and answer nothing."""
        os.kill(self.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, self.pid, os.WSTOPPED)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)
        os.waitid(os.P_PID, self.pid, os.WCONTINUED)

    async def ask(self, *words: str | bytes | int) -> Any:
        """Send one command with all rights, and give its answer with texts as bytes."""
        async with self._client() as client:
            return await client.execute_command(*words)  # type: ignore[no-untyped-call]  # as redis-py has it

    async def disconnect(self) -> int:
        """Break every connection but the asker's own; give their number."""
        broken: int = await self.ask("CLIENT", "KILL", "TYPE", "normal")
        return broken

    async def fill(self) -> None:
        """Leave no memory for anything: each write is refused from now on."""
        await self.ask("CONFIG", "SET", "maxmemory", "1")

    async def drain(self) -> None:
        """Take the limit on memory away."""
        await self.ask("CONFIG", "SET", "maxmemory", self.maxmemory or "0")

    async def keys(self, pattern: str = "*") -> set[str]:
        async with self._client() as client:
            return {key.decode() async for key in client.scan_iter(match=pattern, count=1000)}

    async def dump(self) -> dict[str, bytes]:
        """Give all that it holds, the values in the engine's own form, in which texts stand as they are."""
        async with self._client() as client:
            keys = [key async for key in client.scan_iter(count=1000)]
            return {key.decode(): await client.dump(key) or b"" for key in keys}

    def _spawn(self) -> None:
        assert self._process is None, "it runs already"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - the program is an engine's
                [*leash(), self.engine.program, "-"], stdin=subprocess.PIPE, stdout=log, stderr=log
            )
        assert self._process.stdin is not None
        with self._process.stdin as told:
            told.write(self._configuration().encode())

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        # A frozen process takes no other signal until it runs again.
        self._process.send_signal(signal.SIGCONT)
        self._process.wait()
        self._process = None

    async def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._log.read_text()
        try:
            return bool(await self.ask("PING"))
        except (NotReachableError, OSError):
            return False

    def _client(self) -> Redis:
        """Give the warden's client, which says at once when the store is not there."""
        tls: dict[str, Any] = {"ssl_ca_certs": str(self.certificates.authority)} if self.certificates else {}
        user, password = _WARDEN
        client: Redis = Redis.from_url(self._address(user, password), protocol=2, retry=Retry(NoBackoff(), 0), **tls)
        return client

    def _address(self, user: str, password: str | None) -> str:
        scheme = "rediss" if self.certificates else "redis"
        who = f"{quote(user, safe='')}:{quote(password, safe='')}@" if password else ""
        return f"{scheme}://{who}127.0.0.1:{self.port}/0"

    @property
    def _log(self) -> Path:
        return self.folder / f"{self.engine}-{self.port}.log"

    def _configuration(self) -> str:
        warden = "user {} on >{} ~* &* +@all".format(*_WARDEN)
        lines = ["bind 127.0.0.1", 'save ""', "appendonly no", "rdbcompression no", f'dir "{self.folder}"', warden]
        lines += [*self._listening(), *self._users(), "maxmemory-policy noeviction"]
        lines += [f"maxmemory {self.maxmemory}"] if self.maxmemory else []
        return "\n".join([*lines, ""])

    def _listening(self) -> list[str]:
        if self.certificates is None:
            return [f"port {self.port}"]
        files = self.certificates
        own = [f'tls-cert-file "{files.certificate}"', f'tls-key-file "{files.key}"']
        return ["port 0", f"tls-port {self.port}", *own, f'tls-ca-cert-file "{files.authority}"', "tls-auth-clients no"]

    def _users(self) -> list[str]:
        if self.user:
            rights = "~balance-gateway:* &balance-gateway:* +@all -@admin -@dangerous"
            return ["user default off", f"user {self.user} on >{self.password} {rights}"]
        return [f"user default on >{self.password} ~* &* +@all"] if self.password else []


@asynccontextmanager
async def running_store(engine: Engine, folder: Path, **how: Any) -> AsyncIterator[StoreProcess]:
    """Start a store, with the fields of a StoreProcess in `how`; it is ended in any case."""
    store = StoreProcess(engine, folder, **how)
    try:
        await store.start()
        yield store
    finally:
        store.kill()
