"""The node's HTTP and JSON-RPC manners: what it refuses, in which words, and where it stays silent."""

import json
from typing import Any

import pytest

from gateway.sandbox import addresses
from tests.sandbox.caller import JSON_TYPE, Caller, Heard

SLOT = {"jsonrpc": "2.0", "id": 1, "method": "getSlot"}


async def post(caller: Caller, body: bytes, **headers: str) -> Heard:
    return await caller.ask("POST", "solana", "/", headers={**JSON_TYPE, **headers}, body=body)


async def error_of(caller: Caller, request: Any) -> tuple[int, str, Any]:
    reply = await caller.post_rpc(request)
    assert set(reply) == {"jsonrpc", "error", "id"}
    return reply["error"]["code"], reply["error"]["message"], reply["id"]


async def test_a_reply_is_json_and_ends_with_a_newline(caller: Caller) -> None:
    heard = await post(caller, json.dumps(SLOT).encode())
    assert heard.media == "application/json; charset=utf-8"
    assert heard.text == '{"jsonrpc":"2.0","result":301554219,"id":1}\n'


@pytest.mark.parametrize("verb", ["GET", "PUT", "DELETE"])
async def test_only_post_is_allowed(caller: Caller, verb: str) -> None:
    heard = await caller.ask(verb, "solana", "/")
    assert (heard.status, heard.media) == (405, "text/plain; charset=utf-8")
    assert heard.text == "Used HTTP Method is not allowed. POST or OPTIONS is required\n"


async def test_options_are_told(caller: Caller) -> None:
    heard = await caller.ask("OPTIONS", "solana", "/")
    assert (heard.status, heard.headers["Allow"]) == (200, "OPTIONS, POST")


@pytest.mark.parametrize("content_type", ["text/plain", "application/json; charset=latin-1", "application/jsonp"])
async def test_the_content_type_must_be_json(caller: Caller, content_type: str) -> None:
    heard = await post(caller, json.dumps(SLOT).encode(), **{"Content-Type": content_type})
    assert (heard.status, heard.media) == (415, "text/plain; charset=utf-8")


async def test_the_content_type_may_name_utf_8(caller: Caller) -> None:
    heard = await post(caller, json.dumps(SLOT).encode(), **{"Content-Type": "application/json; charset=utf-8"})
    assert heard.status == 200


async def test_a_body_may_have_fifty_kilobytes_and_no_more(caller: Caller) -> None:
    fits = json.dumps(SLOT).encode().ljust(50 * 1024)
    assert (await post(caller, fits)).status == 200
    heard = await post(caller, fits + b" ")
    assert (heard.status, heard.text) == (413, "request body size exceeds allowed maximum")
    assert heard.media == "text/plain; charset=utf-8"


async def test_a_body_must_be_utf_8(caller: Caller) -> None:
    heard = await post(caller, b'{"id":"\xff"}')
    assert (heard.status, heard.media) == (400, "text/plain; charset=utf-8")


async def test_health_is_a_word(caller: Caller) -> None:
    assert (await caller.get("solana", "/health")).text == "ok"


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({}, ""),
        ({"Authorization": "sandbox-solana-key"}, ""),
        ({}, "?api_key=sandbox-solana-key"),
    ],
)
async def test_no_key_or_the_right_one_is_accepted(caller: Caller, headers: dict[str, str], query: str) -> None:
    body = json.dumps(SLOT).encode()
    heard = await caller.ask("POST", "solana", f"/{query}", headers={**JSON_TYPE, **headers}, body=body)
    assert heard.status == 200


@pytest.mark.parametrize(
    ("headers", "query"),
    [({"Authorization": "wrong"}, ""), ({"Authorization": "Bearer sandbox-solana-key"}, ""), ({}, "?api_key=wrong")],
)
async def test_a_wrong_key_is_refused_in_plain_text(caller: Caller, headers: dict[str, str], query: str) -> None:
    body = json.dumps(SLOT).encode()
    heard = await caller.ask("POST", "solana", f"/{query}", headers={**JSON_TYPE, **headers}, body=body)
    assert (heard.status, heard.media) == (401, "text/plain; charset=utf-8")


@pytest.mark.parametrize("call_id", [0, 1, 2**64 - 1, "q-2", "1", None])
async def test_the_id_comes_back_in_its_own_type(caller: Caller, call_id: Any) -> None:
    reply = await caller.post_rpc({**SLOT, "id": call_id})
    assert reply == {"jsonrpc": "2.0", "result": 301554219, "id": call_id}
    assert type(reply["id"]) is type(call_id)


@pytest.mark.parametrize("call_id", [-1, 2**64, True, [1]])
async def test_other_ids_make_the_request_invalid(caller: Caller, call_id: Any) -> None:
    assert await error_of(caller, {**SLOT, "id": call_id}) == (-32600, "Invalid request", None)


async def test_a_fraction_is_no_id(caller: Caller) -> None:
    heard = await post(caller, b'{"jsonrpc":"2.0","id":1.5,"method":"getSlot"}')
    assert heard.tree["error"] == {"code": -32600, "message": "Invalid request"}


