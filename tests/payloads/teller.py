"""A gateway over providers that say exactly the bytes they are given."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web
from hypothesis import settings

from gateway.sandbox import Sandbox
from gateway.sandbox.ledger import Ledger
from tests.chaos.clock import LeapingClock, leaping_clock
from tests.running import DEMO_KEY, Gateway, serving

# What a caller is told where a provider's answer cannot be used; nothing else may come of one that is spoilt.
REFUSALS: Final = frozenset({"PROTOCOL", "REJECTED"})
# Enough to meet every way of spoiling; no time limit of its own, for a busy machine is no fault.
FEW: Final = settings(max_examples=40, deadline=None)
Script = Callable[[str, bytes], bytes]


class Teller:
    """All providers at once; `script` gives the body for a path and a request's own body."""

    def __init__(self) -> None:
        self.script: Script = lambda _path, _body: b""

    async def answer(self, request: web.Request) -> web.Response:
        return web.Response(body=self.script(request.path, await request.read()), content_type="application/json")


@dataclass(frozen=True, slots=True)
class Desk:
    """Where payloads are handed in, and what callers see of them comes out."""

    _runner: asyncio.Runner
    _gateway: Gateway
    _teller: Teller
    _clock: LeapingClock

    def ask(self, query: str, script: Script, **variables: Any) -> Mapping[str, Any]:
        """Put a question while the providers answer by a script."""
        data, codes = self.ask_with_errors(query, script, **variables)
        assert not codes
        return data

    def ask_with_errors(self, query: str, script: Script, **variables: Any) -> tuple[Mapping[str, Any], list[str]]:
        """Put a question, and give the codes of errors beside the data; each is that of a refusal."""
        # Past every window and every age: neither budgets nor what was read before is a matter here.
        self._clock.leap(100_000)
        self._teller.script = script
        answer = self._runner.run(asyncio.wait_for(self._gateway.ask(query, variables, key=DEMO_KEY), 20))
        assert answer.status == 200
        codes = answer.codes if "errors" in answer.body else []
        assert REFUSALS.issuperset(codes), answer.body
        return answer.body["data"], codes


def is_refused(reading: Mapping[str, Any]) -> bool:
    """Say whether a reading tells that there is none, in every way that it has."""
    if reading["outcome"] != "UNAVAILABLE":
        assert reading["problem"] is None
        return False
    assert reading["problem"]["code"] in REFUSALS, reading["problem"]
    assert not any(reading.get(name) for name in ("nodes", "totalCount", "amount", "uiAmount")), reading
    return True


@asynccontextmanager
async def _open(clock: LeapingClock, environ: Mapping[str, str]) -> AsyncIterator[tuple[Gateway, Teller]]:
    teller = Teller()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", teller.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        vendors = Sandbox(dict.fromkeys(("xverse", "solana", "bloxroute", "sfox"), url), Ledger(), {})
        # Nothing is kept: each answer is told of its own payload alone.
        async with serving(vendors, clock=clock, GATEWAY_CACHE__KEEP_FOR="0", **environ) as gateway:
            yield gateway, teller
    finally:
        await runner.cleanup()


@contextmanager
def open_desk(**environ: str) -> Iterator[Desk]:
    """Open for many examples; the loop runs only while one of them is being asked about."""
    with leaping_clock() as clock, asyncio.Runner() as runner:
        opened = _open(clock, environ)
        gateway, teller = runner.run(opened.__aenter__())
        try:
            yield Desk(runner, gateway, teller, clock)
        finally:
            runner.run(opened.__aexit__(None, None, None))
