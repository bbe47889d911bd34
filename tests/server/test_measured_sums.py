"""What a portfolio and the comparisons ask for at the most, and how long their lists are taken to be."""

from typing import Any

import pytest

from gateway.sandbox import base58, bitcoin_address
from gateway.sandbox.addresses import GENERATED_HOLDERS, OWNER, OWNER_OF_NONE, RUNES_HOLDER
from gateway.schema.limits import DEFAULT_PAGE, RequestLimits
from tests.server.test_measure import SCHEMA, measured

PORTFOLIO = "query ($a: [Address!]!) { portfolio(addresses: $a) { %s } }"
WALLET = "query ($w: [WalletRuneBalanceInput!]!) { %s }"
EVERYTHING = """
    totals { positions lowerBound total { atomic scale display precision }
        asset { ... on Rune { id name symbol divisibility inscriptionId } ... on Token { mint decimals } } }
    coverage { expected fresh stale absent unavailable complete
        problems { code provider message retryable retryAfter reference } }
    accounts { id address chain }"""
SOLANA = [base58.encode(number.to_bytes(32, "big")) for number in range(1 << 250, (1 << 250) + 500)]
BITCOIN = [bitcoin_address.p2wpkh(number.to_bytes(20, "big")) for number in range(500)]


def rows(many: int) -> list[dict[str, Any]]:
    return [{"runeName": f"RUNE•{number}", "amount": "1"} for number in range(many)]


def compared(many: int, fields: str = "verdict") -> Any:
    return measured(WALLET % f'reconcileRunes(address: "{RUNES_HOLDER}", wallet: $w) {{ {fields} }}', {"w": rows(many)})


@pytest.mark.parametrize(
    # A rune's inscription is asked of an address that holds it.
    ("addresses", "calls"),
    [(SOLANA, 2 * 500 + 5), (BITCOIN, 500 + 500), ([*SOLANA[:250], *BITCOIN[:250]], 2 * 250 + 3 + 250 + 250)],
    ids=["solana", "bitcoin", "both"],
)
def test_a_portfolio_of_as_many_addresses_as_may_be_asked_about_fits(addresses: list[str], calls: int) -> None:
    limits = RequestLimits()
    assert len(addresses) == limits.max_addresses
    found = measured(PORTFOLIO % EVERYTHING, {"a": addresses})
    assert (found.addresses, found.upstream_calls) == (500, calls)
    assert found.cost < limits.max_cost


def test_totals_and_problems_are_a_page_however_many_addresses_there_are() -> None:
    for addresses in ([OWNER], [OWNER, OWNER_OF_NONE], list(GENERATED_HOLDERS)):
        assert measured(PORTFOLIO % "totals { positions }", {"a": addresses}).fields == 2 + DEFAULT_PAGE
        assert measured(PORTFOLIO % "coverage { problems { code } }", {"a": addresses}).fields == 3 + DEFAULT_PAGE


def test_accounts_are_one_for_each_different_address_and_ask_what_accounts_of_their_chain_ask() -> None:
    assert measured(PORTFOLIO % "accounts { id }", {"a": [OWNER, RUNES_HOLDER, OWNER]}).fields == 2 + 2
    assert measured(PORTFOLIO % "accounts { id }", {"a": []}).fields == 2
    # Runes were read for the totals; what bloXroute says was not.
    asked = measured(PORTFOLIO % "accounts { runes { outcome } tokens { outcome } }", {"a": [OWNER, RUNES_HOLDER]})
    assert asked.upstream_calls == (2 + 1) + 1 + 1


def test_another_age_is_another_question() -> None:
    query = (
        f'{{ a: portfolio(addresses: ["{OWNER}"]) {{ %s }} b: portfolio(addresses: ["{OWNER}"], maxAge: %s) {{ %s }} }}'
    )
    below = "coverage { complete }"
    assert measured(query % (below, "null", below)).upstream_calls == 3
    assert measured(query % (below, "0", below)).upstream_calls == 2 * 3


def test_exchanges_cost_a_call_each_and_are_asked_once() -> None:
    wallets = "exchangeWallets(exchange: SFOX) { outcome }"
    exchanges = "portfolio(exchanges: [SFOX, SFOX]) { coverage { complete } }"
    assert measured(f"{{ {exchanges} }}").upstream_calls == 1
    assert measured(f"{{ {exchanges} {wallets} }}").upstream_calls == 1
    assert measured("{ portfolio { coverage { complete } } }").upstream_calls == 0


def test_both_slots_and_bloxroute_are_asked_of_an_owner_and_shared_with_who_asks_the_same() -> None:
    tokens = f'reconcileTokens(owner: "{OWNER}") {{ verdict }}'
    account = (
        f'account(address: "{OWNER}") {{ tokens(maxAge: 0) {{ outcome }} tokenAccounts(maxAge: 0) {{ outcome }} }}'
    )
    assert measured(f"{{ {tokens} }}").upstream_calls == 5
    assert measured(f"{{ {tokens} again: {tokens} }}").upstream_calls == 5
    assert measured(f"{{ {tokens} {account} }}").upstream_calls == 5
    assert measured(f"{{ {tokens} {account.replace('maxAge: 0', 'maxAge: 1')} }}").upstream_calls == 5 + 3
    assert measured(f"{{ {tokens} }}").fields == 1 + DEFAULT_PAGE


@pytest.mark.parametrize(
    ("many", "lookups"), [(0, 0), (1, 1), (10, 1), (11, 2), (99, 10), (100, 10), (101, 10), (1000, 10)]
)
def test_names_are_looked_up_by_tens_and_no_more_than_a_hundred(many: int, lookups: int) -> None:
    assert compared(many).upstream_calls == 1 + lookups


def test_runes_are_as_many_as_the_wallet_has_and_a_page_at_least() -> None:
    for many, size in ((0, DEFAULT_PAGE), (DEFAULT_PAGE, DEFAULT_PAGE), (700, 700)):
        assert compared(many).fields == 1 + size
    # Two of a node's, and one of another's.
    assert compared(0, "observations { amount { scale } } problems { code }").fields == 1 + DEFAULT_PAGE * (
        1 + 3 * 2 + 1 + 3
    )


def test_lookups_for_two_addresses_may_come_apart_and_for_one_come_together() -> None:
    def ask(name: str, address: str) -> str:
        return f'{name}: reconcileRunes(address: "{address}", wallet: $w) {{ verdict }}'

    one = measured(WALLET % f"{ask('a', RUNES_HOLDER)} {ask('b', RUNES_HOLDER)}", {"w": rows(3)})
    two = measured(WALLET % f"{ask('a', RUNES_HOLDER)} {ask('b', GENERATED_HOLDERS[0])}", {"w": rows(3)})
    assert (one.upstream_calls, two.upstream_calls) == (1 + 1, 2 + 2)


def test_what_is_asked_once_is_the_weight_that_routers_are_told() -> None:
    def weight(field: str) -> int:
        definition = SCHEMA.query_type.fields[field].extensions["strawberry-definition"]  # type: ignore[union-attr]  # there is one
        found: int = next(each.weight for each in definition.directives if hasattr(each, "weight"))
        return found

    assert weight("portfolio") == 1 + 100 * (1 + 2 + 1 + 1)
    assert weight("reconcileTokens") == 1 + 100 * 5
    assert weight("reconcileRunes") == 1 + 100 * 2
