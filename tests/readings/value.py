"""Values of every capability, as a provider may answer with them, to the ends of their ranges."""

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from gateway.app import CAPABILITIES
from gateway.domain import base58
from gateway.domain.address import Address, solana_key
from gateway.domain.amount import MAX_SCALE, Amount, Precision
from gateway.domain.exchange import ExchangeWallet
from gateway.domain.reading import Absent, Answer, Position, PositionKind
from gateway.domain.rune import PendingRuneAmounts, Rune, RuneBalance
from gateway.domain.sources import value_type
from gateway.domain.token import Token, TokenAccount, TokenAccountState, TokenBalance
from gateway.readings.entry import Entry

texts = st.text(st.characters(codec="utf-8"), max_size=20)
integers = st.integers(-(2**256), 2**256 - 1) | st.sampled_from([0, 2**64 - 1, 2**128 - 1, 2**256 - 1, 10**80])
places = st.integers(0, MAX_SCALE)
amounts = st.builds(Amount, integers, places, st.booleans(), st.sampled_from(Precision))
some_amounts = st.none() | amounts
decimals = st.decimals(allow_nan=False, allow_infinity=False) | st.just(Decimal("1E-255"))
B58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def _address(key: bytes) -> Address:
    text, number = "", int.from_bytes(key)
    while number:
        number, digit = divmod(number, 58)
        text = B58[digit] + text
    text = "1" * (len(key) - len(key.lstrip(b"\0"))) + text
    assert base58.decode(text) == key
    address = solana_key(text)
    assert address is not None
    return address


addresses = st.binary(min_size=32, max_size=32).map(_address)
runes = st.builds(Rune, texts, texts, texts, st.integers(0, 38), st.none() | texts)
pendings = st.builds(PendingRuneAmounts, amounts, amounts, amounts)
rune_balances = st.builds(RuneBalance, runes, amounts, some_amounts, some_amounts, st.none() | pendings)
tokens = st.builds(Token, addresses, st.none() | texts, st.none() | st.integers(0, 255))
token_accounts = st.builds(
    TokenAccount,
    addresses,
    amounts,
    st.none() | decimals,
    st.none() | tokens,
    st.none() | addresses,
    st.none() | st.sampled_from(TokenAccountState),
    st.none() | st.booleans(),
)
token_balances = st.builds(TokenBalance, tokens, amounts, amounts, amounts)
wallets = st.builds(ExchangeWallet, texts, amounts, amounts, *[some_amounts] * 5)


def _many(each: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(each, max_size=3).map(tuple)


# In the order of the app's capabilities.
_VALUES: tuple[st.SearchStrategy[Any], ...] = (
    _many(rune_balances),
    st.dictionaries(texts, texts, max_size=3),
    runes,
    token_accounts,
    _many(token_accounts),
    _many(token_accounts),
    _many(token_balances),
    _many(wallets),
)
VALUES = dict(zip((each.__name__ for each in CAPABILITIES), _VALUES, strict=True))
SHAPES = {each.__name__: value_type(each) for each in CAPABILITIES}
positions = st.none() | st.builds(Position, st.sampled_from(PositionKind), st.integers(0, 2**63 - 1))
moments = st.floats(0, 2**33) | st.sampled_from([1_800_000_000.123456, 0.1])


def entries(value: st.SearchStrategy[Any]) -> st.SearchStrategy[Entry]:
    answers = st.builds(Answer, value, texts, positions) | st.builds(Absent, texts, positions)
    return st.builds(Entry, answers, moments, st.none() | moments)


def _amount(integer: int, scale: int) -> Amount:
    return Amount.of_atomic(integer, scale)


_MINT = Token(_address(bytes(range(32))), "USDC", 6)
_ACCOUNT = TokenAccount(
    _address(bytes(range(1, 33))),
    _amount(2**64 - 1, 6),
    Decimal("18446744073709.551615"),
    _MINT,
    _address(bytes(range(2, 34))),
    TokenAccountState.FROZEN,
    is_native=False,
)
_RUNE = Rune("840000:1", "A•RUNE", "¤", 38, "ab" * 32 + "i0")
_WHOLE = Amount.of_decimal(Decimal("-1.50"), Precision.PROVIDER_FLOAT)
# One value of each capability, with every field told.
EXAMPLES: dict[str, Any] = dict(
    zip(
        SHAPES,
        (
            (
                RuneBalance(
                    _RUNE,
                    _amount(2**128 - 1, 38),
                    _amount(1, 38),
                    _amount(0, 38),
                    PendingRuneAmounts(*[_amount(2**256 - 1, 38)] * 3),
                ),
            ),
            {"840000:1": "ab" * 32 + "i0"},
            _RUNE,
            _ACCOUNT,
            (_ACCOUNT, TokenAccount(_ACCOUNT.address, _amount(0, 0), None)),
            (_ACCOUNT,),
            (TokenBalance(_MINT, _WHOLE, _WHOLE, _WHOLE),),
            (ExchangeWallet("BTC", *[_WHOLE] * 7), ExchangeWallet("USD", _WHOLE, _WHOLE)),
        ),
        strict=True,
    )
)