@pytest.mark.parametrize(
    "change", [{"extra": 1}, {"jsonrpc": "1.0"}, {"method": 5}, {"params": "x"}, {"jsonrpc": 2}, {"params": 7}]
)
async def test_a_strange_member_makes_the_request_invalid(caller: Caller, change: dict[str, Any]) -> None:
    assert await error_of(caller, {**SLOT, **change}) == (-32600, "Invalid request", 1)


async def test_a_request_without_version_is_refused_in_other_words(caller: Caller) -> None:
    request = {"id": 1, "method": "getSlot"}
    assert await error_of(caller, request) == (-32600, "Unsupported JSON-RPC protocol version", 1)


@pytest.mark.parametrize("body", [b"", b"{", b"nonsense", b'{"id":1'])
async def test_what_is_no_json_is_a_parse_error(caller: Caller, body: bytes) -> None:
    heard = await post(caller, body)
    assert heard.status == 200
    assert heard.tree == {"jsonrpc": "2.0", "error": {"code": -32700, "message": "Parse error"}, "id": None}


async def test_an_unknown_method_is_not_found(caller: Caller) -> None:
    assert await error_of(caller, {**SLOT, "method": "getTokenBalance"}) == (-32601, "Method not found", 1)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({}, "`params` should be an array"),
        ([], "`params` should have at least 1 argument(s)"),
        ([5], "Invalid params: invalid type: integer `5`, expected a string."),
        ([True], "Invalid params: invalid type: boolean `true`, expected a string."),
        ([None], "Invalid params: invalid type: null, expected a string."),
        ([[]], "Invalid params: invalid type: sequence, expected a string."),
        ([addresses.TOKEN_ACCOUNT, {}], "Invalid params: missing field `commitment`."),
        ([addresses.TOKEN_ACCOUNT, {"minContextSlot": 1}], "Invalid params: missing field `commitment`."),
        (
            [addresses.TOKEN_ACCOUNT, {"commitment": "final"}],
            "Invalid params: unknown variant `final`, expected one of `processed`, `confirmed`, `finalized`.",
        ),
        ([addresses.TOKEN_ACCOUNT, "finalized"], None),
    ],
)
async def test_bad_parameters_are_told_apart(caller: Caller, params: Any, message: str | None) -> None:
    request = {"jsonrpc": "2.0", "id": "a", "method": "getTokenAccountBalance", "params": params}
    code, said, call_id = await error_of(caller, request)
    assert (code, call_id) == (-32602, "a")
    assert said == message or (message is None and said.startswith("Invalid params: invalid type: string"))


async def test_a_fraction_is_described_as_one(caller: Caller) -> None:
    heard = await post(caller, b'{"jsonrpc":"2.0","id":1,"method":"getBalance","params":[1.5]}')
    said = "Invalid params: invalid type: floating point `1.5`, expected a string."
    assert heard.tree["error"]["message"] == said


async def test_too_many_parameters_come_with_their_number(caller: Caller) -> None:
    reply = await caller.rpc("getTokenAccountBalance", addresses.TOKEN_ACCOUNT, None, None)
    assert reply["error"] == {
        "code": -32602,
        "message": "Invalid parameters: Expected from 1 to 2 parameters.",
        "data": '"Got: 3"',
    }
    assert (await caller.rpc("getHealth", 1))["error"]["code"] == -32602


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (addresses.TOO_LONG_KEY, "Invalid param: WrongSize"),
        (addresses.OWNER[:-1], "Invalid param: WrongSize"),
        (addresses.OWNER + "1", "Invalid param: WrongSize"),
        ("", "Invalid param: WrongSize"),
        ("0" + addresses.OWNER[1:], "Invalid param: Invalid"),
        ("iamnotarealaccount", "Invalid param: Invalid"),
        (addresses.CLOSED_ACCOUNT, "Invalid param: could not find account"),
        (addresses.NEVER_CREATED, "Invalid param: could not find account"),
        (addresses.OWNER, "Invalid param: not a Token account"),
        (addresses.USDC_MINT, "Invalid param: not a Token account"),
        (addresses.UNPARSEABLE_ACCOUNT, "Invalid param: not a Token account"),
        (addresses.ORPHANED_ACCOUNT, "Invalid param: could not find mint"),
    ],
)
async def test_a_bad_token_account_is_refused_in_the_nodes_words(caller: Caller, text: str, message: str) -> None:
    reply = await caller.rpc("getTokenAccountBalance", text, call_id=9)
    assert reply == {"jsonrpc": "2.0", "error": {"code": -32602, "message": message}, "id": 9}


async def test_a_notification_and_an_empty_batch_get_an_empty_body(caller: Caller) -> None:
    notification = {"jsonrpc": "2.0", "method": "getSlot"}
    for request in (notification, [], [notification, notification]):
        heard = await post(caller, json.dumps(request).encode())
        assert (heard.status, heard.text) == (200, "")


async def test_methods_can_be_switched_off(caller: Caller) -> None:
    await caller.order("solana", mode={"methods_off": ["getMultipleAccounts"]})
    reply = await caller.rpc("getMultipleAccounts", [addresses.OWNER])
    assert reply["error"] == {"code": -32601, "message": "Method not found"}
    assert "result" in await caller.rpc("getTokenAccountBalance", addresses.TOKEN_ACCOUNT)
