"""What callers ask, at random, and what they hear."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

import aiohttp

from gateway.sandbox import addresses
from tests.chaos.clock import LeapingClock
from tests.chaos.world import CHANGING_ACCOUNTS, CLOSING_ACCOUNTS, EMPTY_OWNERS, HOLDERS, STEADY_ACCOUNTS
from tests.running import DEMO_KEY, OTHER_KEY, READER_KEY, Gateway

# What is no token account, beside two addresses where nothing is.
ODD_ADDRESSES: Final = (
    addresses.CLOSED_ACCOUNT,
    addresses.NEVER_CREATED,
    addresses.OWNER,
    addresses.UNPARSEABLE_ACCOUNT,
    addresses.ORPHANED_ACCOUNT,
    addresses.USDC_MINT,
)
RUNE_IDS: Final = (
    addresses.SANDBOX_ALPHA_COIN,
    addresses.BARE_MINIMUM,
    addresses.UNCOMMON_GOODS,
    addresses.GOOD_DOG,
    "999999:9",
)
_KEYS: Final = (DEMO_KEY, OTHER_KEY, DEMO_KEY, OTHER_KEY, None, READER_KEY)
_AGES: Final = (None, None, 0, 0, 1, 60)
_COMMITMENTS: Final = ("PROCESSED", "CONFIRMED", "FINALIZED")

_FRAGMENTS: Final = """
fragment how on Reading {
  outcome problem { code provider message retryable retryAfter reference }
  provenance { provider operation readAt age servedFrom position { kind value } }
}
fragment sum on Amount { atomic scale display precision }
fragment held on TokenAccount {
  address commitment ...how amount { ...sum } uiAmount token { mint decimals } owner { address } state isNative
}
"""
_RUNES: Final = """accounts(addresses: $holders) { address runes(maxAge: $age, first: 1000) {
  ...how totalCount pageInfo { hasNextPage } nodes {
    rune { id name symbol divisibility } amount { ...sum } spendable { ...sum } projected { ...sum }
    pending { incoming { ...sum } outgoing { ...sum } net { ...sum } }
  }
} }"""
_INSCRIPTIONS: Final = """accounts(addresses: $holders) { address runes(maxAge: $age) {
  ...how totalCount pageInfo { hasNextPage } nodes { rune { id inscriptionId } amount { ...sum } }
} }"""
_ACCOUNTS: Final = "tokenAccounts(addresses: $accounts, commitment: $commitment, maxAge: $age) { ...held }"
_OWNED: Final = """account(address: $owner) { address
  tokenAccounts(commitment: $commitment, maxAge: $age, first: 1000) { ...how totalCount nodes { ...held } }
}"""
_TOKENS: Final = """trader: account(address: $owner) { address tokens(maxAge: $age) {
  ...how totalCount nodes { token { mint } settled { ...sum } unsettled { ...sum } openOrders { ...sum } }
} }"""
_WALLETS: Final = """exchangeWallets(maxAge: $age) { ...how totalCount nodes {
  id currency { code } balance { ...sum } available { ...sum } held { ...sum } trading { ...sum } lending { ...sum }
  borrow { ...sum } collateral { ...sum }
} }"""
_RUNE: Final = "rune(id: $rune) { id name symbol divisibility inscriptionId }"
_STATUS: Final = """providers { provider configured circuit budgetRemaining budgetResetsAt lastSuccessAt
  lastProblem { code message reference } }"""
_DECLARED: Final = {
    "holders": "[Address!]!",
    "accounts": "[Address!]!",
    "owner": "Address!",
    "commitment": "Commitment!",
    "rune": "ID!",
    "age": "Int",
}


@dataclass(frozen=True, slots=True)
class Question:
    """One operation, who asks it, and how long that caller would wait, in seconds."""

    text: str
    variables: Mapping[str, Any]
    key: str | None
    patience: str | None = None
    # Seconds after which the caller hangs up.
    hangs_up: float | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What came back, and when; times are in seconds since 1970."""

    question: Question
    sent: float
    received: float
    status: int
    body: bytes = field(repr=False)


def draw(random: Random) -> Question:
    """Make up a question: about one thing, or about everything at once."""
    parts = random.choice(
        (
            (_RUNES,),
            (_INSCRIPTIONS,),
            (_ACCOUNTS,),
            (_ACCOUNTS,),
            (_OWNED,),
            (_TOKENS,),
            (_WALLETS,),
            (_RUNE,),
            (_STATUS,),
            (_RUNES, _ACCOUNTS, _OWNED, _TOKENS, _WALLETS),
            (_RUNES, _ACCOUNTS, _TOKENS),
        )
    )
    return _question(random, parts)


def everything(random: Random) -> Question:
    """Ask every provider at once, as a patient caller with an account at the exchange."""
    asked = _question(random, (_RUNES, _ACCOUNTS, _OWNED, _TOKENS, _WALLETS))
    return Question(asked.text, {**asked.variables, "age": None}, DEMO_KEY)


def _question(random: Random, parts: Sequence[str]) -> Question:
    every = (*CHANGING_ACCOUNTS, *CLOSING_ACCOUNTS, *STEADY_ACCOUNTS, *ODD_ADDRESSES)
    drawn = {
        "holders": random.sample(HOLDERS, random.randint(1, 4)),
        "accounts": random.sample(every, random.choice((1, 3, 20))),
        "owner": random.choice((addresses.OWNER, addresses.OWNER, random.choice(EMPTY_OWNERS))),
        "commitment": random.choice(_COMMITMENTS),
        "rune": random.choice(RUNE_IDS),
        "age": random.choice(_AGES),
    }
    text = " ".join(parts)
    used = {name: value for name, value in drawn.items() if f"${name}" in text}
    declared = ", ".join(f"${name}: {_DECLARED[name]}" for name in used)
    document = f"query{f' ({declared})' if declared else ''} {{ {text} }}{_used_fragments(text)}"
    patience = random.choice((None, None, None, None, "0.1", "2.5"))
    return Question(document, used, random.choice(_KEYS), patience, 0.02 if random.random() < 0.02 else None)


def _used_fragments(text: str) -> str:
    """Give the fragments that a document needs, for one that is not used is an error."""
    return _FRAGMENTS if "...held" in text else _FRAGMENTS.partition("fragment held")[0] if "...how" in text else ""


async def ask(gateway: Gateway, clock: LeapingClock, question: Question) -> Heard | None:
    """Put a question; None where the caller hung up before the answer."""
    headers = {"Authorization": f"Bearer {question.key}"} if question.key else {}
    if question.patience is not None:
        headers["X-Request-Timeout"] = question.patience
    payload = {"query": question.text, "variables": question.variables}
    within = aiohttp.ClientTimeout(total=question.hangs_up or 10)
    sent = clock.time()
    try:
        async with gateway.http.post(
            f"{gateway.url}/graphql", json=payload, headers=headers, timeout=within
        ) as response:
            body = await response.read()
            return Heard(question, sent, clock.time(), response.status, body)
    except TimeoutError:
        if question.hangs_up is None:
            raise
        return None
