"""What the node says of accounts: amounts, parsed and unparsed content, owners."""

from base64 import b64decode
from typing import Any

import pytest

from gateway.sandbox import addresses
from tests.sandbox.caller import JSON_TYPE, Caller

PARSED = {"encoding": "jsonParsed"}
U64_MAX = "18446744073709551615"


async def read(caller: Caller, *wanted: str, **options: Any) -> list[Any]:
    reply = await caller.rpc("getMultipleAccounts", list(wanted), {**PARSED, **options})
    value: list[Any] = reply["result"]["value"]
    return value


async def parsed(caller: Caller, address: str) -> dict[str, Any]:
    (account,) = await read(caller, address)
    assert account["data"]["parsed"]["type"] == "account"
    shown: dict[str, Any] = account["data"]["parsed"]["info"]
    return shown


async def test_the_documented_example_is_answered_to_the_letter(caller: Caller) -> None:
    body = b'{"jsonrpc":"2.0","id":1,"method":"getTokenAccountBalance","params":["%s"]}' % (
        addresses.TOKEN_ACCOUNT.encode()
    )
    heard = await caller.ask("POST", "solana", "/", headers=JSON_TYPE, body=body)
    assert heard.text == (
        '{"jsonrpc":"2.0","result":{"context":{"apiVersion":"2.3.6","slot":301554219},'
        '"value":{"amount":"9864","decimals":2,"uiAmount":98.64,"uiAmountString":"98.64"}},"id":1}\n'
    )


@pytest.mark.parametrize(
    ("address", "amount", "decimals", "ui_amount", "ui_amount_string"),
    [
        (addresses.WIDEST_ACCOUNT, U64_MAX, 20, "null", "0.18446744073709551615"),
        (addresses.DEEPEST_ACCOUNT, U64_MAX, 255, "null", "0." + U64_MAX.rjust(255, "0")),
        (addresses.ZERO_ACCOUNT, "0", 6, "0.0", "0"),
        (addresses.TINY_ACCOUNT, "1", 9, "1e-9", "0.000000001"),
        (addresses.SCALED_ACCOUNT, "1000000", 6, "2.0", "2"),
        (addresses.INFINITE_ACCOUNT, "1000", 0, "null", "inf"),
        (addresses.UNPRINTABLE_ACCOUNT, "31415", 4, "null", ""),
        (addresses.FROZEN_ACCOUNT, "42000000", 6, "42.0", "42"),
        (addresses.USDC_ACCOUNT, "1250250000", 6, "1250.25", "1250.25"),
    ],
)
async def test_an_amount_is_printed_as_the_node_prints_it(
    caller: Caller, address: str, amount: str, decimals: int, ui_amount: str, ui_amount_string: str
) -> None:
    printed = (
        f'{{"amount":"{amount}","decimals":{decimals},"uiAmount":{ui_amount},"uiAmountString":"{ui_amount_string}"}}'
    )
    for request in (
        f'"getTokenAccountBalance","params":["{address}"]',
        f'"getMultipleAccounts","params":[["{address}"],{{"encoding":"jsonParsed"}}]',
    ):
        body = f'{{"jsonrpc":"2.0","id":1,"method":{request}}}'.encode()
        heard = await caller.ask("POST", "solana", "/", headers=JSON_TYPE, body=body)
        assert printed in heard.text


async def test_a_huge_amount_is_printed_with_an_exponent(caller: Caller) -> None:
    await caller.order("solana", balance={"tokenAccount": addresses.TOKEN_ACCOUNT, "amount": U64_MAX})
    body = f'{{"jsonrpc":"2.0","id":1,"method":"getTokenAccountBalance","params":["{addresses.TOKEN_ACCOUNT}"]}}'
    heard = await caller.ask("POST", "solana", "/", headers=JSON_TYPE, body=body.encode())
    assert '"uiAmount":1.8446744073709552e17,"uiAmountString":"184467440737095516.15"' in heard.text


