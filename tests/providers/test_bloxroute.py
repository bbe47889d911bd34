"""bloXroute's balance: doubles in whole units, spelt in one way by the API and in several by its documents."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from gateway.app import configured, read_settings
from gateway.domain.address import Address
from gateway.domain.amount import Amount, Precision
from gateway.domain.problem import ProblemCode
from gateway.domain.provider import Provider
from gateway.domain.reading import Answer
from gateway.domain.sources import TokensByOwner
from gateway.domain.token import Token, TokenBalance
from tests.providers.asking import SECRET, ask, open_asking, problem_of, settle, value_of
from tests.providers.recorded import Told, always

OWNER = Address.parse("3dGoFzaDHbU5Y8RFT8uUYn19VjckDnJn4guWvSzxM8pL")
SOL = "So11111111111111111111111111111111111111112"
MINT = "5xyucW429fmKFNh1UoEH7qtDo38dPPB3ztUuiqjWq3R"
OTHER_MINT = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"
OPERATION = "GET /api/v2/balance"
# Spaces between tokens differ from build to build.
RECORDED = b""" {"tokens" : [
 {"symbol":"SOL", "tokenMint":"So11111111111111111111111111111111111111112","settledAmount"  :  3.435929722 ,
  "unsettledAmount":0,"openOrdersAmount":0 },
 {"symbol":"","tokenMint":"5xyucW429fmKFNh1UoEH7qtDo38dPPB3ztUuiqjWq3R","settledAmount":1e-9,"unsettledAmount":0,
  "openOrdersAmount":0}]}
