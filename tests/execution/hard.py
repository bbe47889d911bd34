"""Operations that are hard to get right, each a line of what a person would not think of twice."""

from collections.abc import Iterator, Mapping
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
        f"query {_ALL}{{ accounts(addresses: $all) {{ tokenAccounts {{ nodes {{ outcome address }} edges {{ node {{ outcome "
        "provenance { servedFrom } } } } } }",
        _EVERY,
    ),
    Question(f"query {_ALL}{{ tokenAccounts(addresses: $all) {{ {_ACCOUNT_FIELDS} }} }}", {"all": _ACCOUNTS}),
    *(Question(f"{{ {_list('exchangeWallets', _WALLET)} }}", caller=caller) for caller in figures.CALLERS),
]

_PLAIN: Final = (
    "{ __typename }",
    "{ a: __typename b: __typename __typename }",
    f'{{ account(address: "{HOLDER}") {{ __typename id chain a: address address }} }}',
    f'{{ account(address: "{HOLDER}") {{ id }} account(address: "{HOLDER}") {{ address id }} }}',
    # Merged: the order is of first sight, and what is below belongs together.
    f'{{ account(address: "{HOLDER}") {{ runes {{ nodes {{ rune {{ name }} }} totalCount nodes {{ rune {{ id name }} amount '
    "{ display } } } chain runes { outcome nodes { amount { atomic } } } } }",
    f'{{ account(address: "{HOLDER}") {{ runes {{ outcome nodes {{ rune {{ id }} }} problem {{ code }} totalCount provenance '
    "{ age } pageInfo { endCursor } edges { cursor } } } }",
    # One list in many manners.
    f'{{ account(address: "{HOLDER}") {{ a: runes(first: 1) {{ nodes {{ rune {{ id }} }} }} b: runes(first: 2) {{ nodes '
    "{ rune { id } } } c: runes(orderBy: AMOUNT_DESC) { nodes { rune { id } } } d: runes(first: 0) { nodes { rune { id } } "
    "totalCount pageInfo { hasNextPage endCursor } } e: runes(first: null, after: null, filter: null, orderBy: null) "
    "{ nodes { rune { id } } } f: runes { nodes { rune { id } } } } }",
    f'{{ account(address: "{HOLDER}") {{ runes(filter: {{ids: ["840001:1"], names: null, nonZero: true}}) {{ nodes {{ rune '
    '{ name } } totalCount } b: runes(filter: {names: ["alpha coin", "widest.rune"]}) { nodes { rune { name } } } '
    "c: runes(filter: {nonZero: false}) { nodes { rune { name } } } d: runes(filter: {}) { nodes { rune { name } } } } }",
    f'{{ account(address: "{OWNER}") {{ tokens(filter: {{mints: ["{figures.MINTS[1].text}"], symbols: ["sol"]}}) {{ nodes '
    f'{{ token {{ mint }} }} totalCount }} tokenAccounts(mint: "{figures.MINTS[0].text}", commitment: CONFIRMED) '
    "{ nodes { address commitment outcome } } } }",
    # Fragments of every kind, twice, and within each other.
    f'{{ account(address: "{HOLDER}") {{ ...A ... {{ chain ...A }} ... on Account {{ id ...B }} }} }} '
    "fragment A on Account { id runes { ...R } } fragment B on Account { ...A runes { totalCount ...R } } "
    "fragment R on Reading { outcome provenance { age } ... on RuneConnection { nodes { ...N } edges { node { ...N } } } } "
    "fragment N on RuneBalance { rune { ... { id } name } amount { ...M } spendable { ...M } } "
    "fragment M on Amount { display atomic }",
    f'{{ tokenAccount(address: "{ACCOUNT}") {{ ... on Reading {{ outcome ... on TokenAccount {{ amount {{ display }} }} '
    "... on RuneConnection { totalCount } } } }",
    # Resolvers below resolvers, below lists, below records.
    f'{{ account(address: "{OWNER}") {{ tokenAccounts {{ nodes {{ address owner {{ id runes {{ outcome }} tokens(first: 1) '
    "{ nodes { token { mint } } } tokenAccounts { totalCount nodes { owner { tokens { totalCount } } } } } } } } }",
    f'{{ account(address: "{OWNER}") {{ tokenAccounts(first: 2) {{ edges {{ node {{ owner {{ address tokens {{ outcome }} }} '
    "address } cursor } nodes { owner { address tokens { outcome } } outcome } } } }",
    f'{{ tokenAccount(address: "{ACCOUNT}") {{ owner {{ tokens {{ nodes {{ settled {{ display }} }} }} runes {{ outcome }} '
    "tokenAccounts { nodes { token { mint } } } } } }",
    f'{{ account(address: "{HOLDER}") {{ runes {{ nodes {{ rune {{ inscriptionId name }} amount {{ display }} rune '
    "{ other: inscriptionId } } edges { node { rune { inscriptionId } } cursor } } } }",
    # Directives, with literals.
    f'{{ account(address: "{HOLDER}") {{ id @skip(if: true) chain @include(if: false) address @skip(if: false) '
    "@include(if: true) runes @skip(if: true) { outcome } } }",
    f'{{ account(address: "{HOLDER}") {{ ... @skip(if: true) {{ id }} ...F @include(if: false) chain }} }} '
    "fragment F on Account { address }",
    f'{{ account(address: "{HOLDER}") {{ id @skip(if: true) id chain ...F @skip(if: true) ...F }} }} '
    "fragment F on Account { address }",
    f'{{ account(address: "{HOLDER}") {{ id @skip(if: true) }} }}',
    # Errors of every kind: at a list, below it, for one of several.
    f'{{ account(address: "{HOLDER}") {{ runes(after: "no cursor") {{ outcome }} }} }}',
    f'{{ account(address: "{HOLDER}") {{ id runes(first: -1) {{ outcome }} tokens(after: "x") {{ outcome }} }} }}',
    f'{{ account(address: "{OWNER}") {{ tokens(first: 100000) {{ outcome }} tokenAccounts(maxAge: -1) {{ outcome }} }} }}',
    f'{{ tokenAccount(address: "{HOLDER}") {{ outcome }} }}',
    f'{{ a: tokenAccount(address: "{ACCOUNT}") {{ outcome }} b: tokenAccount(address: "{HOLDER}") {{ outcome }} }}',
    '{ account(address: "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx") { id } }',
    '{ account(address: "nowhere") { id } }',
    '{ rune(id: "840001:1") { name inscriptionId } b: rune(id: "840009:9") { name } }',
    '{ rune(id: "840008:8") { name } }',
    '{ rune(id: "840007:7") { name } }',
    '{ rune(id: "no rune") { name } }',
    "{ rune(id: 5) { name } }",
    "{ nothing }",
    "{ account { id } }",
    "{ limits { maxTokens maxDepth __typename maxCost } }",
    "{ providers { provider configured circuit budgetRemaining budgetResetsAt lastSuccessAt lastProblem { code } } }",
    "{ _service { __typename } }",
    "{ __schema { queryType { name } } }",
    '{ __type(name: "Rune") { name fields { name } } limits { maxCost } }',
    f'{{ reconcileTokens(owner: "{OWNER}") {{ verdict asset {{ __typename ... on Token {{ mint }} ... on Rune {{ id '
    f"inscriptionId }} }} observations {{ amount {_AMOUNT} {_PROVENANCE} }} problems {{ code }} }} }}",
    *(
        f'{{ reconcileTokens(owner: "{each}") {{ verdict observations {{ amount {{ display }} }} problems {{ code }} }} }}'
        for each in _OWNERS
    ),
    *(
        f'{{ reconcileRunes(address: "{each}", wallet: [{{runeName: "ALPHA•COIN", amount: "7"}}, {{runeName: "NO•RUNE", '
        "amount: 1, divisibility: 2}]) { verdict asset { ... on Rune { id inscriptionId } __typename } problems { code } } }"
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
    "{ id @skip(if: $no) chain @include(if: $yes) ...F @skip(if: $yes) runes @include(if: $no) { outcome nodes @skip(if: $yes) "
    "{ rune { id } } } } } fragment F on Account { address id }"
)
_PAGED: Final = (
    "query Runes($address: Address!, $first: Int, $after: String, $order: RuneOrder = AMOUNT_DESC, $ids: [ID!], "
    "$nonZero: Boolean = true) { account(address: $address) { runes(first: $first, after: $after, orderBy: $order, "
    "filter: {ids: $ids, nonZero: $nonZero}) { nodes { rune { id } amount { display } } pageInfo { endCursor hasNextPage } } "
    "plain: runes(first: $first, after: $after) { nodes { rune { id } } pageInfo { startCursor endCursor } } } }"
)
_ENTITIES: Final = (
    "query ($given: [_Any!]!) { _entities(representations: $given) { __typename ... on Account { id runes { outcome } "
    "tokens { outcome } } ... on Rune { id name inscriptionId } ... on Token { mint symbol decimals } ... on TokenAccount "
    "{ outcome amount { display } owner { address } } ... on ExchangeWallet { id balance { display } } ... on Currency { code } } }"
)
_PORTFOLIO: Final = (
    "query ($addresses: [Address!]!, $exchanges: [Exchange!]!, $age: Int) { portfolio(addresses: $addresses, "
    "exchanges: $exchanges, maxAge: $age) { totals { asset { __typename ... on Rune { id inscriptionId } ... on Token { mint } "
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
    for given in _representations():
        yield Question(_ENTITIES, {"given": given})
        yield Question(_ENTITIES, {"given": given}, figures.HOLDING[Fate.READ])
    for caller in figures.CALLERS:
        for exchanges in ([], ["SFOX"], ["SFOX", "SFOX"]):
            yield Question(_PORTFOLIO, {"addresses": [HOLDER, *_OWNERS, ACCOUNT], "exchanges": exchanges}, caller)
    for age in (0, 3, None, -1):
        yield Question(_PORTFOLIO, {"addresses": _HOLDERS, "exchanges": [], "age": age})
    yield Question(
        f'query ($rows: [WalletRuneBalanceInput!]!) {{ reconcileRunes(address: "{HOLDER}", wallet: $rows) {{ verdict }} }}',
        {"rows": [{"runeName": "ALPHA•COIN", "amount": "1", "divisibility": "2", "price": 1}]},
    )
    many = "query A { limits { maxCost } } query B { __typename } mutation C { __typename }"
    yield from (Question(many, name=name) for name in ("A", "B", "C", "D", None))


def _of_callers() -> Iterator[Question]:
    wallets = _list("exchangeWallets", _WALLET)
    texts = (
        f"{{ {wallets} }}",
        f"{{ {wallets.replace('exchangeWallets', 'exchangeWallets(first: 1, maxAge: 0)', 1)} limits {{ maxCost }} }}",
        '{ exchangeWallets(exchange: SFOX, currencies: ["btc", "usd"]) { nodes { currency { code } borrow { display } '
        "collateral { display } lending { display } trading { display } } totalCount } }",
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
