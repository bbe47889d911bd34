"""The node's JSON-RPC face answers the wire as a stock Solana node does."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from spl.token.constants import TOKEN_PROGRAM_ID

from tests.chain import Chain
from tests.chain.rpc import MAX_BODY

NOBODY = "3dGoFzaDHbU5Y8RFT8uUYn19VjckDnJn4guWvSzxM8pL"
THIRTY_THREE_BYTES = "JEKNVnkbo3jma5nREBBJCDoXFVeKkD56V3xKrvRmWxFH"


@pytest_asyncio.fixture
async def session(chain: Chain) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(chain.url) as opened:
        yield opened


def call(method: str, *params: Any, name: Any = 1) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": name, "method": method, "params": list(params)}


async def ask(session: aiohttp.ClientSession, question: Any) -> Any:
    async with session.post("/", json=question) as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "application/json; charset=utf-8"
        assert (await response.text()).endswith("}\n" if isinstance(question, dict) else "]\n")
        return await response.json()


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (NOBODY, "could not find account"),
        ("1" * 45, "WrongSize"),
        ("1" * 31, "WrongSize"),
        (THIRTY_THREE_BYTES, "WrongSize"),
        ("0" * 32, "Invalid"),
    ],
)
async def test_a_balance_that_cannot_be_read_says_why(session: aiohttp.ClientSession, text: str, cause: str) -> None:
    reply = await ask(session, call("getTokenAccountBalance", text))
    assert reply == {"jsonrpc": "2.0", "error": {"code": -32602, "message": f"Invalid param: {cause}"}, "id": 1}


async def test_wallets_mints_and_blank_accounts_are_not_token_accounts(
    chain: Chain, session: aiohttp.ClientSession
) -> None:
    for address in (chain.create_wallet(10**9), chain.create_mint(6), chain.create_blank_account()):
        reply = await ask(session, call("getTokenAccountBalance", str(address)))
        assert reply["error"] == {"code": -32602, "message": "Invalid param: not a Token account"}


async def test_what_is_not_a_token_account_comes_as_what_it_is(chain: Chain, session: aiohttp.ClientSession) -> None:
    addresses = [chain.create_wallet(10**9), chain.create_mint(7), chain.create_blank_account()]
    keys = [NOBODY, *map(str, addresses)]
    reply = await ask(session, call("getMultipleAccounts", keys, {"encoding": "jsonParsed"}))
    missing, wallet, mint, blank = reply["result"]["value"]
    assert missing is None
    assert wallet["data"] == ["", "base64"]
    assert wallet["lamports"] == 10**9
    assert mint["data"]["parsed"]["type"] == "mint"
    assert mint["data"]["parsed"]["info"]["decimals"] == 7
    assert blank["data"][1] == "base64"
    assert blank["space"] == 165


async def test_a_batch_is_answered_in_order_and_notifications_with_silence(session: aiohttp.ClientSession) -> None:
    silent = {"jsonrpc": "2.0", "method": "getBalance", "params": [NOBODY]}
    names = ["b", 2**64 - 1, None, 0]
    question = [silent, *(call("getBalance", NOBODY, name=name) for name in names), call("nope"), silent, 5]
    replies = await ask(session, question)
    assert [reply["id"] for reply in replies] == [*names, 1, None]
    assert [reply["result"]["value"] for reply in replies[:4]] == [0] * 4
    assert [reply["error"]["code"] for reply in replies[4:]] == [-32601, -32600]


@pytest.mark.parametrize("question", [[], {"jsonrpc": "2.0", "method": "getBalance", "params": [NOBODY]}])
async def test_nothing_to_say_is_an_empty_body(session: aiohttp.ClientSession, question: Any) -> None:
    async with session.post("/", json=question) as response:
        assert (response.status, await response.read()) == (200, b"")


@pytest.mark.parametrize(
    "changes", [{"jsonrpc": "1.0"}, {"id": -1}, {"id": 1.5}, {"id": 2**64}, {"id": True}, {"method": 1}, {"extra": 1}]
)
async def test_a_malformed_call_is_an_invalid_request(session: aiohttp.ClientSession, changes: dict[str, Any]) -> None:
    reply = await ask(session, call("getBalance", NOBODY) | changes)
    assert reply["error"] == {"code": -32600, "message": "Invalid request"}


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (call("getBalance") | {"params": {}}, "`params` should be an array"),
        (call("getTokenAccountBalance"), "`params` should have at least 1 argument(s)"),
        (call("getTokenAccountBalance", NOBODY, None, None), "Expected from 1 to 2 parameters."),
        (call("getTokenAccountBalance", NOBODY, {}), "Invalid params: missing field `commitment`."),
        (call("getTokenAccountBalance", NOBODY, {"minContextSlot": 1}), "Invalid params: missing field `commitment`."),
        (call("getMultipleAccounts", [NOBODY] * 101), "Too many inputs provided; max 100"),
        (call("getMultipleAccounts", [NOBODY, "x"]), "Invalid param: WrongSize"),
        (call("getTokenAccountsByOwner", NOBODY, {"mint": NOBODY}), "Invalid param: could not find mint"),
        (
            call("getTokenAccountsByOwner", NOBODY, {"programId": NOBODY}),
            "Invalid param: unrecognized Token program id",
        ),
        (
            call("getTokenAccountsByOwner", NOBODY, {"programId": NOBODY, "mint": NOBODY}),
            "Invalid params: expected map with a single key.",
        ),
    ],
)
async def test_wrong_params_are_refused_in_a_nodes_words(
    session: aiohttp.ClientSession, question: dict[str, Any], message: str
) -> None:
    error = (await ask(session, question))["error"]
    assert (error["code"], error["message"]) == (-32602, message)


async def test_a_commitment_is_one_of_three(session: aiohttp.ClientSession) -> None:
    for config in ({"commitment": "finalized"}, None):
        assert (
            "could not find" in (await ask(session, call("getTokenAccountBalance", NOBODY, config)))["error"]["message"]
        )
    for method, key in (("getTokenAccountBalance", NOBODY), ("getBalance", NOBODY), ("getMultipleAccounts", [NOBODY])):
        error = (await ask(session, call(method, key, {"commitment": "max"})))["error"]
        assert error["message"].startswith("Invalid params: unknown variant `max`")


async def test_a_slot_yet_to_come_is_refused_where_it_is_honoured(chain: Chain, session: aiohttp.ClientSession) -> None:
    reached, ahead = {"minContextSlot": chain.slot}, {"minContextSlot": chain.slot + 1, "commitment": "confirmed"}
    assert (await ask(session, call("getBalance", NOBODY, reached)))["result"]["context"]["slot"] == chain.slot
    for method, key in (("getBalance", NOBODY), ("getMultipleAccounts", [NOBODY])):
        error = (await ask(session, call(method, key, ahead)))["error"]
        assert (error["code"], error["data"]) == (-32016, {"contextSlot": chain.slot})
    ignored = await ask(session, call("getTokenAccountBalance", NOBODY, ahead))
    assert ignored["error"]["message"] == "Invalid param: could not find account"


async def test_an_owners_accounts_need_an_encoding_that_fits(chain: Chain, session: aiohttp.ClientSession) -> None:
    owner = chain.create_wallet()
    chain.create_account(chain.create_mint(6), owner)
    question = ("getTokenAccountsByOwner", str(owner), {"programId": str(TOKEN_PROGRAM_ID)})
    assert (await ask(session, call(*question)))["error"]["code"] == -32600
    (row,) = (await ask(session, call(*question, {"encoding": "base64"})))["result"]["value"]
    assert row["account"]["data"][1] == "base64"


async def test_a_refused_method_is_not_found_and_is_counted(chain: Chain, session: aiohttp.ClientSession) -> None:
    chain.node.refused.add("getMultipleAccounts")
    error = (await ask(session, call("getMultipleAccounts", [NOBODY])))["error"]
    assert error == {"code": -32601, "message": "Method not found"}
    assert chain.node.calls == {"getMultipleAccounts": 1}


async def test_http_itself_is_as_strict_as_a_nodes(session: aiohttp.ClientSession) -> None:
    async with session.get("/") as response:
        assert response.status == 405
    wanted = {"Content-Type": "application/json"}
    for body, headers, status in (
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b"{}", {"Content-Type": "application/json; charset=utf-8"}, 200),
        (b'"\xff"', wanted, 400),
        (b" " * (MAX_BODY + 1), wanted, 413),
    ):
        async with session.post("/", data=body, headers=headers) as response:
            assert response.status == status
    async with session.post("/", data=b" " * MAX_BODY, headers=wanted) as response:
        assert (await response.json())["error"] == {"code": -32700, "message": "Parse error"}