"""

NO_BALANCES = [
    *('"NaN"', '"Infinity"', '"-Infinity"', '""', '" 1"', '"1_000"', '"0x1"', '"+1"', '"1,5"', '"-1"'),
    *("true", "false", "null", "[]", "{}", "-1", "-1e-9", "1e999", "1e-400", f"1{'0' * 81}"),
]


def literal(text: str) -> msgspec.Raw:
    """Give a JSON value of exactly these characters."""
    return msgspec.Raw(text.encode())


def row(**fields: Any) -> dict[str, Any]:
    """Give a canonical row with changes; None leaves a field out."""
    found = {
        "symbol": "X",
        "tokenMint": MINT,
        "settledAmount": 1,
        "unsettledAmount": 2,
        "openOrdersAmount": 3,
        **fields,
    }
    return {name: value for name, value in found.items() if value is not None}


def doubles(*texts: str) -> list[Amount]:
    return [Amount.of_decimal(Decimal(text), Precision.PROVIDER_FLOAT) for text in texts]


async def first(*rows: Any) -> TokenBalance:
    found = await value_of(TokensByOwner, OWNER, always({"tokens": rows}))
    assert isinstance(found[0], TokenBalance)
    return found[0]


async def refused(tree: Any) -> ProblemCode:
    return (await problem_of(TokensByOwner, OWNER, always(tree))).code


async def test_the_documented_answer_is_read_from_its_literal_digits() -> None:
    async with open_asking(TokensByOwner, always(RECORDED)) as (source, recorded):
        (result,) = await settle(source, [OWNER])
        (asked,) = recorded.asked
    assert (asked.path, asked.query) == ("/api/v2/balance", {"ownerAddress": OWNER.text})
    # The portal's raw value, without a scheme.
    assert asked.headers["Authorization"] == SECRET
    sol = TokenBalance(Token(Address.parse(SOL), symbol="SOL"), *doubles("3.435929722", "0", "0"))
    # A token that bloXroute does not list has no symbol, and none is guessed.
    other = TokenBalance(Token(Address.parse(MINT)), *doubles("0.000000001", "0", "0"))
    assert result == Answer((sol, other), OPERATION)


async def test_figures_are_marked_as_a_providers_float_without_decimals() -> None:
    found = await first(row(settledAmount=literal("3.435929722")))
    assert found.settled.precision is Precision.PROVIDER_FLOAT
    assert (found.settled.atomic, found.settled.scale, found.token.decimals) == (None, None, None)


async def test_an_owner_of_nothing_has_an_empty_list() -> None:
    assert await ask(TokensByOwner, OWNER, always({"tokens": []})) == Answer((), OPERATION)


@pytest.mark.parametrize(
    "fields",
    [
        {"tokenMint": MINT, "settledAmount": 1, "unsettledAmount": 2, "openOrdersAmount": 3},
        {"tokenMin": MINT, "settledAmount": 1, "unsettledAmount": 2, "openOrderAmount": 3},
        {"token_mint": MINT, "settled_amount": 1, "unsettled_amount": 2, "open_orders_amount": 3},
        {"token_mint": MINT, "settled_amount": "1.0", "unsettled_amount": "2.0", "open_orders_amount": 3},
        {"address": MINT, "walletAmount": 1, "unsettledAmount": 2, "openOrdersAmount": 3},
        {"tokenMin": MINT, "settledAmount": 1, "unsettled_amount": "2", "openOrdersAmount": "3"},
    ],
    ids=["canonical", "table", "docs", "GitBook", "older SDK", "mixed"],
)
async def test_every_documented_spelling_is_understood(fields: dict[str, Any]) -> None:
    found = await first({"symbol": "X", **fields})
    assert found.token == Token(Address.parse(MINT), symbol="X")
    assert [amount.integer // 10**amount.places for amount in (found.settled, found.unsettled, found.open_orders)] == [
        1,
        2,
        3,
    ]


@pytest.mark.parametrize(
    ("names", "read"),
    [
        (("tokenMint", "tokenMin", "token_mint", "address"), lambda found: found.token.mint.text),
        (("settledAmount", "settled_amount", "walletAmount"), lambda found: found.settled.text()),
        (("unsettledAmount", "unsettled_amount"), lambda found: found.unsettled.text()),
        (("openOrdersAmount", "openOrderAmount", "open_orders_amount"), lambda found: found.open_orders.text()),
    ],
)
async def test_the_canonical_spelling_outweighs_the_documents_and_those_outweigh_older_ones(
    names: tuple[str, ...], read: Any
) -> None:
    values = [MINT, OTHER_MINT, SOL, OWNER.text] if names[0] == "tokenMint" else ["11", "12", "13", "14"]
    sent = dict(zip(names, values, strict=False))
    while sent:
        # Whichever order they stand in.
        for order in (list(sent.items()), list(sent.items())[::-1]):
            assert read(await first(row(**{names[0]: None}) | dict(order))) == next(iter(sent.values()))
        del sent[next(iter(sent))]


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("0", "0"),
        ("0.0", "0"),
        ("-0", "0"),
        ("1e-9", "0.000000001"),
        ("2.5e-7", "0.00000025"),
        ("1e+21", "1000000000000000000000"),
        ("1E21", "1000000000000000000000"),
        ("18446744073.709551615", "18446744073.709551615"),
        ("123456789012345678.123456789", "123456789012345678.123456789"),
        ('"0.0"', "0"),
        ('"3.435929722"', "3.435929722"),
        ('"1e-9"', "0.000000001"),
        ('"007"', "7"),
    ],
)
async def test_amounts_keep_every_digit_that_was_sent(sent: str, read: str) -> None:
    found = await first(row(settledAmount=literal(sent), unsettledAmount=literal(sent), openOrdersAmount=literal(sent)))
    assert [found.settled.text(), found.unsettled.text(), found.open_orders.text()] == [read] * 3


@pytest.mark.parametrize("field", ["settledAmount", "unsettledAmount", "openOrdersAmount"])
@pytest.mark.parametrize("sent", NO_BALANCES)
async def test_what_is_no_balance_is_refused(field: str, sent: str) -> None:
    assert await refused({"tokens": [row(**{field: literal(sent)})]}) is ProblemCode.PROTOCOL


@pytest.mark.parametrize("missing", ["tokenMint", "settledAmount", "unsettledAmount", "openOrdersAmount"])
async def test_a_field_that_is_there_in_no_spelling_is_refused(missing: str) -> None:
    error = await problem_of(TokensByOwner, OWNER, always({"tokens": [row(), row(**{missing: None})]}))
    assert error.code is ProblemCode.PROTOCOL
    assert missing in error.detail


async def test_a_row_without_a_symbol_has_none() -> None:
    assert (await first(row(symbol=None))).token.symbol is None


@pytest.mark.parametrize("mint", ["", "0OIl", "JEKNVnkbo3jma5nREBBJCDoXFVeKkD56V3xKrvRmWxFH", "abc", 5, True])
async def test_a_mint_that_is_no_key_of_32_bytes_is_refused(mint: Any) -> None:
    assert await refused({"tokens": [row(tokenMint=mint)]}) is ProblemCode.PROTOCOL


async def test_a_mint_listed_twice_is_refused_and_neither_added_nor_dropped() -> None:
    assert await refused({"tokens": [row(), row(symbol="Y", settledAmount=5)]}) is ProblemCode.PROTOCOL


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        (1, ProblemCode.UNAVAILABLE),
        (2, ProblemCode.UNAVAILABLE),
        (3, ProblemCode.REJECTED),
        (4, ProblemCode.UNAVAILABLE),
        (5, ProblemCode.REJECTED),
        (6, ProblemCode.REJECTED),
        (7, ProblemCode.UPSTREAM_FORBIDDEN),
        (8, ProblemCode.RATE_LIMITED),
        (9, ProblemCode.REJECTED),
        (10, ProblemCode.UNAVAILABLE),
        (11, ProblemCode.REJECTED),
        (12, ProblemCode.PROTOCOL),
        (13, ProblemCode.UNAVAILABLE),
        (14, ProblemCode.UNAVAILABLE),
        (15, ProblemCode.UNAVAILABLE),
        (16, ProblemCode.UPSTREAM_UNAUTHENTICATED),
    ],
)
async def test_an_error_inside_a_200_is_an_error(code: int, meaning: ProblemCode) -> None:
    triple = {"code": code, "message": "canary", "details": []}
    for tree in (triple, triple | {"tokens": []}, triple | {"tokens": [row()]}, {"code": code, "message": "canary"}):
        error = await problem_of(TokensByOwner, OWNER, always(tree))
        assert error.code is meaning
        assert "canary" not in f"{error!r} {error.detail} {error.message}"


@pytest.mark.parametrize(
    "tree", [{}, {"tokens": None}, {"tokens": {}}, {".tokens": []}, {"message": "m"}, {"code": "x"}]
)
async def test_an_answer_without_tokens_is_not_an_empty_one(tree: Any) -> None:
    assert await refused(tree) is ProblemCode.PROTOCOL


async def test_an_aborted_call_is_worth_another_try() -> None:
    body = b'{"code":10,"message":"aborted","details":[]}'
    error = await problem_of(TokensByOwner, OWNER, always(Told(body, 409)))
    assert (error.code, error.retryable) == (ProblemCode.UNAVAILABLE, True)


@pytest.mark.parametrize("given", [{}, {"GATEWAY_BLOXROUTE__AUTHORIZATION": ""}])
async def test_without_an_authorization_nobody_is_asked(given: dict[str, str]) -> None:
    environ: dict[str, str | None] = {"GATEWAY_BLOXROUTE__AUTHORIZATION": None, **given}
    async with open_asking(TokensByOwner, always(RECORDED), **environ) as (source, recorded):
        (error,) = await settle(source, [OWNER])
        assert getattr(error, "code", None) is ProblemCode.NOT_CONFIGURED
        assert recorded.asked == []
    # What the settings are said to hold agrees with what happens.
    assert configured(read_settings(given))[Provider.BLOXROUTE] is False
