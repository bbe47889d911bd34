"""sFOX's wallets: a bare array of numbers in whole units, of which only three fields are always there."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from gateway.domain.amount import Amount, Precision
from gateway.domain.exchange import Credential, ExchangeWallet
from gateway.domain.problem import ProblemCode
from gateway.domain.reading import Answer
from gateway.domain.sources import WalletsByCredential
from tests.providers.asking import ask, open_asking, problem_of, settle, value_of
from tests.providers.recorded import Told, always

TOKEN = Credential("canary-token", "its fingerprint")
OPERATION = "GET /v1/user/balance"
OPTIONAL = {
    "held": "held",
    "trading_wallet": "trading",
    "lending_wallet": "lending",
    "borrow_wallet": "borrow",
    "collateral_wallet": "collateral",
}
RECORDED = b"""[{"currency":"btc","balance":1.50000001,"available":1.25,"held":0.25000001,"borrow_wallet":0,
 "collateral_wallet":0,"lending_wallet":0,"trading_wallet":1.50000001},
 {"currency":"eth","balance":1e-8,"available":1e-8,"held":0,"borrow_wallet":0,"collateral_wallet":0,
 "lending_wallet":0,"trading_wallet":1e-8}]"""


def literal(text: str) -> msgspec.Raw:
    """Give a JSON value of exactly these characters."""
    return msgspec.Raw(text.encode())


def whole(text: str) -> Amount:
    return Amount.of_decimal(Decimal(text))


def row(**fields: Any) -> dict[str, Any]:
    return {"currency": "btc", "balance": 2, "available": 1, **fields}


async def first(*rows: Any) -> ExchangeWallet:
    found = await value_of(WalletsByCredential, TOKEN, always(rows))
    assert isinstance(found[0], ExchangeWallet)
    return found[0]


async def refused(tree: Any) -> ProblemCode:
    return (await problem_of(WalletsByCredential, TOKEN, always(tree))).code


async def test_the_documented_answer_is_read_exactly() -> None:
    async with open_asking(WalletsByCredential, always(RECORDED)) as (source, recorded):
        (result,) = await settle(source, [TOKEN])
        (asked,) = recorded.asked
    assert (asked.path, asked.query) == ("/v1/user/balance", {})
    assert asked.headers["Authorization"] == "Bearer canary-token"
    none = whole("0")
    btc = ExchangeWallet(
        "BTC", whole("1.50000001"), whole("1.25"), whole("0.25000001"), whole("1.50000001"), none, none, none
    )
    eth = ExchangeWallet("ETH", whole("0.00000001"), whole("0.00000001"), none, whole("1e-8"), none, none, none)
    assert result == Answer((btc, eth), OPERATION)


async def test_each_caller_is_asked_for_with_his_own_token_and_gets_his_own_wallets() -> None:
    def answer(asked: Any) -> Told:
        mine = asked.headers["Authorization"] == "Bearer mine"
        return Told(msgspec.json.encode([row(balance=1 if mine else 2)]))

    async with open_asking(WalletsByCredential, answer) as (source, _):
        for secret, balance in (("mine", 1), ("theirs", 2), ("mine", 1)):
            (result,) = await settle(source, [Credential(secret, "its fingerprint")])
            assert isinstance(result, Answer)
            assert result.value[0].balance == whole(str(balance))


async def test_an_account_without_wallets_has_an_empty_list() -> None:
    assert await ask(WalletsByCredential, TOKEN, always([])) == Answer((), OPERATION)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("0", "0"),
        ("140.55", "140.55"),
        ("10.0", "10"),
        ("1e-8", "0.00000001"),
        ("1E-8", "0.00000001"),
        ("2.5e+3", "2500"),
        ("123456789012345678.123456789012345678", "123456789012345678.123456789012345678"),
        ('"0.17572419"', "0.17572419"),
        ('"1e-8"', "0.00000001"),
        ("-0.5", "-0.5"),
    ],
)
async def test_numbers_and_strings_are_read_from_their_literal_digits(sent: str, read: str) -> None:
    names = ["balance", "available", *OPTIONAL]
    found = await first(row(**{name: literal(sent) for name in names}))
    amounts = [found.balance, found.available, *(getattr(found, name) for name in OPTIONAL.values())]
    assert [amount.text() for amount in amounts] == [read] * 7
    # The exchange names no atomic unit, and holds the digits that it sends.
    assert {(amount.atomic, amount.precision) for amount in amounts} == {(None, Precision.EXACT)}


@pytest.mark.parametrize(("sent", "read"), [("btc", "BTC"), ("BTC", "BTC"), ("Usd", "USD"), (" eth ", "ETH")])
async def test_a_currency_is_told_in_upper_case(sent: str, read: str) -> None:
    assert (await first(row(currency=sent))).currency == read


async def test_wallets_that_older_answers_lack_are_unknown_and_not_zero() -> None:
    found = await first(row())
    assert [getattr(found, name) for name in OPTIONAL.values()] == [None] * 5
    assert (found.balance, found.available) == (whole("2"), whole("1"))


@pytest.mark.parametrize("name", OPTIONAL)
async def test_each_optional_wallet_is_its_own(name: str) -> None:
    found = await first(row(**{name: literal("7.5")}, **{other: None for other in OPTIONAL if other != name}))
    assert {attribute: getattr(found, attribute) for attribute in OPTIONAL.values()} == {
        attribute: whole("7.5") if attribute == OPTIONAL[name] else None for attribute in OPTIONAL.values()
    }


async def test_a_debt_is_negative_and_passes() -> None:
    found = await first(row(borrow_wallet=literal("-1250.75")))
    assert found.borrow == whole("-1250.75")


async def test_figures_that_do_not_add_up_are_shown_as_they_came() -> None:
    found = await first(row(balance=10, available=1, held=1))
    assert (found.balance, found.available, found.held) == (whole("10"), whole("1"), whole("1"))


@pytest.mark.parametrize("name", ["balance", "available", *OPTIONAL])
@pytest.mark.parametrize(
    "sent",
    ['"NaN"', '"Infinity"', '""', '" 1"', '"1_0"', '"abc"', "true", "false", "[]", "{}", "1e999", f"1{'0' * 81}"],
)
async def test_what_is_no_figure_is_refused(name: str, sent: str) -> None:
    error = await problem_of(WalletsByCredential, TOKEN, always([row(**{name: literal(sent)})]))
    assert error.code is ProblemCode.PROTOCOL
    assert name in error.detail


@pytest.mark.parametrize("body", [b"[{NaN}]", b'[{"currency":"btc","balance":NaN,"available":1}]'])
async def test_numbers_that_are_not_json_are_refused(body: bytes) -> None:
    assert await refused(body) is ProblemCode.PROTOCOL


@pytest.mark.parametrize(
    "spoilt",
    [
        {"currency": "btc", "balance": 1},
        {"currency": "btc", "available": 1},
        {"balance": 1, "available": 1},
        row(balance=None),
        row(available=None),
        row(currency=""),
        row(currency=" "),
        row(currency=None),
        row(currency=5),
        None,
        [],
    ],
)
async def test_a_spoilt_row_spoils_the_account(spoilt: Any) -> None:
    assert await refused([row(currency="eth"), spoilt]) is ProblemCode.PROTOCOL


@pytest.mark.parametrize("again", ["btc", "BTC"])
async def test_a_currency_listed_twice_is_refused_and_neither_added_nor_dropped(again: str) -> None:
    assert await refused([row(), row(currency=again, balance=5)]) is ProblemCode.PROTOCOL


@pytest.mark.parametrize(
    "tree", [{"error": "canary"}, {"error": {"message": "canary"}}, {}, {"balances": []}, "canary", None, 0]
)
async def test_an_object_in_place_of_the_array_is_an_error_in_disguise(tree: Any) -> None:
    error = await problem_of(WalletsByCredential, TOKEN, always(msgspec.Raw(msgspec.json.encode(tree))))
    assert error.code is ProblemCode.PROTOCOL
    assert "canary" not in f"{error!r} {error.detail} {error.message}"


@pytest.mark.parametrize("status", [404, 405, 406])
async def test_a_wrong_path_or_verb_is_never_an_empty_account(status: int) -> None:
    error = await problem_of(WalletsByCredential, TOKEN, always(Told(b"[]", status)))
    assert error.code is ProblemCode.PROTOCOL


@pytest.mark.parametrize("body", [b"", b"canary", b'{"error":"canary-token is wrong"}'])
async def test_an_error_body_that_repeats_the_token_goes_no_further(body: bytes) -> None:
    error = await problem_of(WalletsByCredential, TOKEN, always(Told(body, 401)))
    assert error.code is ProblemCode.UPSTREAM_UNAUTHENTICATED
    assert "canary" not in f"{error!r} {error.detail} {error.message}"
