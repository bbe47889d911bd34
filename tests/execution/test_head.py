"""Only a head that is plainly understood is answered at once; every other goes the whole way."""

from dataclasses import replace
from hashlib import sha256

import pytest

from gateway.domain.caller import Allowance
from gateway.server.callers import Callers, KnownCaller
from gateway.server.documents import Documents
from gateway.server.persisted import Automatic
from gateway.server.repeated import Repeated
from gateway.server.straight import Head, Straight
from gateway.server.varied import Varied
from tests.execution import figures
from tests.execution.source import Fate
from tests.execution.twins import SCHEMA, made
from tests.execution.world import World
from tests.readings.clock import StandingClock

_JSON = (b"content-type", b"application/json")
_DIGEST = (sha256(b"secret").hexdigest(),)
_HOLDING = figures.HOLDING[Fate.READ]
_SPARING = replace(figures.HOLDING[Fate.BARE], name="sparing", allowance=Allowance(100, 60))


def _straight(anonymous_allowance: Allowance | None = None) -> Straight:
    world = World(StandingClock())
    known = {str(each.name): KnownCaller(each, _DIGEST) for each in (_HOLDING, _SPARING)}
    callers = Callers(known, replace(figures.ANONYMOUS, allowance=anonymous_allowance))
    varied = Varied(Automatic(), Documents(SCHEMA, World.limits), made(SCHEMA), World.limits, explains=False)
    return Straight(world.parts, world.runs, callers, Repeated(), varied, lambda *_: None)


def _head(*more: tuple[bytes, bytes], method: bytes = b"POST", url: bytes = b"/graphql") -> Head | None:
    return _straight().head(method, url, [(b"host", b"gateway"), (b"content-length", b"2"), *more])


def test_a_plain_head_is_understood() -> None:
    head = _head(_JSON)
    assert head is not None
    assert head.caller.name is None
    assert head.media == b"content-type: application/json; charset=utf-8\r\n"
    assert not head.compresses


def test_a_known_key_is_its_caller() -> None:
    head = _head(_JSON, (b"authorization", f"Bearer {_HOLDING.name}.secret".encode()))
    assert head is not None
    assert head.caller is _HOLDING


@pytest.mark.parametrize(
    "name", ["accept", "accept-encoding", "authorization", "content-type", "content-length", "x-max-age"]
)
def test_a_header_that_decides_something_may_not_come_twice(name: str) -> None:
    sensible = {"content-type": _JSON[1], "authorization": f"Bearer {_HOLDING.name}.secret".encode(), "x-max-age": b"5"}
    value = sensible.get(name, b"*/*")
    assert _head(_JSON, (name.encode(), value), (name.encode(), value)) is None


@pytest.mark.parametrize(
    "name",
    [
        *("connection", "content-encoding", "expect", "origin", "transfer-encoding", "upgrade"),
        *("x-request-timeout", "trailer", "te"),
    ],
)
def test_a_header_that_is_read_elsewhere_sends_the_request_there(name: str) -> None:
    assert _head(_JSON, (name.encode(), b"")) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("accept", "text/html"),
        ("accept", "text/event-stream"),
        ("accept", "multipart/mixed"),
        ("accept", "application/json;q=0"),
        ("authorization", f"Bearer {_HOLDING.name}.wrong"),
        ("authorization", "Bearer"),
        ("authorization", ""),
        ("authorization", "Basic eDp5"),
        ("authorization", "Bearer eyJhbGciOiJFUzI1NiJ9.e30.e30"),
        ("authorization", "Bearer sparing.secret"),
    ],
)
def test_what_is_refused_or_waited_for_is_not_answered_at_once(name: str, value: str) -> None:
    assert _head(_JSON, (name.encode(), value.encode())) is None


@pytest.mark.parametrize(
    "value", [b"", b"text/plain", b"application/graphql", b"application/json; charset=latin-1", b"application/jsonx"]
)
def test_what_is_not_plainly_json_is_not_answered_at_once(value: bytes) -> None:
    assert _head((b"content-type", value)) is None


@pytest.mark.parametrize(("value", "age"), [(b"1", 1), (b"5", 5), (b"007", 7), (b"999999999", 999_999_999)])
def test_an_age_is_read_where_it_is_one(value: bytes, age: int) -> None:
    head = _head(_JSON, (b"x-max-age", value))
    assert head is not None
    assert head.max_age == age


@pytest.mark.parametrize("value", [b"0", b"000"])
def test_who_wants_all_of_it_read_now_is_not_answered_at_once(value: bytes) -> None:
    assert _head(_JSON, (b"x-max-age", value)) is None


@pytest.mark.parametrize("value", [b"", b"-1", b"1.5", b"+5", b"5s", b" 5", b"\xb2", b"1234567890"])
def test_what_is_no_age_is_not_answered_at_once(value: bytes) -> None:
    assert _head(_JSON, (b"x-max-age", value)) is None


def test_a_head_without_a_type_is_not_answered_at_once() -> None:
    assert _head() is None


@pytest.mark.parametrize(
    ("method", "url"),
    [
        *((method, b"/graphql") for method in (b"GET", b"PUT", b"HEAD", b"OPTIONS", b"post")),
        *(
            (b"POST", url)
            for url in (b"/graphql/", b"/graphql?a", b"/", b"//graphql", b"/GraphQL", b"http://x/graphql")
        ),
    ],
)
def test_another_method_or_place_is_not_answered_at_once(method: bytes, url: bytes) -> None:
    assert _head(_JSON, method=method, url=url) is None


def test_strangers_with_a_budget_are_not_answered_at_once() -> None:
    assert _straight(Allowance(100, 60)).head(b"POST", b"/graphql", [_JSON]) is None


@pytest.mark.parametrize(
    ("caller", "encoding", "compresses"),
    [(None, b"gzip", True), (None, b"gzip;q=0", False), (None, b"br", False), (_HOLDING, b"gzip", False)],
)
def test_only_who_asks_and_has_no_secret_to_lose_is_answered_compressed(
    caller: object,
    encoding: bytes,
    compresses: bool,  # noqa: FBT001 - a row of the table
) -> None:
    key = ((b"authorization", f"Bearer {_HOLDING.name}.secret".encode()),) if caller else ()
    head = _head(_JSON, (b"accept-encoding", encoding), *key)
    assert head is not None
    assert head.compresses is compresses
    assert bool(head.varies) is (caller is None)
