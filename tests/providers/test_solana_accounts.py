"""Solana's getMultipleAccounts: a hundred token accounts from one slot, as jsonParsed answers show them."""

from decimal import Decimal
from typing import Any

import pytest

from gateway.domain.address import Address
from gateway.domain.amount import Amount
from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.domain.reading import Absent, Answer, Position, PositionKind
from gateway.domain.sources import TokenAccountByAddress
from gateway.domain.token import Commitment, Token, TokenAccount, TokenAccountState
from tests.providers.asking import ask, open_asking, problem_of, settle, value_of
from tests.providers.node import (
    ACCOUNT,
    MINT,
    OTHER_ACCOUNT,
    OWNER,
    SLOT,
    SYSTEM_PROGRAM,
    TOKEN_2022_PROGRAM,
    TOKEN_PROGRAM,
    WRAPPED_SOL,
    Node,
    account,
    accounts,
    at,
    by_address,
    info,
    key,
    parsed,
    shown,
)
from tests.providers.recorded import told

OPERATION = "getMultipleAccounts"
POSITION = Position(PositionKind.SLOT, SLOT)
LARGEST = 2**64 - 1
PLAIN = shown("9864", 2, "98.64", "98.64")


def node_with(*values: Any) -> Node:
    return Node(getMultipleAccounts=accounts(*values))


async def test_an_account_is_read_with_its_mint_owner_and_state() -> None:
    node = node_with(parsed(info(PLAIN)))
    result = await ask(TokenAccountByAddress, key(ACCOUNT), node)
    assert node.params == [[[ACCOUNT], {"encoding": "jsonParsed", "commitment": "finalized"}]]
    assert result == Answer(
        TokenAccount(
            Address.parse(ACCOUNT),
            Amount.of_atomic(9864, 2),
            Decimal("98.64"),
            Token(Address.parse(MINT), decimals=2),
            Address.parse(OWNER),
            TokenAccountState.INITIALIZED,
            is_native=False,
        ),
        OPERATION,
        POSITION,
    )


async def test_the_documented_trio_is_an_account_nothing_and_a_wallet() -> None:
    # Token-2022 with a multiplier of 2: what wallets show is twice what is held.
    scaled = info(shown("1000000", 6, "2", "2.0"), extensions=[{"extension": "immutableOwner"}])
    node = node_with(parsed(scaled, program=TOKEN_2022_PROGRAM), None, account(["", "base64"], SYSTEM_PROGRAM))
    async with open_asking(TokenAccountByAddress, node) as (source, _):
        held, missing, wallet = await settle(source, [key(ACCOUNT), key(OTHER_ACCOUNT), key(OWNER)])
    assert isinstance(held, Answer)
    assert (held.value.amount.text(), held.value.ui_amount) == ("1", Decimal(2))
    assert missing == Absent(OPERATION, POSITION)
    assert isinstance(wallet, UpstreamError)
    assert (wallet.code, wallet.message) == (ProblemCode.REJECTED, "There is no token account at this address.")


@pytest.mark.parametrize("number", [None, "0.0", "1e-9", "1.8446744073709552e19", "0.1", "null"])
@pytest.mark.parametrize(("amount", "decimals"), [("0", 0), ("1", 9), (str(LARGEST), 20), (str(LARGEST), 255)])
async def test_the_float_beside_an_amount_is_never_read(number: str | None, amount: str, decimals: int) -> None:
    node = node_with(parsed(info(shown(amount, decimals, number=number))))
    found = await value_of(TokenAccountByAddress, key(ACCOUNT), node)
    assert found.amount == Amount.of_atomic(int(amount), decimals)
    assert found.token.decimals == decimals


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("98.64", Decimal("98.64")),
        ("0", Decimal(0)),
        (f"0.{'0' * 235}18446744073709551615", Decimal(f"0.{'0' * 235}18446744073709551615")),
        ("1.00", Decimal("1.00")),
        ("inf", None),
        ("-inf", None),
        ("NaN", None),
        ("", None),
        (None, None),
        ("1e5", None),
        ("1_000", None),
        ("9" * 401, None),
    ],
)
async def test_what_a_wallet_shows_is_a_number_or_nothing_and_leaves_the_amount_alone(
    text: str | None, read: Decimal | None
) -> None:
    found = await value_of(TokenAccountByAddress, key(ACCOUNT), node_with(parsed(info(shown("9864", 2, text)))))
    assert found.amount == Amount.of_atomic(9864, 2)
    assert str(found.ui_amount) == str(read)


