"""Who asks for much and does not read it holds nothing for long; who reads slowly gets all of it."""

import msgspec

from gateway.server.crowd import ConnectionLimits
from tests.hostile.stranger import HEAD, good_caller, refused, stranger, until, until_refused
from tests.running import Gateway, running_gateway

# The same large answer a dozen times over: some megabyte.
QUERY = msgspec.json.encode(
    {
        "query": "{ "
        + " ".join(f"a{at}: __schema {{ ...S }}" for at in range(12))
        + " } fragment S on __Schema { types { description fields(includeDeprecated: true) { name description args "
        "{ name description } type { name kind ofType { name kind ofType { name } } } } "
        "enumValues(includeDeprecated: true) { name description } inputFields { name description } } }"
    }
)
LARGE = HEAD + b"Content-Length: %d\r\n\r\n" % len(QUERY) + QUERY
SMALL_BUFFER = 4096


async def _size(gateway: Gateway) -> int:
    async with gateway.http.post(
        f"{gateway.url}/graphql", data=QUERY, headers={"Content-Type": "application/json"}
    ) as response:
        assert response.status == 200
        return len(await response.read())


async def test_who_does_not_read_is_cut_off_and_its_answer_dropped() -> None:
    async with running_gateway(ConnectionLimits(unread_time=0.3, keep_alive=3600)) as gateway:
        size = await _size(gateway)
        assert size > 500_000
        async with good_caller(gateway), stranger(gateway.url, receives=SMALL_BUFFER) as slow:
            slow.send(LARGE)
            await until_refused(gateway, "unread")
            assert len(await slow.rest()) < size
        await gateway.http.close()
        await until(lambda: not gateway.server_state.connections)


async def test_who_reads_too_little_is_cut_off_as_well() -> None:
    # More than there is to read, so that whatever is read is too little.
    limits = ConnectionLimits(unread_time=0.2, least_read=10_000_000, keep_alive=3600)
    async with (
        running_gateway(limits) as gateway,
        good_caller(gateway),
        stranger(gateway.url, receives=SMALL_BUFFER) as slow,
    ):
        slow.send(LARGE)
        while not await refused(gateway, "unread"):
            await slow.read(1024)


async def test_a_keep_alive_that_ends_meanwhile_keeps_nothing_either() -> None:
    async with (
        running_gateway(ConnectionLimits(unread_time=0.6, keep_alive=0.1)) as gateway,
        stranger(gateway.url, receives=SMALL_BUFFER) as slow,
    ):
        slow.send(LARGE)
        await slow.read(16)
        await until(lambda: not gateway.server_state.tasks)
        async with good_caller(gateway):
            await until_refused(gateway, "unread")


async def test_who_reads_slowly_but_steadily_gets_all_of_it() -> None:
    # Looked at again and again, and never found to be too slow.
    limits = ConnectionLimits(unread_time=0.02, least_read=0, keep_alive=3600)
    async with running_gateway(limits) as gateway:
        size = await _size(gateway)
        async with good_caller(gateway), stranger(gateway.url, receives=SMALL_BUFFER) as slow:
            slow.send(LARGE)
            head = await slow.answer(b"\r\n\r\n")
            assert f"content-length: {size}\r\n".encode() in head
            left = size
            while left:
                left -= len(await slow.read(min(left, 8192)))
        assert await refused(gateway, "unread") == 0


async def test_when_much_lies_unread_the_slowest_reader_goes_first() -> None:
    async with running_gateway() as gateway:
        size = await _size(gateway)
    # Less than two of them, and more than one.
    limits = ConnectionLimits(unread_time=3600, unread_size=size, keep_alive=3600)
    async with running_gateway(limits) as gateway:
        async with stranger(gateway.url, receives=SMALL_BUFFER) as first:
            first.send(LARGE)
            await first.read(16)
            async with stranger(gateway.url, receives=SMALL_BUFFER) as second, good_caller(gateway):
                second.send(LARGE)
                await until_refused(gateway, "unread")
                assert len(await first.rest()) < size
                head = await second.answer(b"\r\n\r\n")
                assert head.startswith(b"HTTP/1.1 200 ")
                assert len(await second.read(size)) == size
        assert await refused(gateway, "unread") == 1


async def test_who_asks_for_many_large_answers_in_a_row_holds_no_more_than_one() -> None:
    async with running_gateway(ConnectionLimits(unread_time=0.5, keep_alive=3600)) as gateway:
        async with good_caller(gateway), stranger(gateway.url, receives=SMALL_BUFFER) as greedy:
            greedy.send(LARGE * 10)
            await until_refused(gateway, "unread")
        await gateway.http.close()
        await until(lambda: not gateway.server_state.connections and not gateway.server_state.tasks)
