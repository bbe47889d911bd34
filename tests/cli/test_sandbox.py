"""`gateway sandbox`: the providers' imitations on their own."""

import signal

import aiohttp

from gateway.sandbox import FAULTS, credentials
from tests.cli.command import control, run, running


async def _wallets(url: str) -> int:
    headers = {"Authorization": f"Bearer {credentials.SFOX_TOKEN}"}
    async with aiohttp.ClientSession(headers=headers) as http, http.get(f"{url}/v1/user/balance") as response:
        return response.status


async def test_it_prints_where_each_provider_is_and_its_key_and_answers_there() -> None:
    async with running("sandbox", "--sandbox-port", "0") as sandbox:
        for provider in ("xverse", "solana", "bloxroute", "sfox"):
            url, _, key = sandbox.greeting[provider].partition(" ")
            assert "sandbox-" in key
            shown = await control(url)
            assert (shown["provider"], shown["calls"], shown["limits"]) == (provider, {}, True)
        url = sandbox.greeting["sfox"].split()[0]
        assert await _wallets(url) == 200
        assert (await control(url))["calls"] == {"GET /v1/user/balance": 1}
        stopped = await sandbox.stop()
        assert stopped.code in (0, -signal.SIGTERM)
        assert "Traceback" not in stopped.err


async def test_a_fault_that_it_is_started_with_strikes_until_it_is_reset() -> None:
    async with running("sandbox", "--sandbox-port", "0", "--fault", "sfox:429", "--fault", "xverse:500") as sandbox:
        url = sandbox.greeting["sfox"].split()[0]
        assert [await _wallets(url), await _wallets(url)] == [429, 429]
        await control(url, reset=True)
        assert await _wallets(url) == 200


async def test_its_limits_can_be_left_off() -> None:
    async with running("sandbox", "--sandbox-port", "0", "--no-limits") as sandbox:
        url = sandbox.greeting["sfox"].split()[0]
        assert (await control(url))["limits"] is False
        assert [await _wallets(url) for _ in range(8)] == [200] * 8


async def test_an_unknown_fault_is_refused_with_the_names_of_those_there_are() -> None:
    for written, names in (("sfox:nothing", FAULTS), ("sfox", FAULTS), ("nobody:429", ("xverse", "solana", "sfox"))):
        told = await run("sandbox", "--sandbox-port", "0", "--fault", written)
        assert told.code == 1
        assert all(name in told.err for name in names)
        assert "Traceback" not in told.err


async def test_latencies_and_modes_of_the_start_are_shown_and_wrong_ones_are_refused() -> None:
    orders = ("--latency", "sfox:1-2", "--mode", "xverse:v2=false")
    async with running("sandbox", "--sandbox-port", "0", *orders) as sandbox:
        shown = await control(sandbox.greeting["sfox"].split()[0])
        assert shown["latency_ms"] == {"median": 1, "p99": 2}
        shown = await control(sandbox.greeting["xverse"].split()[0])
        assert "'v2': False" in str(shown["modes"])
    for order in (("--latency", "sfox:soon"), ("--mode", "xverse:v2=maybe"), ("--mode", "nobody:v2=true")):
        told = await run("sandbox", "--sandbox-port", "0", *order)
        assert told.code == 1
        assert "Traceback" not in told.err


async def test_interrupted_from_the_keyboard_it_ends_without_a_traceback() -> None:
    async with running("sandbox", "--sandbox-port", "0") as sandbox:
        stopped = await sandbox.stop(signal.SIGINT)
        assert "Traceback" not in stopped.err
