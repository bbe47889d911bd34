"""`gateway serve`: it greets, answers, says what is wrong before it starts, and stops when it is told to."""

import asyncio
import json
import socket

import aiohttp

from gateway.sandbox import credentials
from tests.cli.command import Running, ask, control, run, running

QUERY = '{ account(address: "1AzvGNJwEgQvu6eFfeQDjcetPiRi3rfa22") { runes { outcome nodes { amount { atomic } } } } }'
WALLETS = '{ exchangeWallets(currencies: ["btc"]) { outcome nodes { balance { display } } } }'
SANDBOX = ("serve", "--sandbox", "--sandbox-port", "0")


async def test_over_its_sandbox_it_greets_with_a_url_and_a_key_that_work() -> None:
    async with running(*SANDBOX, GATEWAY_PORT="0") as serving:
        url, key = serving.greeting["open"], serving.greeting["key"].removeprefix("Authorization: Bearer ")
        assert url.startswith("http://127.0.0.1:")
        assert url.endswith("/graphql")
        status, body = await ask(url, QUERY)
        nodes = [{"amount": {"atomic": "21"}}]
        assert (status, body) == (200, {"data": {"account": {"runes": {"outcome": "FRESH", "nodes": nodes}}}})
        wallets = {"outcome": "FRESH", "nodes": [{"balance": {"display": "1"}}]}
        assert await ask(url, WALLETS, key) == (200, {"data": {"exchangeWallets": wallets}})
        calls = (await control(serving.greeting["xverse"].split()[0]))["calls"]
        assert calls == {"GET /v2/runes/address/{address}/balance": 1}
        stopped = await serving.stop()
        assert stopped.code == 0


async def test_its_log_is_one_json_object_a_line_and_holds_no_secret_and_no_question() -> None:
    async with running(*SANDBOX, GATEWAY_PORT="0") as serving:
        url, key = serving.greeting["open"], serving.greeting["key"].removeprefix("Authorization: Bearer ")
        await control(serving.greeting["sfox"].split()[0], fail={"fault": "503"})
        await ask(url, QUERY)
        await ask(url, WALLETS, key)
        await control(serving.greeting["xverse"].split()[0], fail={"fault": "oversize"})
        await ask(url, QUERY.replace("{ runes", "{ runes(maxAge: 0)"))
        stopped = await serving.stop()
    lines = [json.loads(line) for line in stopped.err.splitlines()]
    assert [line["event"] for line in lines].count("http.request") == 3
    assert [line["event"] for line in lines].count("reading.failed") == 2
    assert {line["level"] for line in lines} == {"info", "warning"}
    for secret in (
        "1AzvGNJwEgQvu6eFfeQDjcetPiRi3rfa22",
        "sandbox-secret",
        credentials.XVERSE_API_KEY,
        credentials.SFOX_TOKEN,
        "exchangeWallets",
        "maxAge",
        "http://",
    ):
        assert secret not in stopped.err


async def test_a_fault_that_it_is_started_with_is_seen_through_it() -> None:
    async with running(*SANDBOX, "--fault", "xverse:503", GATEWAY_PORT="0") as serving:
        _, body = await ask(serving.greeting["open"], QUERY)
    assert body == {"data": {"account": {"runes": {"outcome": "UNAVAILABLE", "nodes": None}}}}


async def test_other_settings_hold_over_the_sandbox_and_the_providers_own_do_not() -> None:
    settings = {
        "GATEWAY_PORT": "0",
        "GATEWAY_ANONYMOUS_SCOPES": "[]",
        "GATEWAY_XVERSE__URL": "http://127.0.0.1:1",
        "GATEWAY_XVERSE__API_KEY": "a-real-key",
    }
    async with running(*SANDBOX, **settings) as serving:
        _, refused = await ask(serving.greeting["open"], QUERY)
        assert "errors" in refused
        _, body = await ask(serving.greeting["open"], QUERY, "demo.sandbox-secret")
        nodes = [{"amount": {"atomic": "21"}}]
        assert body == {"data": {"account": {"runes": {"outcome": "FRESH", "nodes": nodes}}}}


