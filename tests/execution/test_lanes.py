"""What is answered at once is answered as on the whole way: status, headers and body."""

import gzip
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from gateway.domain.caller import Caller
from gateway.execution.plan import Plan
from tests.execution import figures
from tests.execution.hard import HOLDER, OWNER, RUNES
from tests.execution.source import Fate
from tests.execution.wire import Response, Server, Servers, body, request
from tests.execution.world import World
from tests.readings.clock import StandingClock

pytestmark = pytest.mark.asyncio(loop_scope="module")
_HOLDING = figures.HOLDING[Fate.READ]
_SMALL = body(f'{{ account(address: "{HOLDER}") {{ runes {{ outcome totalCount }} }} }}')
_LARGE = body(f'{{ account(address: "{HOLDER}") {{ {RUNES} }} }}')
_WALLETS = body("{ exchangeWallets { outcome nodes { id balance { display } } } }")
_BODIES = {"small": _SMALL, "large": _LARGE}

HEADS: tuple[dict[str, str], ...] = (
    {},
    {"accept": "*/*"},
    {"accept": "application/json"},
    {"accept": "application/graphql-response+json"},
    {"accept": "application/graphql-response+json, application/json;q=0.9"},
    {"accept": "application/json;q=0.1, application/graphql-response+json;q=0.2"},
    {"accept": "text/html, application/*;q=0.5"},
    {"accept": 'application/json; charset="UTF-8"'},
    {"accept_encoding": "gzip"},
    {"accept_encoding": "gzip, deflate, br"},
    {"accept_encoding": "gzip;q=0"},
    {"accept_encoding": "*"},
    {"accept_encoding": "identity", "accept": "application/graphql-response+json"},
    {"content_type": "application/json; charset=utf-8"},
    {"content_type": "APPLICATION/JSON;charset=UTF8"},
    {"user_agent": "somebody", "x_request_id": "7", "cookie": "a=b", "accept_language": "de"},
    {"x_max_age": "5"},
    {"x_max_age": "100000000", "accept_encoding": "gzip"},
    {"connection": "keep-alive"},
    {"connection": "Keep-Alive", "accept_encoding": "gzip"},
    {"apollographql_client_name": "x", "cache_control": "no-cache", "dnt": "1", "sec_fetch_mode": "cors"},
)
# What is read on the whole way alone, and never answered at once.
OTHERS: tuple[dict[str, str], ...] = (
    {"x_max_age": "-5"},
    {"x_max_age": "1.5"},
    {"x_request_timeout": "2"},
    {"origin": "http://elsewhere"},
    {"connection": "keep-alive, te"},
    {"connection": "close"},
    {"content_encoding": "identity"},
    {"expect": "x"},
    {"te": "trailers"},
    {"accept": "image/png"},
    {"content_type": "text/plain"},
    {"content_type": "application/json; charset=latin-1"},
    {"content_type": ""},
    {"authorization": "Bearer nobody.wrong"},
    {"authorization": "Basic eDp5"},
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[Server]:
    clock = StandingClock()
    world = World(clock)
    async with Servers().over(world) as running:
        # Each body is known, and what it asks is in memory.
        for caller in (figures.ANONYMOUS, _HOLDING):
            for content in (_SMALL, _LARGE, _WALLETS):
                for _ in range(3):
                    await running.connect().send(request(content, caller))
        clock.advance(1.25)
        yield running


async def _both(server: Server, sent: bytes) -> tuple[Response, Response]:
    """Ask the same twice on one connection: the first request of a connection goes the whole way."""
    wire = server.connect()
    (whole,), (other,) = await wire.send(sent), await wire.send(sent)
    assert not whole.at_once
    return whole, other


@pytest.mark.parametrize(
    "caller", [figures.ANONYMOUS, _HOLDING, figures.PENNILESS], ids=["anonymous", "holding", "poor"]
)
@pytest.mark.parametrize("content", _BODIES.values(), ids=_BODIES)
@pytest.mark.parametrize("head", HEADS, ids=str)
async def test_an_answer_at_once_is_that_of_the_whole_way(
    server: Server, head: dict[str, str], content: bytes, caller: Caller
) -> None:
    whole, at_once = await _both(server, request(content, caller, **head))
    assert at_once.at_once
    assert at_once.told == whole.told
    assert at_once.header(b"age") == b"1"
    if whole.header(b"content-encoding") == b"gzip":
        assert b'"data"' in gzip.decompress(at_once.body)


async def test_answers_that_are_kept_hold_what_they_have_in_common_once(server: Server) -> None:
    amount = "{ atomic scale display precision }"
    runes = f"runes {{ nodes {{ rune {{ id name symbol divisibility }} amount {amount} spendable {amount} }} }}"
    fields = (f"{{ {runes} }}", f"{{ address {runes} }}")
    asked = [request(body(f'{{ account(address: "{HOLDER}") {each} }}')) for each in fields]
    server.forget()
    for sent in asked:
        wire = server.connect()
        *_, (last,) = [await wire.send(sent) for _ in range(3)]
        assert last.at_once
    one, other = [each.last.content.pieces for each in server.known if each.last is not None]
    assert {id(piece) for piece in one} & {id(piece) for piece in other if len(piece) >= 512}


@pytest.mark.parametrize("head", OTHERS, ids=str)
async def test_a_head_that_is_read_on_the_whole_way_alone_is_never_answered_at_once(
    server: Server, head: dict[str, str]
) -> None:
    wire = server.connect()
    for _ in range(3):
        (response,) = await wire.send(request(_SMALL, figures.ANONYMOUS, **head))
        assert not response.at_once
        if wire.is_closed:
            break


async def test_wallets_are_answered_at_once_to_the_caller_whose_they_are_as_on_the_whole_way(server: Server) -> None:
    whole, at_once = await _both(server, request(_WALLETS, _HOLDING))
    assert at_once.at_once
    assert at_once.told == whole.told
    assert at_once.header(b"cache-control") == b"private, no-store"


@pytest.mark.parametrize(
    "caller", [figures.ANONYMOUS, figures.NOBODY, figures.PENNILESS], ids=["anonymous", "no", "poor"]
)
async def test_wallets_are_never_answered_at_once_to_one_who_has_none(server: Server, caller: Caller) -> None:
    whole, other = await _both(server, request(_WALLETS, caller))
    assert not other.at_once
    assert b'"errors"' in whole.body or b"NOT_CONFIGURED" in whole.body or b"UNAVAILABLE" in whole.body


async def test_the_same_header_twice_is_read_on_the_whole_way(server: Server) -> None:
    sent = request(_SMALL, accept="application/json").replace(b"host:", b"Accept: application/json\r\nhost:", 1)
    _, other = await _both(server, sent)
    assert not other.at_once


@pytest.mark.parametrize("line", [b"GET /graphql HTTP/1.1", b"POST /graphql?x=1 HTTP/1.1", b"POST /graphql HTTP/1.0"])
async def test_another_first_line_is_read_on_the_whole_way(server: Server, line: bytes) -> None:
    wire = server.connect()
    sent = request(_SMALL).replace(b"POST /graphql HTTP/1.1", line, 1)
    (first,) = await wire.send(sent)
    assert not first.at_once
    if not wire.is_closed:
        (second,) = await wire.send(sent)
        assert not second.at_once


async def test_a_request_in_pieces_is_answered_as_in_one(server: Server) -> None:
    wire, sent = server.connect(), request(_SMALL)
    (whole,), (known,) = await wire.send(sent), await wire.send(sent)
    assert known.at_once
    for cut in (1, 40, sent.index(b"\r\n\r\n") + 2, len(sent) - len(_SMALL), len(sent) - 1):
        (response,) = await wire.send(sent[:cut], sent[cut:])
        assert response.told == whole.told
        # And nothing of it is taken for the beginning of the next.
        (response,) = await wire.send(sent)
        assert response.told == whole.told


async def test_pipelined_requests_are_answered_in_their_order(server: Server) -> None:
    wire, small = server.connect(), request(_SMALL)
    large = request(_LARGE)
    (one,), (other,) = await wire.send(small), await wire.send(large)
    assert (await wire.send(large))[0].at_once
    responses = await wire.send(large + small + large, answers=3)
    assert [each.told for each in responses] == [other.told, one.told, other.told]
    (after,) = await wire.send(small)
    assert after.told == one.told


async def test_a_repeated_head_with_other_bytes_behind_it_is_read_anew(server: Server) -> None:
    wire = server.connect()
    other = _SMALL.replace(HOLDER.encode(), OWNER.encode())
    await wire.send(request(_SMALL))
    assert (await wire.send(request(_SMALL)))[0].at_once
    # Of another length, with another length said, and one that is no JSON.
    (shorter,) = await wire.send(request(other))
    assert b'"runes":null' in shorter.body
    (wrong,) = await wire.send(request(b"x" * len(_SMALL)))
    assert wrong.status != b"HTTP/1.1 200 OK"
    (again,) = await wire.send(request(_SMALL))
    assert b'"FRESH"' in again.body


async def test_one_byte_of_the_head_makes_another_caller(server: Server) -> None:
    wire = server.connect()
    await wire.send(request(_WALLETS, _HOLDING))
    (known,) = await wire.send(request(_WALLETS, _HOLDING))
    assert known.at_once
    sent = request(_WALLETS, _HOLDING)
    (refused,) = await wire.send(sent.replace(b".secret", b".Secret"))
    assert refused.status == b"HTTP/1.1 401 Unauthorized"
    other = request(_WALLETS, figures.HOLDING[Fate.BARE])
    assert len(other) == len(sent)
    (others,) = await wire.send(other)
    assert others.body != known.body


async def test_two_connections_keep_their_heads_apart(server: Server) -> None:
    one, other = server.connect(), server.connect()
    sent, others = request(_WALLETS, _HOLDING), request(_WALLETS, figures.HOLDING[Fate.BARE])
    expected = [(await wire.send(text))[0].body for wire, text in ((one, sent), (other, others))]
    for _ in range(3):
        assert [(await wire.send(text))[0].body for wire, text in ((one, sent), (other, others))] == expected
    assert expected[0] != expected[1]


_AMOUNT = "{ atomic scale display precision }"
_NODE = f"rune {{ id name symbol divisibility }} amount {_AMOUNT} spendable {_AMOUNT} projected {_AMOUNT}"
_HUGE = (
    f"query ($of: [Address!]!) {{ accounts(addresses: $of) {{ address runes(first: 1) {{ nodes {{ {_NODE} }} }} }} }}"
)


async def test_what_takes_long_to_compress_is_left_to_the_whole_way_where_a_thread_does_it(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = 0
    make = Plan.at_hand

    def counted(self: Plan, *given: Any) -> list[bytes] | None:
        nonlocal made
        made += 1
        return make(self, *given)

    monkeypatch.setattr(Plan, "at_hand", counted)
    huge = body(_HUGE, {"of": [HOLDER] * 500})
    _, plain = await _both(server, request(huge))
    assert plain.at_once
    assert len(plain.body) >= 128 * 1024
    wire, packed = server.connect(), request(huge, accept_encoding="gzip")
    for _ in range(3):
        before = made
        (answer,) = await wire.send(packed)
        assert not answer.at_once
        assert gzip.decompress(answer.body) == plain.body
        # Known to be long, it is not made in vain before it is made there.
        assert made == before + 1
    _, plain = await _both(server, request(huge))
    assert plain.at_once
