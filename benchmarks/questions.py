"""What is asked of every server: the same text, the same variables, and several bodies to a question."""

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.sandbox import addresses

RUNES = 20
HOLDERS = 1000
TOKEN_ACCOUNTS = 5000
_WARM_HOLDERS = 200
# More than bodies that the gateway remembers: when one comes again it is as good as new.
_NEW_BODIES = 4000
_LARGE = 50
_LARGE_BODIES = 64
_COLD_BODIES = 48
_COLD_HOLDERS, _COLD_HOLDERS_AGAIN = 20, 5
_COLD_ACCOUNTS, _COLD_ACCOUNTS_AGAIN = 100, 20

_AMOUNT = "{ atomic scale display precision }"
_RUNES = (
    "address runes { outcome nodes { rune { id name symbol divisibility }"
    f" amount {_AMOUNT} spendable {{ display }} }} }}"
)
_WARM = f"query Balances($addresses: [Address!]!) {{ accounts(addresses: $addresses) {{ {_RUNES} }} }}"
_COLD = (
    "query Everything($addresses: [Address!]!, $accounts: [Address!]!) {"
    f" accounts(addresses: $addresses) {{ {_RUNES} }}"
    f" tokenAccounts(addresses: $accounts) {{ address outcome amount {_AMOUNT} }} }}"
)

_ACCOUNTS = (
    f"query Accounts($accounts: [Address!]!) {{ tokenAccounts(addresses: $accounts) {{ outcome amount {_AMOUNT} }} }}"
)


@dataclass(frozen=True, slots=True)
class Question:
    """Bodies that are sent in turn; `headers` are the gateway's, and say nothing to a rival."""

    name: str
    bodies: Sequence[bytes]
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cold:
    """One cold question's parts: what has to be asked upstream, each once."""

    holders: Sequence[str]
    accounts: Sequence[str]


def small() -> Question:
    """Ask for one address; the next request asks for another."""
    holders = addresses.crowd_holders(_WARM_HOLDERS)
    return Question("warm small", [_body(_WARM, addresses=[holder]) for holder in holders])


def large() -> Question:
    """Ask for fifty addresses; the next request asks for some of them and some others."""
    holders = addresses.crowd_holders(_WARM_HOLDERS)
    twice = (*holders, *holders)
    starts = (3 * n for n in range(_LARGE_BODIES))
    return Question("warm large", [_body(_WARM, addresses=twice[start : start + _LARGE]) for start in starts])


def new() -> Question:
    """Ask for two addresses that were not asked for together lately: the document is known, the variables are not."""
    holders = addresses.crowd_holders(_WARM_HOLDERS)
    pairs = itertools.islice(itertools.permutations(holders, 2), 0, None, 9)
    return Question("warm new", [_body(_WARM, addresses=pair) for pair in itertools.islice(pairs, _NEW_BODIES)])


def repeated() -> Question:
    """Ask for one address again and again."""
    return Question("identical", small().bodies[:1])


def cold(parts: Sequence[Cold]) -> Question:
    """Ask for what is kept nowhere: the gateway is told so, a rival keeps nothing."""
    bodies = [
        _body(
            _COLD,
            addresses=(*part.holders, *part.holders[:_COLD_HOLDERS_AGAIN]),
            accounts=(*part.accounts, *part.accounts[:_COLD_ACCOUNTS_AGAIN]),
        )
        for part in parts
    ]
    return Question("cold", bodies, {"X-Max-Age": "0"})


def cold_parts() -> Sequence[Cold]:
    """Give parts that have nothing in common, so that requests at one time can share no call."""
    holders = addresses.crowd_holders(HOLDERS)
    accounts = addresses.crowd_token_accounts(TOKEN_ACCOUNTS)
    return [
        Cold(
            holders[n * _COLD_HOLDERS : (n + 1) * _COLD_HOLDERS],
            accounts[n * _COLD_ACCOUNTS : (n + 1) * _COLD_ACCOUNTS],
        )
        for n in range(_COLD_BODIES)
    ]


def holders_of(holders: Sequence[str], headers: Mapping[str, str] | None = None) -> Question:
    """Ask for all runes of all of them in one body: only the gateway is asked so."""
    text = _WARM.replace("runes {", "runes(first: 1000) {")
    return Question("holders", [_body(text, addresses=holders)], headers or {})


def accounts_of(groups: Sequence[Sequence[str]]) -> Question:
    """Ask for token accounts, those of each group in one body: only the gateway is asked so."""
    return Question("accounts", [_body(_ACCOUNTS, accounts=group) for group in groups])


def _body(query: str, **variables: Any) -> bytes:
    return json.dumps({"query": query, "variables": variables}, ensure_ascii=False).encode()