@pytest.mark.parametrize("state", TokenAccountState)
async def test_a_frozen_account_still_holds_its_balance(state: TokenAccountState) -> None:
    node = node_with(parsed(info(PLAIN, state=state.lower())))
    found = await value_of(TokenAccountByAddress, key(ACCOUNT), node)
    assert (found.state, found.amount.integer) == (state, 9864)


async def test_wrapped_sol_is_what_the_token_program_says_without_the_reserve() -> None:
    native = info(shown("5", 9), mint=WRAPPED_SOL, isNative=True, rentExemptReserve=shown("2039280", 9))
    found = await value_of(TokenAccountByAddress, key(ACCOUNT), node_with(parsed(native)))
    assert (found.is_native, found.amount) == (True, Amount.of_atomic(5, 9))


async def test_delegates_and_extensions_change_nothing() -> None:
    extras = {"delegate": OWNER, "delegatedAmount": shown("7", 2), "closeAuthority": OWNER}
    extensions = [{"extension": "immutableOwner"}, {"extension": "transferFeeAmount", "state": {"withheldAmount": 1}}]
    dressed = parsed(info(PLAIN, extensions=extensions, **extras), program=TOKEN_2022_PROGRAM)
    bare = parsed(info(PLAIN), program=TOKEN_2022_PROGRAM)
    found = [await value_of(TokenAccountByAddress, key(ACCOUNT), node_with(each)) for each in (dressed, bare)]
    assert found[0] == found[1]


@pytest.mark.parametrize(
    "other",
    [
        account(["", "base64"], SYSTEM_PROGRAM),
        account(["AAAA", "base64"], TOKEN_PROGRAM),
        account("AAAA", TOKEN_PROGRAM),
        account({"program": "nonce", "parsed": {"type": "account", "info": info(PLAIN)}}, SYSTEM_PROGRAM),
        parsed({"supply": "1", "decimals": 2, "isInitialized": True}, type_="mint"),
        parsed({"numRequiredSigners": 1, "numValidSigners": 2, "signers": []}, type_="multisig"),
    ],
    ids=["wallet", "unparseable", "bare string", "another program", "mint", "multisig"],
)
async def test_what_is_no_token_account_is_rejected_and_not_read(other: Any) -> None:
    async with open_asking(TokenAccountByAddress, node_with(other, parsed(info(PLAIN)))) as (source, _):
        wrong, right = await settle(source, [key(ACCOUNT), key(OTHER_ACCOUNT)])
    assert isinstance(wrong, UpstreamError)
    assert wrong.code is ProblemCode.REJECTED
    assert isinstance(right, Answer)


@pytest.mark.parametrize(
    "spoilt",
    [
        info(shown(str(LARGEST + 1), 2)),
        info(shown("-1", 2)),
        info(shown("1.5", 2)),
        info(shown("", 2)),
        info(shown("1", 256)),
        info(shown("1", -1)),
        info({"amount": 9864, "decimals": 2}),
        info({"amount": "9864", "decimals": "2"}),
        info({"amount": "9864", "decimals": True}),
        info({"amount": "9864"}),
        info({"decimals": 2}),
        info({**PLAIN, "uiAmountString": 98}),
        info(PLAIN, mint="JEKNVnkbo3jma5nREBBJCDoXFVeKkD56V3xKrvRmWxFH"),
        info(PLAIN, mint="0OIl"),
        info(PLAIN, owner=""),
        info(PLAIN, state="melted"),
        info(PLAIN, isNative=1),
        {name: part for name, part in info(PLAIN).items() if name != "mint"},
        [],
        None,
    ],
)
async def test_a_spoilt_account_is_refused_and_leaves_the_others_alone(spoilt: Any) -> None:
    async with open_asking(TokenAccountByAddress, node_with(parsed(spoilt), parsed(info(PLAIN)))) as (source, _):
        wrong, right = await settle(source, [key(ACCOUNT), key(OTHER_ACCOUNT)])
    assert isinstance(wrong, UpstreamError)
    assert wrong.code is ProblemCode.PROTOCOL
    assert isinstance(right, Answer)


