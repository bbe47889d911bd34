"""An account merged from messages and readings: what holds, what is in doubt, and what a late message may not undo."""

from typing import Any

import msgspec
import pytest

from gateway.domain.exchange import ExchangeWallet
from gateway.providers.sfox.account import Account
from gateway.providers.sfox.message import BALANCES, Message
from gateway.providers.sfox.row import Row, wallets_of
from gateway.upstream.decoding import Undecodable


def message(sequence: int, /, **balances: str) -> Message:
    rows = [{"currency": name, "balance": each, "available": each} for name, each in balances.items()]
    return Message.read(msgspec.json.encode({"sequence": sequence, "recipient": BALANCES, "payload": rows}))


def ack(sequence: int) -> Message:
    return Message.read(msgspec.json.encode({"sequence": sequence, "type": "success", "action": "subscribe"}))


def read(**balances: str) -> tuple[ExchangeWallet, ...]:
    return wallets_of(
        [Row(name, msgspec.Raw(each.encode()), msgspec.Raw(each.encode())) for name, each in balances.items()]
    )


def shown(account: Account) -> dict[str, str]:
    return {wallet.currency: wallet.balance.text() for wallet in account.wallets}


def is_in_doubt(account: Account) -> bool:
    return account.doubt is not None


def begun(**balances: str) -> Account:
    """Give an account that was read after its second message."""
    account = Account()
    account.hear(ack(1))
    account.hear(ack(2))
    account.read(read(**balances))
    return account


def test_nothing_is_vouched_for_before_it_was_read() -> None:
    account = Account()
    account.hear(ack(1))
    account.hear(message(2, btc="5"))
    assert is_in_doubt(account)
    account.read(read(btc="4", usd="1"))
    assert not is_in_doubt(account)
    # What was told before the reading holds: a later change would be told later.
    assert shown(account) == {"BTC": "5", "USD": "1"}


def test_a_gap_puts_in_doubt_what_was_told_before_it_and_not_what_was_told_after() -> None:
    account = begun(btc="1", usd="1", eth="1")
    account.hear(message(3, btc="2"))
    account.hear(message(5, usd="3"))
    assert account.doubt is not None
    account.read(read(btc="4", usd="2", eth="2"))
    assert shown(account) == {"BTC": "4", "USD": "3", "ETH": "2"}


def test_what_is_no_longer_listed_goes_with_the_reading_that_a_gap_calls_for() -> None:
    account = begun(btc="1", usd="1")
    account.hear(message(4))
    account.read(read(btc="1"))
    assert shown(account) == {"BTC": "1"}


def test_a_reading_anew_outweighs_whatever_was_told() -> None:
    account = begun(btc="1")
    account.hear(message(3, btc="2"))
    account.read(read(btc="3"), anew=True)
    assert shown(account) == {"BTC": "3"}


def test_a_latecomer_adds_what_is_missing_and_undoes_nothing() -> None:
    account = begun(btc="1", usd="1")
    account.hear(message(5, btc="5"))
    account.hear(message(3, btc="3", usd="3"))
    assert (shown(account), account.disorder) == ({"BTC": "5", "USD": "3"}, 0)


def test_a_latecomer_from_before_the_reading_undoes_nothing_of_it() -> None:
    account = begun(btc="1", usd="1")
    account.hear(message(4, btc="5"))
    account.read(read(btc="5", usd="9"))
    account.hear(message(3, usd="3"))
    assert (account.doubt, shown(account)) == (None, {"BTC": "5", "USD": "9"})


def test_what_is_said_twice_is_said_once() -> None:
    account = begun(btc="1")
    for _ in range(2):
        account.hear(message(3, btc="2"))
    assert (account.doubt, account.disorder) == (None, 0)


@pytest.mark.parametrize("numbers", [[3, 3, 3, 3], [3, 1, 2, 3]])
def test_numbers_that_stand_still_or_begin_anew_are_disorder(numbers: list[int]) -> None:
    account = begun(btc="1")
    for balance, number in enumerate(numbers):
        account.hear(message(number, btc=str(balance)))
    assert account.doubt == "disorder in the numbering"
    assert account.disorder == 3
    account.hear(message(4))
    assert account.disorder == 0


def test_a_leap_in_the_numbering_is_one_gap_and_its_latecomers_are_disorder() -> None:
    account = begun(btc="1")
    account.hear(message(5000, btc="2"))
    assert (account.doubt, account.disorder) == ("a gap in the numbering", 0)
    account.hear(message(4999))
    assert account.disorder == 1


def test_what_is_no_message_puts_everything_in_doubt_that_was_told() -> None:
    account = begun(btc="1")
    account.hear(message(3, btc="2"))
    account.misheard(Undecodable("not JSON"))
    assert account.doubt == "not understood: not JSON"
    account.read(read(btc="3"))
    assert shown(account) == {"BTC": "3"}


@pytest.mark.parametrize(
    "payload",
    [
        None,
        "balances",
        5,
        [5],
        {},
        {"type": "savings"},
        {"currency": "btc", "balance": "1", "available": "1"},
        [{"currency": "btc", "balance": "1"}],
        [{"currency": "", "balance": "1", "available": "1"}],
        [{"currency": "btc", "balance": "NaN", "available": "1"}],
        [{"currency": "btc", "balance": "1", "available": True}],
        [{"currency": "btc", "balance": "1", "available": "1"}, {"currency": "BTC", "balance": "2", "available": "1"}],
    ],
)
def test_a_payload_that_is_not_understood_changes_nothing_and_calls_for_a_reading(payload: Any) -> None:
    account = begun(btc="7")
    body = {"sequence": 3, "recipient": BALANCES, "payload": payload}
    account.hear(Message.read(msgspec.json.encode(body)))
    assert shown(account) == {"BTC": "7"}
    assert account.doubt is not None
    assert account.doubt.startswith("not understood: ")


def test_other_feeds_and_unknown_types_are_counted_and_say_nothing() -> None:
    account = begun(btc="7")
    for body in (b'{"sequence":3,"recipient":"private.user.orders","payload":[]}', b'{"sequence":4,"type":"news"}'):
        account.hear(Message.read(body))
    assert (account.sequence, account.doubt, shown(account)) == (4, None, {"BTC": "7"})


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"sequence":"3"}', b'{"sequence":-1}', b'{"sequence":1.0}', b'{"sequence":1099511627776}'],
)
def test_what_has_no_number_is_no_message(body: bytes) -> None:
    with pytest.raises(Undecodable):
        Message.read(body)


@pytest.mark.parametrize(
    ("stamp", "microseconds"),
    [
        ("1649899310281716289", 1_649_899_310_281_716),
        ("1649899310281716", 1_649_899_310_281_716),
        ("1649899310", None),
        ("123456789012345678901234567890", None),
        ('"1649899310281716289"', None),
        ("true", None),
        ("null", None),
    ],
)
def test_stamps_are_known_by_their_size(stamp: str, microseconds: int | None) -> None:
    assert Message.read(f'{{"sequence":1,"timestamp":{stamp}}}'.encode()).microseconds == microseconds