async def test_without_a_sandbox_it_greets_with_its_url_and_shows_no_key() -> None:
    async with running("serve", last="open", GATEWAY_PORT="0", GATEWAY_HOST="localhost") as serving:
        assert serving.greeting["open"].startswith("http://localhost:")
        assert await ask(serving.greeting["open"], "{ limits { maxDepth } }") == (
            200,
            {"data": {"limits": {"maxDepth": 15}}},
        )
        page = serving.greeting["open"].replace("/graphql", "/graphiql/settings.json")
        assert await _json(page) == {"sandbox": False, "demoKey": None}
        await serving.stop()


async def _json(url: str) -> object:
    async with aiohttp.ClientSession() as http, http.get(url) as response:
        return await response.json()


async def test_a_taken_port_is_told_and_nothing_starts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = await run(*SANDBOX, GATEWAY_PORT=str(port))
        assert told.code == 1
        assert f"127.0.0.1:{port} is taken" in told.err
        assert "GATEWAY_PORT" in told.err
        assert "Traceback" not in told.err
        assert "open" not in told.out


async def test_a_taken_port_of_the_sandbox_is_told_and_nothing_starts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for command in (("serve", "--sandbox"), ("sandbox",)):
            told = await run(*command, "--sandbox-port", str(port), GATEWAY_PORT="0")
            assert told.code == 1
            assert f"127.0.0.1:{port}" in told.err
            assert "--sandbox-port" in told.err
            assert "Traceback" not in told.err


async def test_a_host_that_is_not_here_is_told() -> None:
    told = await run("serve", GATEWAY_HOST="192.0.2.1", GATEWAY_PORT="0")
    assert told.code == 1
    assert "cannot listen on 192.0.2.1:0" in told.err
    assert "Traceback" not in told.err


async def test_bad_settings_stop_the_start_and_are_told_together() -> None:
    for command in ("serve", "check"):
        told = await run(command, GATEWAY_PORT="x", GATEWAY_XVERSE__URL="swordfish")
        assert (told.code, told.out) == (1, "")
        assert "these settings will not do:" in told.err
        assert "GATEWAY_PORT: " in told.err
        assert "GATEWAY_XVERSE__URL: " in told.err
        assert "swordfish" not in told.err
        assert "Traceback" not in told.err
    unknown = await run("serve", GATEWAY_PRT="1")
    assert (unknown.code, "GATEWAY_PRT: no such setting; GATEWAY_PORT is meant" in unknown.err) == (1, True)


async def test_a_fault_without_a_sandbox_is_refused() -> None:
    told = await run("serve", "--fault", "sfox:429")
    assert told.code == 2
    assert "--sandbox" in told.err


async def _until_asked(serving: Running, provider: str) -> None:
    """Wait until a provider of the sandbox has had a call."""
    while not (await control(serving.greeting[provider].split()[0]))["calls"]:
        continue


async def test_told_to_stop_it_lets_a_request_under_way_end_and_then_ends() -> None:
    settings = {"GATEWAY_PORT": "0", "GATEWAY_REQUEST_TIMEOUT": "2"}
    async with running(*SANDBOX, "--fault", "xverse:hang", **settings) as serving:
        asking = asyncio.create_task(ask(serving.greeting["open"], QUERY))
        await _until_asked(serving, "xverse")
        stopped = await serving.stop()
        assert await asking == (200, {"data": {"account": {"runes": {"outcome": "UNAVAILABLE", "nodes": None}}}})
    assert stopped.code == 0
    assert "Traceback" not in stopped.err


async def test_told_to_stop_it_ends_though_a_request_would_take_far_longer() -> None:
    settings = {"GATEWAY_PORT": "0", "GATEWAY_REQUEST_TIMEOUT": "60"}
    async with running(*SANDBOX, "--fault", "xverse:hang", **settings) as serving:
        asking = asyncio.create_task(ask(serving.greeting["open"], QUERY))
        await _until_asked(serving, "xverse")
        stopped = await serving.stop()
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    assert stopped.code == 0


async def test_an_answer_does_not_say_what_serves_it() -> None:
    async with running(*SANDBOX, GATEWAY_PORT="0") as serving, aiohttp.ClientSession() as http:
        for path in ("/graphql", "/healthz", "/nothing"):
            async with http.get(serving.greeting["open"].replace("/graphql", path)) as response:
                assert "Server" not in response.headers
                assert "X-Powered-By" not in response.headers
