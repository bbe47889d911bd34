"""Large answers are compressed for whoever asks and may not read an exchange account; small ones never are."""

import msgspec
import pytest

from tests.running import DEMO_KEY, READER_KEY, Gateway
from tests.server.wire import JSON, Reply, post

pytestmark = pytest.mark.asyncio(loop_scope="module")
LARGE = msgspec.json.encode({"query": "{ __schema { types { name description fields { name description } } } }"})
SMALL = b'{"query": "{ limits { maxDepth } }"}'


async def _ask(gateway: Gateway, body: bytes, encoding: str | None, key: str | None = None) -> Reply:
    headers = {**JSON, "Accept-Encoding": encoding or "identity"}
    return await post(gateway, body, {**headers, "Authorization": f"Bearer {key}"} if key else headers)


@pytest.mark.parametrize("key", [None, READER_KEY])
async def test_a_large_answer_is_compressed_for_who_asks(standing: Gateway, key: str | None) -> None:
    plain = await _ask(standing, LARGE, None, key)
    compressed = await _ask(standing, LARGE, "gzip", key)
    assert "Content-Encoding" not in plain.headers
    assert compressed.headers["Content-Encoding"] == "gzip"
    assert int(compressed.headers["Content-Length"]) < len(plain.body) / 3
    assert compressed.body == plain.body
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert "Accept-Encoding" in compressed.headers["Vary"]


@pytest.mark.parametrize("encoding", ["gzip;q=0", "br", "identity", "*;q=0"])
async def test_who_does_not_take_gzip_gets_none(standing: Gateway, encoding: str) -> None:
    assert "Content-Encoding" not in (await _ask(standing, LARGE, encoding)).headers


async def test_what_may_stand_beside_an_exchange_account_tells_nothing_by_its_size(standing: Gateway) -> None:
    assert "Content-Encoding" not in (await _ask(standing, LARGE, "gzip", DEMO_KEY)).headers


async def test_a_small_answer_stays_as_it_is(standing: Gateway) -> None:
    reply = await _ask(standing, SMALL, "gzip")
    assert "Content-Encoding" not in reply.headers
