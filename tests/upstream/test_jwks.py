"""How an issuer's keys are fetched: bounded in time and size, from where the settings say and nowhere else."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from gateway.upstream.jwks import MAX_DOCUMENT, MAX_KEYS, KeysUnread, read_keys

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
KEY = {"kty": "RSA", "kid": "a"}


@asynccontextmanager
async def _serving(answer: Answer, *others: tuple[str, Answer]) -> AsyncIterator[str]:
    app = web.Application()
    for path, each in (("/keys", answer), *others):
        app.router.add_get(path, each)
    async with TestServer(app) as server:
        yield str(server.make_url("/keys"))


def _saying(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, body=body, headers=headers)

    return answer


async def _read(url: str, seconds: float = 5) -> object:
    return await read_keys(url, seconds=seconds, user_agent="test")


async def test_keys_are_read_whatever_the_document_is_called() -> None:
    body = msgspec.json.encode({"keys": [KEY, {}], "more": 1})
    for kind in ("application/jwk-set+json", "text/plain", "application/json"):
        async with _serving(_saying(body, headers={"Content-Type": kind})) as url:
            assert await _read(url) == [KEY, {}]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"keys": {}}',
        b'{"keys": [1]}',
        b'{"keys": null}',
        b"\xff",
        b'{"keys": ' + b"[" * 9000,
    ],
)
async def test_what_is_no_set_of_keys_is_refused_without_quoting_it(body: bytes) -> None:
    async with _serving(_saying(body)) as url:
        with pytest.raises(KeysUnread, match=r"^not a key set: "):
            await _read(url)


@pytest.mark.parametrize("status", [201, 204, 301, 302, 307, 308, 401, 404, 429, 500, 503])
async def test_only_200_has_keys_and_no_redirect_is_followed(status: int) -> None:
    followed: list[web.Request] = []

    async def elsewhere(asked: web.Request) -> web.Response:
        followed.append(asked)
        return web.json_response({"keys": [KEY]})

    answer = _saying(b'{"keys": []}' if status != 204 else b"", status, {"Location": "/elsewhere"})
    async with _serving(answer, ("/elsewhere", elsewhere)) as url:
        with pytest.raises(KeysUnread, match=rf"^status {status}$"):
            await _read(url)
    assert not followed


async def test_a_document_is_read_up_to_the_bound_and_not_beyond() -> None:
    start, end = b'{"keys": [], "x": "', b'"}'
    for more, fits in ((0, True), (1, False)):
        body = start + b"x" * (MAX_DOCUMENT - len(start) - len(end) + more) + end
        async with _serving(_saying(body)) as url:
            if fits:
                assert await _read(url) == []
            else:
                with pytest.raises(KeysUnread, match=rf"^more than {MAX_DOCUMENT} bytes$"):
                    await _read(url)


async def test_a_document_that_swells_when_it_is_unpacked_is_cut_off() -> None:
    async with _serving(_saying(gzip.compress(b" " * 50_000_000), headers={"Content-Encoding": "gzip"})) as url:
        with pytest.raises(KeysUnread, match=rf"^more than {MAX_DOCUMENT} bytes$"):
            await _read(url)


async def test_so_many_keys_and_no_more() -> None:
    for count in (MAX_KEYS, MAX_KEYS + 1):
        async with _serving(_saying(msgspec.json.encode({"keys": [KEY] * count}))) as url:
            if count == MAX_KEYS:
                assert await _read(url) == [KEY] * count
            else:
                with pytest.raises(KeysUnread, match=rf"^more than {MAX_KEYS} keys$"):
                    await _read(url)


async def test_an_issuer_that_hangs_or_drips_is_left() -> None:
    ended = asyncio.Event()

    async def hang(_: web.Request) -> web.Response:
        await ended.wait()
        return web.Response()

    async def drip(asked: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(asked)
        await response.write(b'{"keys": [')
        await ended.wait()
        return response

    for answer in (hang, drip):
        async with _serving(answer) as url:
            try:
                with pytest.raises(KeysUnread, match=r"^no answer within the time allowed$"):
                    await _read(url, seconds=0.05)
            finally:
                ended.set()
        ended.clear()


async def test_an_issuer_that_is_not_there_or_hangs_up_is_told_by_class_alone() -> None:
    async def hang_up(asked: web.Request) -> web.Response:
        assert asked.transport
        asked.transport.abort()
        return web.Response()

    async with _serving(hang_up) as url:
        for where in (url, f"http://127.0.0.1:{unused_port()}/keys", "https://" + url.removeprefix("http://")):
            with pytest.raises(KeysUnread, match=r"^connection: [A-Za-z]+$"):
                await _read(where)
