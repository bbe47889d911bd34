"""A caller who speaks plain HTTP to a sandbox, and reads what comes back to the letter."""

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import aiohttp

from gateway.sandbox import Sandbox, credentials

JSON_TYPE = {"Content-Type": "application/json"}
AUTHORIZATION: dict[str, dict[str, str]] = {
    "xverse": {"x-api-key": credentials.XVERSE_API_KEY},
    "solana": {},
    "bloxroute": {"Authorization": credentials.BLOXROUTE_AUTHORIZATION},
    "sfox": {"Authorization": f"Bearer {credentials.SFOX_TOKEN}"},
    "wallet": {},
}


@dataclass
class Clock:
    """Seconds since 1970, as the test says."""

    now: float

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Heard:
    """A reply as it came over the wire."""

    status: int
    text: str
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def media(self) -> str | None:
        return self.headers.get("Content-Type")

    @property
    def tree(self) -> Any:
        """The body as JSON, fractions as exact decimals."""
        return json.loads(self.text, parse_float=Decimal)


@dataclass(frozen=True)
class Caller:
    """Asks the providers of one sandbox, each with its credential unless told otherwise."""

    sandbox: Sandbox
    session: aiohttp.ClientSession

    async def get(self, provider: str, path: str, *, headers: dict[str, str] | None = None) -> Heard:
        return await self.ask("GET", provider, path, headers=AUTHORIZATION[provider] if headers is None else headers)

    async def ask(
        self, method: str, provider: str, path: str, *, headers: dict[str, str] | None = None, body: bytes | None = None
    ) -> Heard:
        url = self.sandbox.urls[provider] + path
        async with self.session.request(method, url, headers=headers, data=body, allow_redirects=False) as reply:
            shown = {name.title(): text for name, text in reply.headers.items()}
            return Heard(reply.status, await reply.text(), shown)

    async def rpc(self, method: str, *params: Any, call_id: Any = 1) -> Any:
        """The answer of the Solana node to one call, as a tree."""
        return await self.post_rpc({"jsonrpc": "2.0", "id": call_id, "method": method, "params": list(params)})

    async def post_rpc(self, request: Any) -> Any:
        heard = await self.ask("POST", "solana", "/", headers=JSON_TYPE, body=json.dumps(request).encode())
        assert heard.status == 200
        return heard.tree

    async def order(self, provider: str, **orders: Any) -> dict[str, Any]:
        """Give orders to the control endpoint, and see how things stand then."""
        heard = await self.ask("POST", provider, "/_sandbox", body=json.dumps(orders).encode())
        assert heard.status == 200, heard.text
        shown: dict[str, Any] = heard.tree
        return shown

    async def refused_order(self, provider: str, body: bytes) -> str:
        heard = await self.ask("POST", provider, "/_sandbox", body=body)
        assert heard.status == 400
        return heard.text

    async def fail(self, provider: str, fault: str, *, times: int | None = 1, route: str | None = None) -> None:
        await self.order(provider, fail={"fault": fault, "times": times, "route": route})
