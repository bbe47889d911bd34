"""Connections that die: a read is repeated once where a kept-alive connection had died idle, and in no other case."""

import asyncio

import pytest
from structlog.testing import capture_logs

from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.upstream.upstream import Call, Upstream
from tests.upstream.connections import OK, Behaviour, Connections, Death, serve_connections
from tests.upstream.opening import open_upstream, reply_to

POST = Call("getBalance", body=b'{"canary":1}')
GET = Call("GET /balance", "balance")
DEATHS = [Death.CLOSED, Death.RESET]


def dying(death: Death | bytes, *, after: int = 1, until: int = 2**31) -> Behaviour:
    """Answer so many requests of the first connection; then die, on every connection before number `until`."""

    def behaviour(connection: int, number: int) -> bytes | Death:
        return death if (connection or number >= after) and connection < until else OK

    return behaviour


async def fail(upstream: Upstream, call: Call, *, seconds: float = 20) -> UpstreamError:
    with pytest.raises(UpstreamError) as raised:
        await reply_to(upstream, call, seconds)
    assert "canary" not in f"{raised.value!r} {raised.value.detail} {raised.value.message}"
    return raised.value


async def ask_twice(connections: Connections, call: Call) -> tuple[ProblemCode | None, list[tuple[int, int]]]:
    """Ask in vain after having asked well; give the problem and the requests that were seen."""
    async with open_upstream(connections.url) as upstream:
        assert (await reply_to(upstream, call)).body == b"{}"
        error = await fail(upstream, call)
        return error.code, connections.served


@pytest.mark.parametrize("death", DEATHS)
@pytest.mark.parametrize("call", [POST, GET], ids=["POST", "GET"])
async def test_a_read_on_a_connection_that_died_idle_is_repeated_on_a_fresh_one(call: Call, death: Death) -> None:
    async with serve_connections(dying(death, until=1)) as connections, open_upstream(connections.url) as upstream:
        assert (await reply_to(upstream, call)).status == 200
        assert (await reply_to(upstream, call)).status == 200
        assert connections.served == [(0, 0), (0, 1), (1, 0)]
        assert set(connections.bodies) == {call.body or b""}


@pytest.mark.parametrize("death", DEATHS)
@pytest.mark.parametrize("call", [POST, GET], ids=["POST", "GET"])
async def test_it_is_repeated_once_and_not_twice(call: Call, death: Death) -> None:
    async with serve_connections(dying(death)) as connections:
        assert await ask_twice(connections, call) == (ProblemCode.UNAVAILABLE, [(0, 0), (0, 1), (1, 0)])


async def test_it_is_repeated_once_even_where_the_next_connection_died_idle_as_well() -> None:
    def behaviour(_connection: int, number: int) -> bytes | Death:
        return Death.CLOSED if number else OK

    async with serve_connections(behaviour) as connections, open_upstream(connections.url) as upstream:
        # Two at once take two connections, which are both kept.
        await asyncio.gather(reply_to(upstream, POST), reply_to(upstream, POST))
        assert (await fail(upstream, POST)).code is ProblemCode.UNAVAILABLE
        assert sorted(connections.served) == [(0, 0), (0, 1), (1, 0), (1, 1)]


@pytest.mark.parametrize("death", DEATHS)
async def test_a_post_on_a_fresh_connection_is_never_repeated(death: Death) -> None:
    async with (
        serve_connections(dying(death, after=0)) as connections,
        open_upstream(connections.url) as upstream,
    ):
        assert (await fail(upstream, POST)).code is ProblemCode.UNAVAILABLE
        assert connections.served == [(0, 0)]


async def test_half_an_answer_on_a_kept_connection_is_not_repeated() -> None:
    cut = OK.replace(b"Content-Length: 2", b"Content-Length: 9")

    def behaviour(_connection: int, number: int) -> bytes | Death:
        return (OK, cut, Death.CLOSED)[number]

    async with serve_connections(behaviour) as connections, open_upstream(connections.url) as upstream:
        assert (await reply_to(upstream, POST)).status == 200
        assert (await fail(upstream, POST, seconds=0.2)).code is ProblemCode.TIMEOUT
        assert connections.served == [(0, 0), (0, 1)]


async def test_silence_on_a_kept_connection_is_not_repeated() -> None:
    async with (
        serve_connections(dying(Death.SILENT)) as connections,
        open_upstream(connections.url) as upstream,
    ):
        assert (await reply_to(upstream, POST)).status == 200
        assert (await fail(upstream, POST, seconds=0.2)).code is ProblemCode.TIMEOUT
        assert connections.served == [(0, 0), (0, 1)]


async def test_the_log_names_the_operation_and_nothing_else_of_a_repeated_call() -> None:
    async with serve_connections(dying(Death.CLOSED, until=1)) as connections:
        headers = {"Authorization": "canary"}
        async with open_upstream(connections.url, headers=headers, query={"api_key": "canary"}) as upstream:
            await reply_to(upstream, POST)
            with capture_logs() as lines:
                await reply_to(upstream, POST)
    assert [(line["event"], line["operation"]) for line in lines] == [("upstream.idle_connection_died", "getBalance")]
    assert "canary" not in str(lines)


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/1.1 abc canary\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: canary\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Canary: " + b"canary" * 10_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\ncanary\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 6\r\n\r\ncanary",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 6\r\n\r\ncanary",
    ],
    ids=["no HTTP", "status", "length", "long header", "chunk", "gzip", "br"],
)
async def test_an_answer_that_breaks_http_is_an_error_that_repeats_no_header(answer: bytes) -> None:
    async with serve_connections(lambda _connection, _number: answer) as connections:
        headers = {"Authorization": "canary"}
        async with open_upstream(connections.url, headers=headers, query={"api_key": "canary"}) as upstream:
            assert (await fail(upstream, POST)).code is ProblemCode.PROTOCOL
            assert (await fail(upstream, GET)).code is ProblemCode.PROTOCOL
