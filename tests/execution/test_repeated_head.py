"""A head is known again whatever the size of its body, where that is said as plainly as before; else it is parsed."""

from collections.abc import AsyncIterator, Sequence

import pytest
import pytest_asyncio

from gateway.server.repeat import Repeat
from tests.execution.hard import HOLDER, OWNER
from tests.execution.twins import same_references
from tests.execution.wire import Response, Server, Servers, Wire, body, request
from tests.execution.world import World
from tests.readings.clock import StandingClock

pytestmark = pytest.mark.asyncio(loop_scope="module")

_TEXT = "query ($place: Address!) { account(address: $place) { address runes { outcome } } }"
_SHORT, _LONG = (body(_TEXT, {"place": HOLDER}, n="x" * size) for size in (1, 2000))
_LENGTH = b"content-length: "


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[Server]:
    with same_references():
        async with Servers().over(World(StandingClock())) as running:
            for content in (_SHORT, _LONG) * 3:
                await running.connect().send(request(content))
            yield running


async def _known(server: Server) -> Wire:
    """Connect, and make the head of plain requests known."""
    wire = server.connect()
    (first,) = await wire.send(request(_SHORT))
    assert not first.at_once
    return wire


def _head(content: bytes, size: bytes) -> bytes:
    """Write a head that says this size, and the body behind it."""
    head, _, rest = request(content).partition(_LENGTH)
    return head + _LENGTH + size + rest[rest.index(b"\r\n") :]


async def test_bodies_of_any_size_follow_a_head_that_is_known(server: Server) -> None:
    wire = await _known(server)
    for size in (0, 1, 8, 9, 90, 900, 9000, 90_000, 5, 0):
        (answer,) = await wire.send(request(body(_TEXT, {"place": HOLDER}, n="x" * size)))
        assert answer.at_once


@pytest.mark.parametrize("line", [b"Content-Length:", b"CONTENT-LENGTH:   ", b"content-length:\t "])
async def test_the_size_may_be_said_in_any_form_that_the_parser_reads_as_long_as_it_is_the_same_form(
    server: Server, line: bytes
) -> None:
    wire = server.connect()
    await wire.send(request(_SHORT).replace(_LENGTH, line))
    (answer,) = await wire.send(request(_LONG).replace(_LENGTH, line))
    assert answer.at_once
    (answer,) = await wire.send(request(_LONG))
    assert not answer.at_once
    (answer,) = await wire.send(request(_SHORT))
    assert answer.at_once


async def _told(server: Server, wire: Wire, pieces: Sequence[bytes], answers: int) -> list[Response]:
    found = await wire.send(*pieces, answers=answers)
    await server.world.landed()
    return found


@pytest.mark.parametrize(
    "size", ["+{}", "-{}", "0{}", "00000000{}", "{}.0", "{}e0", "0x{}", "{} 1", "{}, {}", "{};", "", " ", "x", "9" * 30]
)
async def test_a_size_that_is_not_plain_is_for_the_parser(server: Server, size: str) -> None:
    sent = _head(_LONG, size.replace("{}", str(len(_LONG))).encode())
    new, known = server.connect(), await _known(server)
    expected = await _told(server, new, [sent], 1)
    found = await _told(server, known, [sent], 1)
    assert [each.told for each in found] == [each.told for each in expected]
    assert known.is_closed == new.is_closed
    if "0{}" not in size:
        assert found[0].status != b"HTTP/1.1 200 OK"


async def test_what_is_shorter_than_it_says_waits_for_its_rest(server: Server) -> None:
    wire = await _known(server)
    sent = request(_LONG)
    for cut in (len(sent) - 1, len(sent) - len(_LONG), len(sent) - len(_LONG) + 1):
        (answer,) = await _told(server, wire, [sent[:cut], sent[cut:]], 1)
        assert answer.status == b"HTTP/1.1 200 OK"
        assert b'"FRESH"' in answer.body
        (answer,) = await wire.send(request(_SHORT))
        assert b'"FRESH"' in answer.body


async def test_what_follows_a_body_is_the_next_request_and_never_a_part_of_it(server: Server) -> None:
    other = request(body(_TEXT, {"place": OWNER}))
    for first in (request(_SHORT), request(_LONG)):
        wire = await _known(server)
        one, two = await _told(server, wire, [first + other], 2)
        assert b'"FRESH"' in one.body
        assert b'"runes":null' in two.body
        (again,) = await wire.send(request(_LONG))
        assert b'"FRESH"' in again.body


@pytest.mark.parametrize("less", [1, 2, 500])
async def test_a_size_that_is_less_than_what_follows_ends_the_body_there(server: Server, less: int) -> None:
    sent = _head(_LONG, str(len(_LONG) - less).encode())
    new, known = server.connect(), await _known(server)
    expected = await _told(server, new, [sent], 1)
    found = await _told(server, known, [sent], 1)
    assert [each.told for each in found] == [each.told for each in expected]
    # What is left over begins no request.
    assert known.is_closed
    assert new.is_closed


@pytest.mark.parametrize(
    "more",
    [
        b"content-length: 5\r\n",
        b"Content-Length: %d\r\n" % len(_LONG),
        b"transfer-encoding: chunked\r\n",
        b"x-content-length: 5\r\n",
        b"content-length-x: 5\r\n",
        b"x: 1\r\n  content-length: 5\r\n",
        b"x: 1\n content-length: 5\r\n",
        b"x: 1\ncontent-length: 5\r\n",
        b" content-length: 5\r\n",
        b"content-length : 5\r\n",
    ],
)
@pytest.mark.parametrize("at", [b"host:", b"content-type:", b"content-length:"])
async def test_another_line_about_the_size_changes_nothing_of_what_is_read(
    server: Server, more: bytes, at: bytes
) -> None:
    """Ask with a second line twice: the second time it might be taken for known, and is not read otherwise."""
    sent = [request(content).replace(at, more + at, 1) for content in (_SHORT, _LONG)]
    expected = [(await _told(server, server.connect(), [each], 1))[0] for each in sent]
    wire = server.connect()
    found = []
    for each in sent:
        if not wire.is_closed:
            found += await _told(server, wire, [each], 1)
    assert [each.told for each in found] == [each.told for each in expected[: len(found)]]


@pytest.mark.parametrize(
    "line", ["content-length-x: 5", "content-length", "content-length: 05", "content-length: 5, 5"]
)
async def test_a_line_that_only_looks_like_the_size_parts_no_head(server: Server, line: str) -> None:
    """Whatever a parser may make of such a head: it is not known again."""
    repeat = Repeat(server.state["straight"])
    head = f"POST /graphql HTTP/1.1\r\ncontent-type: application/json\r\n{line}\r\n\r\n".encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"5")]
    repeat.note(head + b"[1,2]", b"POST", b"/graphql", headers, 5)
    assert repeat._last is None  # noqa: SLF001 - that nothing is known shows nowhere else
