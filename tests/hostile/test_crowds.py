"""Thousands of connections, floods of them, and requests sent ahead or left behind."""

import resource
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from gateway.server.crowd import ConnectionLimits
from gateway.server.listening import within_descriptors
from tests.hostile.stranger import (
    HANGING,
    WHOLE,
    Stranger,
    counted,
    descriptors,
    good_caller,
    refused,
    request,
    stranger,
    until,
    until_refused,
)
from tests.running import PATIENT, Gateway, running_gateway


@asynccontextmanager
async def strangers(gateway: Gateway, many: int) -> AsyncIterator[list[Stranger]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(stranger(gateway.url)) for _ in range(many)]


async def test_two_thousand_idle_connections_take_nothing_from_a_good_caller() -> None:
    async with descriptors(6000), running_gateway(PATIENT) as gateway:
        async with good_caller(gateway), strangers(gateway, 2000) as idle:
            assert await counted(gateway, "gateway_http_connections") >= 2000
            for each in idle[::100]:
                each.send(WHOLE)
                assert (await each.answer()).startswith(b"HTTP/1.1 200 ")
            for reason in ("crowded_out", "too_many_connections", "overloaded"):
                assert await refused(gateway, reason) == 0
        await gateway.http.close()
        await until(lambda: not gateway.server_state.connections)


async def test_past_the_most_connections_the_longest_idle_are_closed_and_new_ones_answered() -> None:
    limits = ConnectionLimits(connections=50, keep_alive=3600)
    async with running_gateway(limits) as gateway, good_caller(gateway), strangers(gateway, 200) as idle:
        assert await idle[0].rest() == b""
        await until(lambda: len(gateway.server_state.connections) <= 51)
        assert await refused(gateway, "crowded_out") >= 150
        async with stranger(gateway.url) as last:
            last.send(WHOLE)
            assert (await last.answer()).startswith(b"HTTP/1.1 200 ")


async def test_half_sent_requests_crowd_nobody_out_either() -> None:
    limits = ConnectionLimits(connections=20, keep_alive=3600)
    async with running_gateway(limits) as gateway, good_caller(gateway), strangers(gateway, 60) as half:
        for at, each in enumerate(half):
            each.send(WHOLE[: 20 if at % 2 else -5])
        assert await half[0].rest() == b""
        assert await refused(gateway, "too_many_connections") == 0


async def test_where_every_connection_is_at_work_a_new_one_is_told_to_come_back() -> None:
    async with running_gateway(ConnectionLimits(connections=3)) as gateway:
        await gateway.fail("xverse", "hang")
        async with strangers(gateway, 3) as busy:
            for each in busy:
                each.send(HANGING)
            await until(lambda: len(gateway.server_state.tasks) == 3)
            async with stranger(gateway.url) as fourth:
                answer = await fourth.rest()
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 1\r\n" in answer
        assert b'"code":"OVERLOADED"' in answer


async def test_a_flood_of_connections_that_come_and_go_leaves_nothing_behind() -> None:
    async with running_gateway(PATIENT) as gateway:
        async with good_caller(gateway):
            for at in range(600):
                async with stranger(gateway.url) as brief:
                    brief.send((b"", WHOLE, WHOLE[:30], b"\xff" * 9)[at % 4])
        await gateway.http.close()
        state = gateway.server_state
        await until(lambda: not state.connections and not state.tasks)


async def test_requests_sent_ahead_are_answered_in_order(gateway: Gateway) -> None:
    async with stranger(gateway.url) as eager:
        eager.send(b"".join(request(b"{ a%d: limits { maxDepth } }" % at) for at in range(10)))
        for at in range(10):
            await eager.answer(b'"a%d":{"maxDepth":15}},' % at)


async def test_far_too_many_requests_sent_ahead_are_cut_off(gateway: Gateway) -> None:
    async with good_caller(gateway), stranger(gateway.url) as eager:
        eager.send(b"GET /healthz HTTP/1.1\r\n\r\n" * 5000)
        await until_refused(gateway, "pipelined")
        await eager.rest()
    await gateway.http.close()
    await until(lambda: not gateway.server_state.connections and not gateway.server_state.tasks)


async def test_noise_behind_a_good_request_is_never_taken_for_its_answer() -> None:
    async with running_gateway(PATIENT) as gateway:
        await gateway.fail("xverse", "hang")
        async with stranger(gateway.url) as mixed:
            mixed.send(HANGING + b"\xff\xff\xff\xff")
            assert await mixed.rest() == b""


def test_where_few_files_may_be_open_there_are_fewer_connections() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    few = within_descriptors(ConnectionLimits(connections=hard))
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert 0 < few.connections < hard
    assert within_descriptors(ConnectionLimits(connections=8)) == ConnectionLimits(connections=8)
