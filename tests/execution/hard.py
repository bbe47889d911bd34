"""Operations that are hard to get right, each a line of what a person would not think of twice."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from tests.execution import figures
from tests.execution.source import Fate
from tests.execution.twins import Question

_HOLDERS = [each.text for each in figures.HOLDERS.values()]
_OWNERS = [each.text for each in figures.OWNERS.values()]
_ACCOUNTS = [each.text for each in figures.ACCOUNTS.values()]
HOLDER: Final = figures.HOLDERS[Fate.READ].text
OWNER: Final = figures.OWNERS[Fate.READ].text
ACCOUNT: Final = figures.ACCOUNTS[Fate.READ].text

_AMOUNT = "{ atomic scale display precision __typename }"
_PROBLEM = "problem { code provider message retryable retryAfter reference __typename }"
_PROVENANCE = "provenance { provider operation readAt age servedFrom position { kind value __typename } __typename }"
_READING = f"outcome {_PROBLEM} {_PROVENANCE} __typename"
_PAGE = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor __typename } totalCount"
_RUNE_NODE = (
    f"__typename rune {{ id name symbol divisibility __typename }} amount {_AMOUNT} spendable {_AMOUNT} "
    f"projected {_AMOUNT} pending {{ incoming {_AMOUNT} outgoing {_AMOUNT} net {_AMOUNT} __typename }}"
)
_TOKEN_NODE = f"token {{ mint symbol decimals }} settled {_AMOUNT} unsettled {_AMOUNT} openOrders {_AMOUNT} __typename"
_ACCOUNT_FIELDS = (
    f"id address commitment {_READING} amount {_AMOUNT} uiAmount token {{ mint symbol decimals __typename }} "
    "owner { id address chain __typename } state isNative"
)
_WALLET = f"id exchange currency {{ code __typename }} balance {_AMOUNT} available {_AMOUNT} held {_AMOUNT} __typename"


def _list(name: str, node: str, arguments: str = "") -> str:
    return (
        f"{name}{arguments} {{ {_READING} nodes {{ {node} }} edges {{ cursor __typename node {{ {node} }} }} {_PAGE} }}"
    )


RUNES: Final = _list("runes", _RUNE_NODE)
TOKENS: Final = _list("tokens", _TOKEN_NODE)
TOKEN_ACCOUNTS: Final = _list("tokenAccounts", _ACCOUNT_FIELDS)

_ALL = "($all: [Address!]!) "
_EVERY: Mapping[str, Any] = {"all": [*_HOLDERS, *_OWNERS, HOLDER, figures.STRANGER.text]}

# Whatever can be read: asked first, it fills the memory of both worlds.
EVERYTHING: Final = [
    Question(f"query {_ALL}{{ accounts(addresses: $all) {{ {RUNES} {TOKENS} {TOKEN_ACCOUNTS} }} }}", _EVERY),
    *(Question(f'{{ rune(id: "{each}") {{ name inscriptionId }} }}') for each in figures.RUNE_IDS),
    Question(
        f"query {_ALL}{{ accounts(addresses: $all) {{ runes {{ nodes {{ rune {{ inscriptionId }} }} }} }} }}", _EVERY
    ),
    # Without the moment, so that what is written of it might be kept.
    Question(
        f"query {_ALL}{{ accounts(addresses: $all) {{ tokenAccounts {{ nodes {{ outcome address }} edges "
        f"{{ node {{ outcome "
        "provenance { servedFrom } } } } } }",
        _EVERY,
    ),
    Question(f"query {_ALL}{{ tokenAccounts(addresses: $all) {{ {_ACCOUNT_FIELDS} }} }}", {"all": _ACCOUNTS}),
    *(Question(f"{{ {_list('exchangeWallets', _WALLET)} }}", caller=caller) for caller in figures.CALLERS),
]

_DOCUMENTS: Final = Path(__file__).with_name("hard.graphql")
# What stands for a word of the documents.
_WORDS: Mapping[str, str] = {
    "HOLDER": HOLDER,
    "OWNER": OWNER,
    "ACCOUNT": ACCOUNT,
    "MINT_0": figures.MINTS[0].text,
    "MINT_1": figures.MINTS[1].text,
}


def _written() -> list[str]:
    words = re.compile(rf"\b({'|'.join(_WORDS)})\b")
    documents = _DOCUMENTS.read_text(encoding="utf-8").split("\n\n")[1:]
    return [words.sub(lambda found: _WORDS[found[0]], each) for each in documents]


_PLAIN: Final = (
    *_written(),
    *(
        f'{{ reconcileTokens(owner: "{each}") {{ verdict observations {{ amount {{ display }} }} '
        f"problems {{ code }} }} }}"
        for each in _OWNERS
    ),
    *(
        f'{{ reconcileRunes(address: "{each}", wallet: [{{runeName: "ALPHA•COIN", amount: "7"}}, '
        f'{{runeName: "NO•RUNE", '
        "amount: 1, divisibility: 2}]) { verdict asset { ... on Rune { id inscriptionId } __typename } "
        "problems { code } } }"
        for each in _HOLDERS
    ),
    *(f'{{ tokenAccount(address: "{each}") {{ {_ACCOUNT_FIELDS} }} }}' for each in _ACCOUNTS),
    *(f'{{ account(address: "{each}") {{ {RUNES} {TOKENS} {TOKEN_ACCOUNTS} }} }}' for each in (*_HOLDERS, *_OWNERS)),
    *(f'{{ account(address: "{each}") {{ runes {{ nodes {{ rune {{ inscriptionId }} }} }} }} }}' for each in _HOLDERS),
    *(
        f'{{ account(address: "{each}") {{ runes(maxAge: 0) {{ {_READING} }} tokens(maxAge: 0) {{ {_READING} }} }} }}'
        for each in (*_HOLDERS, *_OWNERS)
    ),
    *(
        f'{{ account(address: "{each}") {{ a: runes(maxAge: 1) {{ {_READING} }} b: runes {{ {_READING} totalCount }} '
        f"tokens(maxAge: 99999) {{ {_READING} nodes {{ token {{ mint }} }} }} }} }}"
        for each in (*_HOLDERS, *_OWNERS)
    ),
)

_SKIPPING: Final = (
    "query ($no: Boolean!, $yes: Boolean = true, $address: Address!) { account(address: $address) "
    "{ id @skip(if: $no) chain @include(if: $yes) ...F @skip(if: $yes) runes @include(if: $no) { "
    "outcome nodes @skip(if: $yes) "
    "{ rune { id } } } } } fragment F on Account { address id }"
)
_PAGED: Final = (
    "query Runes($address: Address!, $first: Int, $after: String, $order: RuneOrder = AMOUNT_DESC, $ids: [ID!], "
    "$nonZero: Boolean = true) { account(address: $address) { runes(first: $first, after: $after, orderBy: $order, "
    "filter: {ids: $ids, nonZero: $nonZero}) { nodes { rune { id } amount { display } } pageInfo { "
    "endCursor hasNextPage } } "
    "plain: runes(first: $first, after: $after) { nodes { rune { id } } pageInfo { startCursor endCursor } } } }"
)
_ENTITIES: Final = (
    "query ($given: [_Any!]!) { _entities(representations: $given) { __typename ... on Account { id runes { outcome } "
    "tokens { outcome } } ... on Rune { id name inscriptionId } ... on Token { mint symbol decimals "
    "} ... on TokenAccount "
    "{ outcome amount { display } owner { address } } ... on ExchangeWallet { id balance { display "
    "} } ... on Currency { code } } }"
)
_PORTFOLIO: Final = (
    "query ($addresses: [Address!]!, $exchanges: [Exchange!]!, $age: Int) { portfolio(addresses: $addresses, "
    "exchanges: $exchanges, maxAge: $age) { totals { asset { __typename ... on Rune { id "
    "inscriptionId } ... on Token { mint } "
    f"... on Currency {{ code }} }} total {_AMOUNT} lowerBound positions }} coverage {{ expected fresh stale absent "
    f"unavailable complete {_PROBLEM.replace('problem', 'problems', 1)} }} accounts {{ id runes {{ outcome }} }} }} }}"
)


def _representations() -> Iterator[list[Any]]:
    kinds: dict[str, list[Any]] = {
        "Account": [{"address": each} for each in (*_HOLDERS, *_OWNERS, "nowhere", 7, None)],
        "TokenAccount": [{"address": each} for each in (*_ACCOUNTS, HOLDER)],
        "Rune": [{"id": each} for each in (*figures.RUNE_IDS, "x")],
        "Token": [{"mint": figures.MINTS[0].text}, {"mint": HOLDER}, {}],
        "Currency": [{"code": "BTC"}, {"code": "not a code"}],
        "ExchangeWallet": [{"id": "c2ZveA"}, {"id": ""}],
        "Query": [{}],
        "Nothing": [{"id": "1"}],
    }
    for name, keys in kinds.items():
        yield [{"__typename": name, **each} for each in keys]
    yield []
    yield ["no object", {}, {"__typename": 1}]


def _with_variables() -> Iterator[Question]:
    for no in (True, False):
        for yes in ({}, {"yes": True}, {"yes": False}, {"yes": None}):
            yield Question(_SKIPPING, {"no": no, "address": HOLDER, **yes})
    for wrong in ({}, {"no": "x", "address": HOLDER}, {"no": True, "address": "nowhere"}, {"no": None, "address": 1}):
        yield Question(_SKIPPING, wrong)
    for given in (
        {},
        {"first": 1},
        {"first": None, "after": None, "order": None, "ids": None, "nonZero": None},
        {"first": 2, "order": "NAME", "ids": ["840001:1", "840003:3"]},
        {"first": 2.5},
        {"first": 2**31},
        {"after": ""},
        {"after": "W10="},
        {"order": "SIDEWAYS"},
    ):
        yield Question(_PAGED, {"address": HOLDER, **given})
        yield Question(_PAGED, {"address": HOLDER, **given}, name="Runes")
    yield Question(_PAGED, {"address": HOLDER}, name="Others")
    for representations in _representations():
        yield Question(_ENTITIES, {"given": representations})
        yield Question(_ENTITIES, {"given": representations}, figures.HOLDING[Fate.READ])
    for caller in figures.CALLERS:
        for exchanges in ([], ["SFOX"], ["SFOX", "SFOX"]):
            yield Question(_PORTFOLIO, {"addresses": [HOLDER, *_OWNERS, ACCOUNT], "exchanges": exchanges}, caller)
    for age in (0, 3, None, -1):
        yield Question(_PORTFOLIO, {"addresses": _HOLDERS, "exchanges": [], "age": age})
    yield Question(
        f'query ($rows: [WalletRuneBalanceInput!]!) {{ reconcileRunes(address: "{HOLDER}", wallet: '
        f"$rows) {{ verdict }} }}",
        {"rows": [{"runeName": "ALPHA•COIN", "amount": "1", "divisibility": "2", "price": 1}]},
    )
    many = "query A { limits { maxCost } } query B { __typename } mutation C { __typename }"
    yield from (Question(many, name=name) for name in ("A", "B", "C", "D", None))


def _of_callers() -> Iterator[Question]:
    wallets = _list("exchangeWallets", _WALLET)
    texts = (
        f"{{ {wallets} }}",
        f"{{ {wallets.replace('exchangeWallets', 'exchangeWallets(first: 1, maxAge: 0)', 1)} limits {{ maxCost }} }}",
        (
            '{ exchangeWallets(exchange: SFOX, currencies: ["btc", "usd"]) { nodes { currency { code } '
            "borrow { display } "
            "collateral { display } lending { display } trading { display } } totalCount } }"
        ),
        '{ exchangeWallets(after: "?") { outcome } a: __typename }',
        f'{{ account(address: "{HOLDER}") {{ runes {{ outcome }} }} exchangeWallets {{ outcome nodes {{ id }} }} }}',
        "{ providers { provider configured budgetRemaining } }",
    )
    for caller in figures.CALLERS:
        yield from (Question(text, caller=caller) for text in texts)


def _of_ages() -> Iterator[Question]:
    text = f'{{ account(address: "{HOLDER}") {{ runes {{ {_READING} nodes {{ rune {{ id }} }} }} }} }}'
    yield from (Question(text, max_age=age) for age in (None, 0, 1, 5, 3600))


HARD: Final = [*(Question(text) for text in _PLAIN), *_with_variables(), *_of_callers(), *_of_ages()]
