"""What is no message of the protocol, or comes out of turn, closes the connection with the protocol's own code."""

import msgspec
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.frames import Frame, Opcode

from tests.hostile.stranger import stranger
from tests.transports.board import serving
from tests.transports.socket import PROTOCOL, listening, opened

SUBSCRIBE = {"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }"}}


@pytest.mark.parametrize(
    "message",
    [
        "",
        "no JSON",
        "[]",
        "{}",
        b"{}",
        {"type": "start", "id": "1", "payload": {}},
        {"type": ["ping"]},
        {"type": "subscribe"},
        {"type": "subscribe", "id": 1, "payload": {"query": "{ __typename }"}},
        {"type": "subscribe", "id": "", "payload": {"query": "{ __typename }"}},
        {"type": "subscribe", "id": "1", "payload": "{ __typename }"},
        {"type": "subscribe", "id": "1", "payload": {"query": 1}},
        {"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }", "variables": []}},
        {"type": "complete"},
    ],
)
async def test_what_is_no_message_closes_the_connection(message: object) -> None:
    async with serving() as served, listening(served) as socket:
        await socket.connection.send(
            message if isinstance(message, str | bytes) else msgspec.json.encode(message).decode()
        )
        assert (await socket.closed())[0] == 4400


@pytest.mark.parametrize("payload", ["text", 1, [], {"Authorization": 1}])
async def test_an_init_that_is_no_object_of_strings_closes_the_connection(payload: object) -> None:
    async with serving() as served, opened(served) as socket:
        await socket.send(type="connection_init", payload=payload)
        assert (await socket.closed())[0] == 4400


async def test_nothing_is_asked_before_the_init() -> None:
    async with serving() as served, opened(served) as socket:
        await socket.send(**SUBSCRIBE)
        assert await socket.closed() == (4401, "Unauthorized")


async def test_there_is_one_init() -> None:
    async with serving() as served, listening(served) as socket:
        await socket.send(type="connection_init")
        assert await socket.closed() == (4429, "Too many initialisation requests")


async def test_an_id_belongs_to_one_operation_at_a_time() -> None:
    async with serving() as served, listening(served) as socket:
        await socket.subscribe()
        await served.board.listened(1)
        await socket.subscribe()
        assert await socket.closed() == (4409, "Subscriber for 1 already exists")
        await served.board.listened(0)


async def test_a_ping_is_answered_and_a_pong_and_a_stale_complete_are_not() -> None:
    async with serving() as served, opened(served) as socket:
        await socket.send(type="ping", payload={"any": "thing"})
        assert await socket.hear() == {"type": "pong"}
        await socket.send(type="pong")
        await socket.send(type="complete", id="gone")
        await socket.init()


@pytest.mark.parametrize("protocol", ["graphql-ws", "soap"])
async def test_another_protocol_is_not_spoken(protocol: str) -> None:
    async with serving() as served, opened(served, protocol) as socket:
        assert await socket.closed() == (4406, "Subprotocol not acceptable")


async def test_a_message_of_more_than_64_kib_closes_the_connection() -> None:
    async with serving() as served, listening(served) as socket:
        query = "{ __typename } #"
        whole = len(msgspec.json.encode({**SUBSCRIBE, "payload": {"query": query}}))
        await socket.subscribe(query + "." * (64 * 1024 - whole))
        assert (await socket.hear())["type"] == "next"
        assert (await socket.hear())["type"] == "complete"
        await socket.subscribe(query + "." * (64 * 1024 - whole + 1))
        assert (await socket.closed())[0] == 1009


async def test_a_message_in_more_frames_than_anyone_needs_closes_the_connection() -> None:
    async with serving() as served, listening(served) as socket:
        text = iter([Frame(Opcode.TEXT, b"", fin=False), *(Frame(Opcode.CONT, b"", fin=False) for _ in range(64))])
        for frame in text:
            socket.connection.transport.write(frame.serialize(mask=True))
        assert (await socket.closed())[0] == 1009


async def test_compression_is_not_agreed_to() -> None:
    async with serving() as served, connect(served.socket_url, subprotocols=[PROTOCOL]) as connection:  # type: ignore[list-item]  # a string is one
        assert connection.response is not None
        assert "Sec-WebSocket-Extensions" not in connection.response.headers


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"Origin": "https://app.example"}, True),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "https://{host}"}, True),
        ({"Origin": "https://{host}", "Sec-Fetch-Site": "cross-site"}, False),
        ({"Origin": "https://any.example", "Sec-Fetch-Site": "same-origin"}, True),
        ({}, True),
    ],
)
async def test_pages_of_this_host_and_of_listed_origins_may_come_in(headers: dict[str, str], *, allowed: bool) -> None:
    async with serving(origins=("https://app.example",)) as served:
        host = served.url.split("/")[2]
        given = {name: value.format(host=host) for name, value in headers.items()}
        if allowed:
            async with opened(served, **given) as socket:
                await socket.init()
            return
        with pytest.raises(InvalidStatus) as refused:
            async with opened(served, **given):
                pass
        assert refused.value.response.status_code == 403
        (error,) = msgspec.json.decode(refused.value.response.body or b"")["errors"]
        assert error["extensions"]["code"] == "FORBIDDEN"


HANDSHAKE = (
    "GET /graphql HTTP/1.1\r\nHost: gateway\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (HANDSHAKE.replace("AAAA==", ""), b"400"),
        (HANDSHAKE.replace(": 13", ": 8"), b"400"),
        (HANDSHAKE + "A" * 9000 + ": longer than a line may be\r\n", b"400"),
        (HANDSHAKE.replace("/graphql", "/elsewhere"), b"403"),
    ],
)
async def test_what_is_no_handshake_is_answered_and_closed(head: str, status: bytes) -> None:
    async with serving() as served, stranger(served.url) as other:
        other.send(f"{head}\r\n".encode())
        answer = await other.rest()
        assert answer.startswith(b"HTTP/1.1 " + status)
        assert await served.metric("gateway_http_connections") == 1


async def test_who_says_nothing_is_let_go() -> None:
    async with serving(init_time=0.01) as served, opened(served) as socket:
        assert await socket.closed() == (4408, "Connection initialisation timeout")


async def test_who_has_said_who_it_is_may_stay_silent() -> None:
    async with serving(init_time=0.2) as served, listening(served) as silent, opened(served) as late:
        # The time of the one that came later is up, so that of the one before it is too.
        assert (await late.closed())[0] == 4408
        await silent.send(type="ping")
        assert await silent.hear() == {"type": "pong"}