async def test_a_hundred_accounts_cost_one_call_and_keep_their_order() -> None:
    found = {address: parsed(info(shown(str(place), 0))) for place, address in enumerate(_keys(100))}
    node = Node(getMultipleAccounts=by_address(found))
    async with open_asking(TokenAccountByAddress, node) as (source, _):
        assert source.terms.max_keys == 100
        results = await settle(source, [key(address) for address in reversed(found)])
    amounts = [result.value.amount.integer for result in results if isinstance(result, Answer)]
    assert amounts == list(reversed(range(100)))
    assert dict(node.calls) == {"POST": 1, OPERATION: 1}


@pytest.mark.parametrize("values", [[], [None], [None, None, None]])
async def test_a_list_of_another_length_is_refused_as_a_whole(values: list[Any]) -> None:
    async with open_asking(TokenAccountByAddress, node_with(*values)) as (source, _):
        results = await settle(source, [key(ACCOUNT), key(OTHER_ACCOUNT)])
    assert [getattr(result, "code", None) for result in results] == [ProblemCode.PROTOCOL] * 2


@pytest.mark.parametrize(
    "result",
    [
        at({}),
        at(None),
        {"value": [None]},
        {"context": {}, "value": [None]},
        {"context": {"slot": "1"}, "value": [None]},
        [None],
        None,
    ],
)
async def test_an_answer_of_another_form_is_refused(result: Any) -> None:
    node = Node(getMultipleAccounts=lambda _: result)
    assert (await problem_of(TokenAccountByAddress, key(ACCOUNT), node)).code is ProblemCode.PROTOCOL


async def test_commitments_are_never_answered_from_each_others_slot() -> None:
    slots = {"processed": 30, "confirmed": 20, "finalized": 10}

    def method(params: list[Any]) -> Any:
        slot = slots[params[1]["commitment"]]
        return at([parsed(info(shown(str(slot), 0)))] * len(params[0]), slot)

    node = Node(getMultipleAccounts=method)
    keys = [key(address, commitment) for address in (ACCOUNT, OTHER_ACCOUNT) for commitment in Commitment]
    async with open_asking(TokenAccountByAddress, node) as (source, _):
        results = await settle(source, keys)
    found = [(each.value.amount.integer, each.position) for each in results if isinstance(each, Answer)]
    assert found == [(slot, Position(PositionKind.SLOT, slot)) for slot in [30, 20, 10] * 2]
    assert node.calls["POST"] == 3


async def test_one_commitment_that_fails_leaves_the_others_alone() -> None:
    def method(params: list[Any]) -> Any:
        return at([None]) if params[1]["commitment"] == "finalized" else None

    async with open_asking(TokenAccountByAddress, Node(getMultipleAccounts=method)) as (source, _):
        good, bad = await settle(source, [key(ACCOUNT), key(ACCOUNT, Commitment.PROCESSED)])
    assert isinstance(good, Absent)
    assert getattr(bad, "code", None) is ProblemCode.PROTOCOL


@pytest.mark.parametrize(
    "reply",
    [
        {"id": "1", "result": at([None])},
        {"id": 2, "result": at([None])},
        {"id": None, "result": at([None])},
        {"id": 1.0, "result": at([None])},
        {"id": True, "result": at([None])},
        {"result": at([None])},
        {"id": 1},
        {"id": 1, "result": at([None]), "error": {"code": 429, "message": ""}},
        {"id": 1, "result": None, "error": {"code": 429, "message": ""}},
        {"id": 1, "error": {"message": "no code"}},
        {"id": 1, "error": {"code": "429", "message": ""}},
        {"id": 1, "error": "text"},
        {"id": "1", "error": {"code": 429, "message": ""}},
        [{"id": 1, "result": at([None])}],
    ],
)
async def test_a_reply_that_does_not_answer_the_call_is_refused(reply: Any) -> None:
    error = await problem_of(TokenAccountByAddress, key(ACCOUNT), lambda _: told(reply))
    assert error.code is ProblemCode.PROTOCOL


def _keys(count: int) -> list[str]:
    """Give so many keys of 32 bytes, which differ in their last two characters."""
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    return [f"3dGoFzaDHbU5Y8RFT8uUYn19VjckDnJn4guWvSzxM8{alphabet[n // 50]}{alphabet[n % 50]}" for n in range(count)]