async def test_accounts_come_in_order_with_null_for_the_missing(caller: Caller) -> None:
    wanted = (addresses.SCALED_ACCOUNT, addresses.CLOSED_ACCOUNT, addresses.OWNER, addresses.SCALED_ACCOUNT)
    first, missing, wallet, again = await read(caller, *wanted)
    assert missing is None
    assert first == again
    assert wallet == {
        "lamports": 41083620,
        "owner": addresses.SYSTEM_PROGRAM,
        "executable": False,
        "rentEpoch": 18446744073709551615,
        "space": 0,
        "data": ["", "base64"],
    }


async def test_a_token_2022_account_shows_its_extensions(caller: Caller) -> None:
    (account,) = await read(caller, addresses.SCALED_ACCOUNT)
    assert (account["owner"], account["space"]) == (addresses.TOKEN_2022_PROGRAM, 170)
    assert account["data"]["program"] == "spl-token-2022"
    assert account["data"]["space"] == 170
    assert account["data"]["parsed"]["info"]["extensions"] == [{"extension": "immutableOwner"}]


async def test_members_that_are_not_set_are_absent(caller: Caller) -> None:
    assert set(await parsed(caller, addresses.TOKEN_ACCOUNT)) == {"mint", "owner", "tokenAmount", "state", "isNative"}


async def test_a_delegate_comes_with_what_he_may_move(caller: Caller) -> None:
    shown = await parsed(caller, addresses.DELEGATED_ACCOUNT)
    assert shown["delegate"] == shown["closeAuthority"]
    assert shown["delegatedAmount"]["amount"] == "125"


async def test_wrapped_sol_leaves_out_its_reserve(caller: Caller) -> None:
    (account,) = await read(caller, addresses.WRAPPED_SOL_ACCOUNT)
    shown = account["data"]["parsed"]["info"]
    assert shown["isNative"] is True
    assert shown["rentExemptReserve"]["amount"] == "2039280"
    assert int(shown["tokenAmount"]["amount"]) == account["lamports"] - 2039280


@pytest.mark.parametrize(
    ("address", "state"),
    [
        (addresses.TOKEN_ACCOUNT, "initialized"),
        (addresses.FROZEN_ACCOUNT, "frozen"),
        (addresses.UNINITIALIZED_ACCOUNT, "uninitialized"),
    ],
)
async def test_a_token_account_has_a_state(caller: Caller, address: str, state: str) -> None:
    assert (await parsed(caller, address))["state"] == state


@pytest.mark.parametrize("address", [addresses.UNPARSEABLE_ACCOUNT, addresses.ORPHANED_ACCOUNT])
async def test_what_cannot_be_parsed_is_base64_in_an_array(caller: Caller, address: str) -> None:
    (account,) = await read(caller, address)
    content, encoding = account["data"]
    assert (len(b64decode(content)), encoding) == (165, "base64")


async def test_a_mint_is_no_token_account(caller: Caller) -> None:
    (account,) = await read(caller, addresses.SCALED_MINT)
    assert account["data"]["parsed"]["type"] == "mint"
    assert account["data"]["parsed"]["info"]["decimals"] == 6
    (extension,) = account["data"]["parsed"]["info"]["extensions"]
    assert (extension["extension"], extension["state"]["multiplier"]) == ("scaledUiAmountConfig", "2")


async def test_a_plain_mint_is_shown_parsed_and_in_bytes(caller: Caller) -> None:
    (account,) = await read(caller, addresses.USDC_MINT)
    assert account["data"]["parsed"]["info"] == {
        "decimals": 6,
        "freezeAuthority": None,
        "isInitialized": True,
        "mintAuthority": None,
        "supply": "9999999999999999",
    }
    (written,) = await read(caller, addresses.USDC_MINT, encoding="base64")
    content = b64decode(written["data"][0])
    assert (len(content), int.from_bytes(content[36:44], "little"), content[44]) == (82, 9_999_999_999_999_999, 6)


