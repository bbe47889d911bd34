"""What every field of the schema is expected to be read with; what is not here is not known to be kept."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.domain.caller import Scope
from gateway.sandbox.addresses import OWNER, RUNES_HOLDER, SANDBOX_ALPHA_COIN, TOKEN_ACCOUNT, USDC_MINT

BALANCES, EXCHANGE = Scope.BALANCES_READ, Scope.EXCHANGE_READ


@dataclass(frozen=True, slots=True)
class Expectation:
    """A type's fields, and the scopes that they are read with: None for everybody."""

    fields: frozenset[str]
    scopes: tuple[Scope | None, ...]


def _of(fields: str, *scopes: Scope | None) -> Expectation:
    return Expectation(frozenset(fields.split()), scopes)


_PAGE = "outcome problem provenance nodes edges pageInfo totalCount"
FIELDS: Mapping[str, Expectation] = {
    "Account": _of("id address chain runes tokens tokenAccounts", BALANCES),
    "Amount": _of("atomic scale display precision", BALANCES, EXCHANGE),
    "AssetTotal": _of("asset total lowerBound positions", BALANCES, EXCHANGE),
    "Coverage": _of("expected fresh stale absent unavailable complete problems", BALANCES, EXCHANGE),
    "Currency": _of("code", None, EXCHANGE),
    "ExchangeWallet": _of("id exchange currency balance available held trading lending borrow collateral", EXCHANGE),
    "ExchangeWalletConnection": _of(_PAGE, EXCHANGE),
    "ExchangeWalletEdge": _of("cursor node", EXCHANGE),
    "Limits": _of(
        "maxTokens maxDepth maxAliases maxFields maxMerges maxValues maxAddresses maxRepresentations maxPageSize "
        "maxCost maxSubscriptionsPerConnection",
        None,
    ),
    "Observation": _of("amount provenance", BALANCES),
    "PageInfo": _of("hasNextPage hasPreviousPage startCursor endCursor", BALANCES, EXCHANGE),
    "PendingRuneAmounts": _of("incoming outgoing net", BALANCES),
    "Portfolio": _of("totals coverage accounts", BALANCES, EXCHANGE),
    "Position": _of("kind value", BALANCES, EXCHANGE),
    "Problem": _of("code provider message retryable retryAfter reference", None, BALANCES, EXCHANGE),
    "Provenance": _of("provider operation readAt age servedFrom position", BALANCES, EXCHANGE),
    "ProviderStatus": _of(
        "provider configured circuit budgetRemaining budgetResetsAt lastSuccessAt lastProblem",
        None,
    ),
    "Query": _of(
        "account accounts tokenAccount tokenAccounts rune exchangeWallets portfolio reconcileRunes reconcileTokens "
        "providers limits _entities _service",
        None,
    ),
    "Reconciliation": _of("asset verdict observations problems", BALANCES),
    "Rune": _of("id name symbol divisibility inscriptionId", BALANCES),
    "RuneBalance": _of("rune amount spendable projected pending", BALANCES),
    "RuneConnection": _of(_PAGE, BALANCES),
    "RuneEdge": _of("cursor node", BALANCES),
    "Subscription": _of("runes tokenAccount exchangeWallets", None),
    "Token": _of("mint symbol decimals", BALANCES),
    "TokenAccount": _of(
        "outcome problem provenance id address commitment amount uiAmount token owner state isNative",
        BALANCES,
    ),
    "TokenAccountConnection": _of(_PAGE, BALANCES),
    "TokenAccountEdge": _of("cursor node", BALANCES),
    "TokenBalance": _of("token settled unsettled openOrders", BALANCES),
    "TokenConnection": _of(_PAGE, BALANCES),
    "TokenEdge": _of("cursor node", BALANCES),
    "_Service": _of("sdl", None),
}


@dataclass(frozen=True, slots=True)
class Root:
    """Where a query may begin: a field of `Query` with its arguments, or an entity with its key.

    It goes `without` types that what it gives may be of elsewhere.
    """

    type: str
    scope: Scope | None
    arguments: str = ""
    key: tuple[str, str] | None = None
    without: frozenset[str] = frozenset()


# The wallet's id is its caller's own, and is found out while the test runs.
WALLET_ID = "?"
_OF_EXCHANGES = frozenset({"Currency"})
_OF_ADDRESSES = frozenset({"Account", "Rune", "Token"})
ROOTS: Mapping[str, Root] = {
    "account": Root("Account", BALANCES, f'(address: "{RUNES_HOLDER}")'),
    "accounts": Root("Account", BALANCES, f'(addresses: ["{OWNER}", "{RUNES_HOLDER}"])'),
    "tokenAccount": Root("TokenAccount", BALANCES, f'(address: "{TOKEN_ACCOUNT}")'),
    "tokenAccounts": Root("TokenAccount", BALANCES, f'(addresses: ["{TOKEN_ACCOUNT}"])'),
    "rune": Root("Rune", BALANCES, f'(id: "{SANDBOX_ALPHA_COIN}")'),
    "exchangeWallets": Root("ExchangeWalletConnection", EXCHANGE, "(first: 5)"),
    "portfolio of addresses": Root(
        "Portfolio", BALANCES, f'(addresses: ["{OWNER}", "{RUNES_HOLDER}"])', without=_OF_EXCHANGES
    ),
    "portfolio of exchanges": Root("Portfolio", EXCHANGE, "(exchanges: [SFOX])", without=_OF_ADDRESSES),
    "reconcileTokens": Root("Reconciliation", BALANCES, f'(owner: "{OWNER}")', without=_OF_EXCHANGES),
    "reconcileRunes": Root(
        "Reconciliation",
        BALANCES,
        f'(address: "{RUNES_HOLDER}", wallet: [{{runeName: "SANDBOX•ALPHA•COIN", amount: "150000001"}}])',
        without=_OF_EXCHANGES,
    ),
    "providers": Root("ProviderStatus", None),
    "limits": Root("Limits", None),
    "_service": Root("_Service", None),
    "_entities of Account": Root("Account", BALANCES, key=("address", OWNER)),
    "_entities of Currency": Root("Currency", None, key=("code", "BTC")),
    "_entities of ExchangeWallet": Root("ExchangeWallet", EXCHANGE, key=("id", WALLET_ID)),
    "_entities of Rune": Root("Rune", BALANCES, key=("id", SANDBOX_ALPHA_COIN)),
    "_entities of Token": Root("Token", BALANCES, key=("mint", USDC_MINT)),
    "_entities of TokenAccount": Root("TokenAccount", BALANCES, key=("address", TOKEN_ACCOUNT)),
}
# What a subscription may listen to.
SUBSCRIPTIONS: Mapping[str, Root] = {
    "runes": Root("RuneConnection", BALANCES, f'(address: "{RUNES_HOLDER}")'),
    "tokenAccount": Root("TokenAccount", BALANCES, f'(address: "{TOKEN_ACCOUNT}")'),
    "exchangeWallets": Root("ExchangeWalletConnection", EXCHANGE),
}
