"""Plays rows: each with a gateway of its own, so that none inherits another's circuit or penalty."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.sandbox import Sandbox
from tests.matrix.clock import HeldClock
from tests.matrix.row import CANARY, End, Row
from tests.matrix.stage import Part, Stage
from tests.running import Answer, Gateway, serving

# Seconds that a request has by the held clock, and what is left of them where no time is to be left for another try:
# the shortest wait of all policies is longer.
_TIMEOUT, _NO_TIME = 30, 0.4
# One more than any policy asks: each try finds a host that was not tried before, and need not wait.
_MANY_HOSTS = 7
# Gateways that are up at once.
_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Seen:
    """What a row came to."""

    end: End
    calls: int
    retry_after: int | None
    figures: tuple[str, ...]
    reference: str | None
    # All that a caller or an operator could read of it.
    response: str
    metrics: str


async def play_in_no_time(rows: Sequence[Row], stage: Stage, sandbox: Sandbox) -> dict[str, Seen]:
    """Let each row's deciding call take nearly all the time there is."""

    async def play(row: Row) -> Seen:
        clock = HeldClock()
        last = clock.seconds + _TIMEOUT - _NO_TIME

        def on_call(number: int) -> None:
            if number == row.before + 1:
                clock.seconds = last

        part = Part(row.script, on_call, headers={})
        return await _play(row, part, stage.add(part, hosts=1), sandbox, clock)

    return await _all(rows, play)


async def play_to_the_end(rows: Sequence[Row], stage: Stage, sandbox: Sandbox) -> dict[str, Seen]:
    """Leave time for every try, and keep none waiting: each may come at once, and there is a host for each."""

    async def play(row: Row) -> Seen:
        part = Part(row.script, lambda _: None, headers={"Retry-After": "0"})
        return await _play(row, part, stage.add(part, _MANY_HOSTS), sandbox, HeldClock())

    return await _all(rows, play)


async def _all(rows: Sequence[Row], play: Any) -> dict[str, Seen]:
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(row: Row) -> Seen:
        async with gate:
            seen: Seen = await play(row)
            return seen

    seen = await asyncio.gather(*(one(row) for row in rows))
    return dict(zip((row.name for row in rows), seen, strict=True))


def settings_for(provider: str, urls: str) -> dict[str, str]:
    """Point a gateway at the stage, with a credential that must come out nowhere."""
    name = provider.upper()
    credential = {
        "xverse": "GATEWAY_XVERSE__API_KEY",
        "solana": "GATEWAY_SOLANA__API_KEY",
        "bloxroute": "GATEWAY_BLOXROUTE__AUTHORIZATION",
        "sfox": "GATEWAY_CALLERS__DEMO__SFOX_TOKEN",
    }[provider]
    return {
        f"GATEWAY_{name}__URL": urls,
        credential: f"{CANARY}-credential",
        "GATEWAY_REQUEST_TIMEOUT": str(_TIMEOUT),
    }


async def _play(row: Row, part: Part, urls: str, sandbox: Sandbox, clock: HeldClock) -> Seen:
    question = row.question
    settings = {**settings_for(question.provider, urls), **question.settings}
    async with serving(sandbox, clock=clock, **settings) as gateway:
        answer = await gateway.ask(question.query, question.variables, key=question.key)
        return await _seen(row, answer, part.calls, gateway)


async def _seen(row: Row, answer: Answer, calls: int, gateway: Gateway) -> Seen:
    async with gateway.http.get(f"{gateway.url}/metrics") as response:
        metrics = await response.text()
    reading, figures = row.question.read(answer.body)
    problem: Mapping[str, Any] = reading["problem"] or {}
    return Seen(
        End(reading["outcome"], problem.get("code"), problem.get("retryable")),
        calls,
        problem.get("retryAfter"),
        tuple(figures),
        problem.get("reference"),
        f"{dict(answer.headers)} {answer.body}",
        metrics,
    )
