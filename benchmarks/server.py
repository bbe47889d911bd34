"""A server under measurement: alone on its core, asked and watched."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from benchmarks import process
from benchmarks.process import free_port, listening, run
from benchmarks.questions import Question
from benchmarks.rivals import Rival


@dataclass(frozen=True, slots=True)
class Server:
    """One that listens."""

    rival: Rival
    base: str
    pid: int
    http: aiohttp.ClientSession
    # How long right answers are, in bytes, by question.
    lengths: dict[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.rival.name

    def url(self, question: Question) -> str:
        return self.base + self.rival.path(question.name)

    def resident(self) -> int:
        """Read how many bytes of memory it holds."""
        return process.resident(self.pid)

    def cpu_seconds(self) -> float:
        return process.cpu_seconds(self.pid)

    async def ask(self, question: Question, body: bytes) -> Mapping[str, Any]:
        """Ask once, and read the answer."""
        written = await self.ask_bytes(question, body)
        self.lengths[question.name] = min(len(written), self.lengths.get(question.name, len(written)))
        answer: Mapping[str, Any] = json.loads(written)
        return answer

    async def ask_bytes(self, question: Question, body: bytes) -> bytes:
        headers = {"Content-Type": "application/json", **question.headers}
        async with self.http.post(self.url(question), data=body, headers=headers) as response:
            return await response.read()


@asynccontextmanager
async def open_server(rival: Rival, http: aiohttp.ClientSession, core: int) -> AsyncIterator[Server]:
    port = free_port()
    async with run(rival.command, {**rival.environ, rival.port: str(port)}, core=core, folder=rival.folder) as started:
        await listening(started, port, rival.name)
        yield Server(rival, f"http://127.0.0.1:{port}", started.pid, http)