async def test_one_bad_key_fails_the_whole_call(caller: Caller) -> None:
    reply = await caller.rpc("getMultipleAccounts", [addresses.TOKEN_ACCOUNT, addresses.TOO_LONG_KEY], PARSED)
    assert reply["error"] == {"code": -32602, "message": "Invalid param: WrongSize"}


async def test_a_hundred_accounts_are_the_most(caller: Caller) -> None:
    wanted = list(addresses.GENERATED_TOKEN_ACCOUNTS)
    assert len((await caller.rpc("getMultipleAccounts", wanted[:100], PARSED))["result"]["value"]) == 100
    reply = await caller.rpc("getMultipleAccounts", wanted[:101], PARSED)
    assert reply["error"] == {"code": -32602, "message": "Too many inputs provided; max 100"}


async def test_a_node_can_allow_fewer(caller: Caller) -> None:
    await caller.order("solana", mode={"max_accounts": 5})
    reply = await caller.rpc("getMultipleAccounts", list(addresses.GENERATED_TOKEN_ACCOUNTS[:6]), PARSED)
    assert reply["error"]["message"] == "Too many inputs provided; max 5"


async def test_the_owners_accounts_come_by_program(caller: Caller) -> None:
    counted = {}
    for program in (addresses.TOKEN_PROGRAM, addresses.TOKEN_2022_PROGRAM):
        reply = await caller.rpc("getTokenAccountsByOwner", addresses.OWNER, {"programId": program}, PARSED)
        rows = reply["result"]["value"]
        assert {row["account"]["owner"] for row in rows} == {program}
        assert {row["account"]["data"]["parsed"]["info"]["owner"] for row in rows} == {addresses.OWNER}
        counted[program] = {row["pubkey"] for row in rows}
    assert addresses.TOKEN_ACCOUNT in counted[addresses.TOKEN_PROGRAM]
    assert addresses.SCALED_ACCOUNT in counted[addresses.TOKEN_2022_PROGRAM]
    assert addresses.ORPHANED_ACCOUNT not in counted[addresses.TOKEN_PROGRAM]


async def test_the_owners_accounts_come_by_mint(caller: Caller) -> None:
    reply = await caller.rpc("getTokenAccountsByOwner", addresses.OWNER, {"mint": addresses.USDC_MINT}, PARSED)
    assert {row["pubkey"] for row in reply["result"]["value"]} == {addresses.USDC_ACCOUNT, addresses.FROZEN_ACCOUNT}


async def test_an_owner_of_none_has_an_empty_list(caller: Caller) -> None:
    wanted = {"programId": addresses.TOKEN_PROGRAM}
    assert (await caller.rpc("getTokenAccountsByOwner", addresses.OWNER_OF_NONE, wanted, PARSED))["result"][
        "value"
    ] == []


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"programId": addresses.SYSTEM_PROGRAM}, "Invalid param: unrecognized Token program id"),
        ({"mint": addresses.OWNER}, "Invalid param: not a Token mint"),
        ({"mint": addresses.NEVER_CREATED}, "Invalid param: could not find mint"),
        ({"mint": "0"}, "Invalid param: Invalid"),
        ({"colour": "x"}, "Invalid params: unknown variant `colour`, expected `mint` or `programId`."),
        ({}, "Invalid params: invalid value: map, expected map with a single key."),
    ],
)
async def test_a_bad_filter_is_refused(caller: Caller, chosen: dict[str, str], message: str) -> None:
    reply = await caller.rpc("getTokenAccountsByOwner", addresses.OWNER, chosen, PARSED)
    assert reply["error"] == {"code": -32602, "message": message}


async def test_lamports_of_an_unknown_account_are_zero_and_no_error(caller: Caller) -> None:
    assert (await caller.rpc("getBalance", addresses.OWNER))["result"]["value"] == 41083620
    assert (await caller.rpc("getBalance", addresses.NEVER_CREATED))["result"]["value"] == 0


