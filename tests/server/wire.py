"""Requests as bytes, for what no well-behaved client would send."""

from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from tests.running import Gateway

JSON: Mapping[str, str] = {"Content-Type": "application/json"}
# What an answer may be written as.
JSON_TYPE = "application/json; charset=utf-8"
GRAPHQL_TYPE = "application/graphql-response+json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, undecoded."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def error(self) -> Any:
        """The one error of a well-formed refusal."""
        assert self.headers["Content-Type"] in (JSON_TYPE, GRAPHQL_TYPE)
        (error,) = msgspec.json.decode(self.body)["errors"]
        return error

    @property
    def code(self) -> str:
        """The error's code."""
        code: str = self.error["extensions"]["code"]
        return code


async def post(
    gateway: Gateway, body: bytes | AsyncIterable[bytes], headers: Mapping[str, str] = JSON, path: str = "/graphql"
) -> Reply:
    return await request(gateway, "POST", path, headers, body)


async def get(gateway: Gateway, path: str, headers: Mapping[str, str] | None = None) -> Reply:
    return await request(gateway, "GET", path, headers or {})


async def request(
    gateway: Gateway,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes | AsyncIterable[bytes] | None = None,
) -> Reply:
    async with gateway.http.request(
        method, f"{gateway.url}{path}", data=body, headers=headers, allow_redirects=False
    ) as response:
        return Reply(response.status, response.headers, await response.read())
