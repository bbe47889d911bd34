"""Over a WebSocket a listener hears the present state, then every change, and is let go when it likes."""

import pytest

from tests.server.crashing import INSIDE
from tests.transports.board import KEY, OTHER_KEY, serving
from tests.transports.socket import Socket, listening, opened


async def test_a_listener_hears_the_present_state_and_then_each_change_once_and_in_order() -> None:
    async with serving() as served, listening(served) as socket:
        served.board.tell(1)
        await socket.subscribe()
        assert await socket.figure() == 1
        for value in (2, 3, 3, 4):
            served.board.tell(value)
        assert [await socket.figure() for _ in range(3)] == [2, 3, 4]


async def test_a_listener_that_completes_is_no_longer_listened_for_and_may_begin_again() -> None:
    async with serving() as served, listening(served) as socket:
        served.board.tell(1)
        await socket.subscribe()
        assert await socket.figure() == 1
        await socket.send(type="complete", id="1")
        await served.board.listened(0)
        assert await served.metric("gateway_subscriptions") == 0
        await socket.subscribe()
        assert await socket.figure() == 1
        assert await served.metric("gateway_subscriptions") == 1


async def test_one_that_goes_away_is_no_longer_listened_for() -> None:
    async with serving() as served:
        async with listening(served) as socket:
            await socket.subscribe()
            await served.board.listened(1)
            assert await served.metric("gateway_websockets") == 1
        await served.board.listened(0)
        assert await served.metric("gateway_subscriptions") == 0


async def test_several_operations_share_a_connection_and_hear_each_its_own() -> None:
    async with serving() as served, listening(served) as socket:
        for name in "ab":
            await socket.subscribe(f'subscription {{ figure(name: "{name}") {{ value }} }}', id_=name)
            await served.board.listened(1, name)
        served.board.tell(1, "b")
        assert await socket.figure("b") == 1
        served.board.tell(2, "a")
        assert await socket.figure("a") == 2


async def test_a_subscription_that_ends_says_so() -> None:
    async with serving() as served, listening(served) as socket:
        await socket.subscribe("subscription { once }")
        assert [(await socket.hear())["payload"]["data"] for _ in range(2)] == [{"once": 1}, {"once": 2}]
        assert await socket.hear() == {"id": "1", "type": "complete"}


async def test_a_query_is_answered_over_a_websocket_and_done() -> None:
    async with serving() as served, listening(served) as socket:
        query = "query Deep($no: Boolean!) { limits { maxDepth } providers @skip(if: $no) { provider } }"
        await socket.subscribe(query + " query Other { __typename }", variables={"no": True}, operationName="Deep")
        answer = await socket.hear()
        assert (answer["type"], answer["payload"]["data"]) == ("next", {"limits": {"maxDepth": 15}})
        assert await socket.hear() == {"id": "1", "type": "complete"}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { secret }", "FORBIDDEN"),
        ("{ a: __typename b: __typename }", "LIMIT_EXCEEDED"),
        ("query A { __typename } query B { __typename }", "BAD_USER_INPUT"),
        ("", "BAD_REQUEST"),
    ],
)
async def test_an_operation_is_refused_as_over_http_and_the_connection_goes_on(query: str, code: str) -> None:
    async with (
        serving(limits={"max_aliases": 1}) as served,
        listening(served, {"Authorization": f"Bearer {KEY}"}) as socket,
    ):
        await socket.subscribe(query)
        assert await socket.error() == code
        await socket.subscribe()
        await served.board.listened(1)


async def test_a_fault_in_an_event_is_masked_and_the_next_event_comes() -> None:
    async with serving() as served, listening(served) as socket:
        served.board.tell(1)
        await socket.subscribe('subscription { figure(name: "a") { value crash } }')
        for value in (2, 3):
            message = await socket.hear()
            assert INSIDE not in str(message)
            assert message["payload"]["errors"][0]["extensions"]["code"] == "INTERNAL"
            served.board.tell(value)


async def test_a_fault_in_what_is_listened_to_is_masked_and_ends_the_subscription() -> None:
    async with serving() as served, listening(served) as socket:
        await socket.subscribe("subscription { crashing }")
        assert (await socket.hear())["payload"]["data"] == {"crashing": 1}
        assert await socket.error() == "INTERNAL"
        await socket.subscribe("subscription { once }")
        assert (await socket.hear())["payload"]["data"] == {"once": 1}


async def _who(socket: Socket) -> str:
    """Find out whether strangers or callers with a key are asking: only the latter are forbidden."""
    await socket.subscribe("subscription { secret }")
    return await socket.error()


@pytest.mark.parametrize("name", ["Authorization", "authorization"])
async def test_a_caller_shows_its_key_in_the_payload(name: str) -> None:
    async with serving() as served, opened(served) as socket:
        await socket.init(**{name: f"Bearer {KEY}"})
        assert await _who(socket) == "FORBIDDEN"


async def test_a_caller_shows_its_key_in_the_handshake_or_in_both_or_nothing() -> None:
    async with serving() as served:
        async with opened(served, Authorization=f"Bearer {KEY}") as socket:
            await socket.init()
            assert await _who(socket) == "FORBIDDEN"
        async with opened(served, Authorization=f"Bearer {KEY}") as socket:
            await socket.init(authorization=f"Bearer {KEY}")
            assert await _who(socket) == "FORBIDDEN"
        async with opened(served) as socket:
            await socket.init()
            assert await _who(socket) == "UNAUTHENTICATED"


async def test_a_key_that_opens_nothing_closes_the_connection() -> None:
    async with serving() as served:
        for payload in ({"Authorization": "Bearer ann.wrong"}, {"Authorization": KEY}):
            async with opened(served) as socket:
                await socket.send(type="connection_init", payload=payload)
                code, reason = await socket.closed()
                assert (code, "not known" in (reason or "")) == (4403, True)
        async with opened(served, Authorization=f"Bearer {KEY}") as socket:
            await socket.send(type="connection_init", payload={"Authorization": f"Bearer {OTHER_KEY}"})
            assert (await socket.closed())[0] == 4403