async def test_the_encoding_is_chosen_by_the_caller(caller: Caller) -> None:
    address = addresses.TOKEN_ACCOUNT
    whole = (await caller.rpc("getMultipleAccounts", [address]))["result"]["value"][0]["data"]
    assert (len(b64decode(whole[0])), whole[1]) == (165, "base64")
    piece = {"encoding": "base64", "dataSlice": {"offset": 64, "length": 8}}
    (amount, _) = (await caller.rpc("getAccountInfo", address, piece))["result"]["value"]["data"]
    assert int.from_bytes(b64decode(amount), "little") == 9864
    refused = await caller.rpc("getAccountInfo", address, {"encoding": "base58"})
    assert refused["error"]["code"] == -32600
    assert (await caller.rpc("getAccountInfo", addresses.OWNER))["result"]["value"]["data"] == ""
    short = {"encoding": "base58", "dataSlice": {"offset": 0, "length": 32}}
    assert (await caller.rpc("getAccountInfo", address, short))["result"]["value"]["data"] == [
        addresses.CENTS_MINT,
        "base58",
    ]


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"encoding": "yaml"}, "unknown variant `yaml`, expected one of `binary`, `base58`, `base64`, `jsonParsed`."),
        ({"encoding": 5}, "invalid type: integer `5`, expected string or map."),
        ({"commitment": 5}, "invalid type: integer `5`, expected string or map."),
        ({"commitment": "max"}, "unknown variant `max`, expected one of `processed`, `confirmed`, `finalized`."),
        ({"minContextSlot": "9"}, 'invalid type: string "9", expected u64.'),
        ({"dataSlice": {"offset": 1}}, "missing field `length`."),
        ({"dataSlice": {"offset": 1, "length": -1}}, "invalid type: integer `-1`, expected usize."),
        ([], "invalid type: sequence, expected struct RpcAccountInfoConfig."),
    ],
)
async def test_a_bad_config_is_refused(caller: Caller, config: Any, message: str) -> None:
    reply = await caller.rpc("getMultipleAccounts", [addresses.OWNER], config)
    assert reply["error"] == {"code": -32602, "message": f"Invalid params: {message}"}


async def test_an_owners_accounts_are_too_long_for_the_usual_encoding(caller: Caller) -> None:
    reply = await caller.rpc("getTokenAccountsByOwner", addresses.OWNER, {"mint": addresses.USDC_MINT})
    assert reply["error"]["message"].startswith("Encoded binary (base 58) data should be less than 128 bytes")


async def test_keys_must_come_in_a_list(caller: Caller) -> None:
    reply = await caller.rpc("getMultipleAccounts", addresses.OWNER)
    assert reply["error"]["message"].startswith("Invalid params: invalid type: string")


async def test_an_account_can_be_frozen_and_closed(caller: Caller) -> None:
    frozen = {"tokenAccount": addresses.TOKEN_ACCOUNT, "state": "frozen"}
    await caller.order("solana", balance=frozen)
    assert (await parsed(caller, addresses.TOKEN_ACCOUNT))["state"] == "frozen"
    await caller.order("solana", balance={"tokenAccount": addresses.TOKEN_ACCOUNT, "close": True})
    assert await read(caller, addresses.TOKEN_ACCOUNT) == [None]
    reply = await caller.rpc("getTokenAccountBalance", addresses.TOKEN_ACCOUNT)
    assert reply["error"]["message"] == "Invalid param: could not find account"


async def test_wrapped_sol_keeps_its_lamports_in_step(caller: Caller) -> None:
    await caller.order("solana", balance={"tokenAccount": addresses.WRAPPED_SOL_ACCOUNT, "amount": "7"})
    (account,) = await read(caller, addresses.WRAPPED_SOL_ACCOUNT)
    assert account["lamports"] == 7 + 2_039_280
