"""Faults by name: each on every provider, in that provider's own shape, and gone when used up."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from gateway.sandbox import FAULTS, RPC_FAULTS, addresses, open_sandbox
from tests.sandbox.caller import JSON_TYPE, Caller, Heard

PROVIDERS = ("xverse", "solana", "bloxroute", "sfox")
PATHS = {
    "xverse": f"/v2/runes/address/{addresses.RUNES_HOLDER}/balance",
    "bloxroute": f"/api/v2/balance?ownerAddress={addresses.OWNER}",
    "sfox": "/v1/user/balance",
}
BALANCE = {"jsonrpc": "2.0", "id": 1, "method": "getTokenAccountBalance", "params": [addresses.TOKEN_ACCOUNT]}


async def ask(caller: Caller, provider: str) -> Heard:
    if provider == "solana":
        return await caller.ask("POST", "solana", "/", headers=JSON_TYPE, body=json.dumps(BALANCE).encode())
    return await caller.get(provider, PATHS[provider])


async def struck(caller: Caller, provider: str, fault: str) -> Heard:
    """The reply that the fault spoils, seen to be followed by a sound one."""
    await caller.fail(provider, fault)
    heard = await ask(caller, provider)
    sound = await ask(caller, provider)
    assert sound.status == 200
    assert "error" not in sound.text
    return heard


async def arrived(caller: Caller, provider: str) -> None:
    """Come back once a call has been counted, asking the sandbox itself as often as it takes."""
    while not (await caller.order(provider))["calls"]:
        pass


@pytest.mark.parametrize("status", ["400", "401", "403", "404", "422", "429", "500", "502", "503", "504"])
async def test_a_status_is_said_by_each_in_its_own_shape(caller: Caller, status: str) -> None:
    heard = {provider: await struck(caller, provider, status) for provider in PROVIDERS}
    assert {said.status for said in heard.values()} == {int(status)}
    assert isinstance(heard["xverse"].tree, str)
    assert heard["solana"].media == "text/plain; charset=utf-8"
    assert set(heard["bloxroute"].tree) == {"code", "message", "details"}
    assert heard["bloxroute"].tree["code"] != int(status)
    assert set(heard["sfox"].tree) == {"error"}
    assert not [said for said in heard.values() if "Retry-After" in said.headers]


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_a_limit_may_say_when_to_come_back(caller: Caller, provider: str) -> None:
    heard = await struck(caller, provider, "429-retry-after")
    assert (heard.status, heard.headers["Retry-After"]) == (429, "1")


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_a_good_status_may_bring_anything(caller: Caller, provider: str) -> None:
    page = await struck(caller, provider, "html")
    assert (page.status, page.media) == (200, "text/html; charset=utf-8")
    assert (await struck(caller, provider, "empty")).text == ""
    nonsense = await struck(caller, provider, "not-json")
    assert nonsense.status == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(nonsense.text)


@pytest.mark.parametrize(
    ("provider", "usual", "spoilt"),
    [("xverse", dict, []), ("solana", dict, []), ("bloxroute", dict, []), ("sfox", list, {})],
)
async def test_the_top_level_may_be_of_another_type(caller: Caller, provider: str, usual: type, spoilt: Any) -> None:
    assert isinstance((await ask(caller, provider)).tree, usual)
    assert (await struck(caller, provider, "wrong-type")).tree == spoilt


async def test_the_first_amount_may_be_missing(caller: Caller) -> None:
    assert "confirmedBalance" not in (await struck(caller, "xverse", "missing-field")).tree["balances"][0]
    assert "amount" not in (await struck(caller, "solana", "missing-field")).tree["result"]["value"]
    assert "settledAmount" not in (await struck(caller, "bloxroute", "missing-field")).tree["tokens"][0]
    assert "balance" not in (await struck(caller, "sfox", "missing-field")).tree[0]


async def test_the_first_amount_may_be_a_float(caller: Caller) -> None:
    assert '"confirmedBalance":150000001.0,' in (await struck(caller, "xverse", "float-amount")).text
    assert '"amount":9864.0,' in (await struck(caller, "solana", "float-amount")).text
    assert (await struck(caller, "bloxroute", "float-amount")).tree["tokens"][0]["settledAmount"] == "NaN"
    assert (await struck(caller, "sfox", "float-amount")).tree[0]["balance"] == "NaN"


@pytest.mark.parametrize("fault", ["missing-field", "float-amount"])
async def test_every_answer_has_something_to_spoil(caller: Caller, fault: str) -> None:
    paths = [
        ("xverse", f"/v1/ordinals/address/{addresses.RUNES_HOLDER}/runes"),
        ("xverse", f"/v1/ordinals/address/{addresses.EMPTY_HOLDER}/runes"),
        ("xverse", f"/v2/runes/address/{addresses.EMPTY_HOLDER}/balance"),
        ("xverse", "/v1/runes/batch-info?runeIds=1:0"),
        ("bloxroute", f"/api/v2/balance?ownerAddress={addresses.NEVER_CREATED}"),
        ("bloxroute", "/api/v2/rate-limit"),
    ]
    for provider, path in paths:
        sound = await caller.get(provider, path)
        await caller.fail(provider, fault)
        assert (await caller.get(provider, path)).tree != sound.tree


async def test_an_error_may_come_with_a_good_status(caller: Caller) -> None:
    heard = {provider: await struck(caller, provider, "error-in-200") for provider in PROVIDERS}
    assert {said.status for said in heard.values()} == {200}
    assert heard["bloxroute"].tree == {"code": 13, "message": "internal error", "details": []}
    assert heard["solana"].tree["error"] == {"code": -32603, "message": "Internal error"}
    assert heard["sfox"].tree == {"error": "internal server error"}
    assert heard["xverse"].tree["statusCode"] == 500


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("rpc-32005", {"code": -32005, "message": "Node is behind by 42 slots", "data": {"numSlotsBehind": 42}}),
        (
            "rpc-32016",
            {
                "code": -32016,
                "message": "Minimum context slot has not been reached",
                "data": {"contextSlot": 301_554_000},
            },
        ),
        ("rpc-32603", {"code": -32603, "message": "Internal error"}),
        ("rpc-429", {"code": 429, "message": "Too many requests for a specific RPC call"}),
    ],
)
async def test_a_node_fails_inside_http_200(caller: Caller, fault: str, said: dict[str, Any]) -> None:
    heard = await struck(caller, "solana", fault)
    assert (heard.status, heard.tree) == (200, {"jsonrpc": "2.0", "error": said, "id": 1})


async def test_every_item_of_a_batch_is_struck(caller: Caller) -> None:
    batch = [{**BALANCE, "id": n} for n in range(3)]
    await caller.fail("solana", "rpc-32005")
    assert [reply["error"]["code"] for reply in await caller.post_rpc(batch)] == [-32005] * 3
    await caller.fail("solana", "float-amount")
    assert len([r for r in await caller.post_rpc(batch) if r["result"]["value"]["amount"] != "9864"]) == 3
    await caller.fail("solana", "wrong-type")
    assert await caller.post_rpc(batch) == {}


@pytest.mark.parametrize(("call_id", "another"), [(1, "1"), ("1", "1?"), (None, 0)])
async def test_a_reply_may_carry_another_id(caller: Caller, call_id: Any, another: Any) -> None:
    await caller.fail("solana", "wrong-id")
    assert (await caller.post_rpc({**BALANCE, "id": call_id}))["id"] == another


async def test_a_reply_may_carry_both_result_and_error(caller: Caller) -> None:
    await caller.fail("solana", "both-result-and-error")
    assert {"result", "error"} <= set(await caller.post_rpc(BALANCE))


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_a_body_may_be_cut_in_half(caller: Caller, provider: str) -> None:
    await caller.fail(provider, "truncated")
    with pytest.raises(aiohttp.ClientPayloadError):
        await ask(caller, provider)
    assert (await ask(caller, provider)).status == 200


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_a_body_may_be_too_large_and_still_be_json(caller: Caller, provider: str) -> None:
    heard = await struck(caller, provider, "oversize")
    assert len(heard.text.encode()) > 5_000_000
    assert heard.tree


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_a_connection_may_close_without_a_byte(caller: Caller, provider: str) -> None:
    # aiohttp's client asks a second time by itself where the verb is GET.
    await caller.fail(provider, "disconnect", times=None)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await ask(caller, provider)
    await caller.order(provider, reset=True)
    assert (await ask(caller, provider)).status == 200


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_a_redirect_points_to_another_host_where_an_answer_waits(caller: Caller, provider: str) -> None:
    await caller.fail(provider, "redirect")
    heard = await ask(caller, provider)
    assert heard.status == 302
    location = heard.headers["Location"]
    assert location.startswith(f"http://localhost:{caller.sandbox.urls[provider].rpartition(':')[2]}/")
    async with caller.session.post(f"{location.split('/')[0]}//{location.split('/')[2]}/_sandbox", data="{}") as reply:
        assert (await reply.json())["provider"] == provider


async def test_a_drip_never_ends(caller: Caller) -> None:
    await caller.fail("sfox", "drip")
    async with caller.session.get(caller.sandbox.urls["sfox"] + PATHS["sfox"]) as reply:
        assert await reply.content.readexactly(5) == b"     "
        assert not reply.content.at_eof()


async def test_a_call_that_hangs_ends_with_the_sandbox(session: aiohttp.ClientSession) -> None:
    async with open_sandbox(limits=False) as sandbox:
        caller = Caller(sandbox, session)
        hanging = []
        for provider in PROVIDERS:
            await caller.fail(provider, "hang", times=None)
            hanging.append(asyncio.ensure_future(ask(caller, provider)))
        for provider in PROVIDERS:
            await arrived(caller, provider)
        assert not any(call.done() for call in hanging)
    outcomes = await asyncio.gather(*hanging, return_exceptions=True)
    assert [outcome for outcome in outcomes if not isinstance(outcome, aiohttp.ClientConnectionError)] == []


async def test_a_caller_who_leaves_takes_a_hanging_call_with_him(caller: Caller) -> None:
    await caller.fail("xverse", "hang")
    running = len(asyncio.all_tasks())
    leaving = asyncio.ensure_future(ask(caller, "xverse"))
    await arrived(caller, "xverse")
    assert len(asyncio.all_tasks()) > running
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    while len(asyncio.all_tasks()) > running:
        await caller.order("xverse")
    assert (await ask(caller, "xverse")).status == 200


async def test_latency_does_not_delay_the_closing(session: aiohttp.ClientSession) -> None:
    async with open_sandbox(limits=False) as sandbox:
        caller = Caller(sandbox, session)
        await caller.order("sfox", latency_ms=600_000)
        waiting = asyncio.ensure_future(ask(caller, "sfox"))
        await arrived(caller, "sfox")
        assert not waiting.done()
    # Ten minutes were asked for; the test's own client would give up after half a minute.
    assert not isinstance((await asyncio.gather(waiting, return_exceptions=True))[0], TimeoutError)


async def test_latency_is_waited_for_and_can_be_taken_away(caller: Caller) -> None:
    await caller.order("sfox", latency_ms=1)
    assert (await ask(caller, "sfox")).status == 200
    assert (await caller.order("sfox", latency_ms=0))["latency_ms"] == 0


async def test_a_fault_strikes_as_often_as_told(caller: Caller) -> None:
    await caller.fail("sfox", "503", times=2)
    assert [(await ask(caller, "sfox")).status for _ in range(3)] == [503, 503, 200]


async def test_faults_are_used_up_in_order(caller: Caller) -> None:
    await caller.fail("sfox", "503", times=1)
    await caller.fail("sfox", "429", times=1)
    assert [(await ask(caller, "sfox")).status for _ in range(3)] == [503, 429, 200]


async def test_a_fault_without_number_lasts_until_reset(caller: Caller) -> None:
    await caller.fail("sfox", "500", times=None)
    assert [(await ask(caller, "sfox")).status for _ in range(5)] == [500] * 5
    await caller.order("sfox", reset=True)
    assert (await ask(caller, "sfox")).status == 200


async def test_a_fault_may_keep_to_one_route(caller: Caller) -> None:
    await caller.fail("solana", "503", times=None, route="getMultipleAccounts")
    assert (await ask(caller, "solana")).status == 200
    body = json.dumps({**BALANCE, "method": "getMultipleAccounts"}).encode()
    assert (await caller.ask("POST", "solana", "/", headers=JSON_TYPE, body=body)).status == 503


async def test_the_tables_name_every_fault_once(caller: Caller) -> None:
    assert not set(FAULTS) & set(RPC_FAULTS)
    for name in FAULTS:
        for provider in PROVIDERS:
            await caller.fail(provider, name)
    for name in RPC_FAULTS:
        await caller.fail("solana", name)
