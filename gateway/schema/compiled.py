"""What the compiler is told of this schema: its types in the domain's records, and the fields that ask together."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias, cast

import strawberry

import gateway.schema.enum  # noqa: F401 - gives the domain's enumerations their place in the schema
from gateway.domain.address import Address
from gateway.domain.caller import Scope
from gateway.domain.exchange import Exchange
from gateway.domain.token import Commitment
from gateway.execution.declaration import Ahead, Arguments, Column, Declarations, Record, moving, settled
from gateway.schema.account import Account
from gateway.schema.asked import (
    RUNES_CUT,
    TOKEN_ACCOUNTS_CUT,
    TOKENS_CUT,
    Asked,
    RunesAsked,
    TokenAccountsAsked,
    TokensAsked,
)
from gateway.schema.context import Context
from gateway.schema.exchange import WALLETS_CUT, WalletsAsked
from gateway.schema.reading import seconds_text
from gateway.schema.rune import Rune, RuneFilter, RuneOrder
from gateway.schema.scalars import decimal_text
from gateway.schema.token import TokenFilter
from gateway.schema.token_account import TokenAccountsRead, held_token_account

_Asking: TypeAlias = Callable[[Context, Arguments], Asked[Any, Any, Any]]

# ---------------------------------------------------------------- records


def _as_named(*names: str) -> Mapping[str, str]:
    """Name fields that records have under the same name."""
    return {name: f"{{o}}.{name}" for name in names}


def _of_account(code: str) -> str:
    return f"(None if {{o}}.account is None else {code})"


_READING: Final = moving(
    outcome="{o}.reading.outcome", problem="{o}.reading.problem", provenance="{o}.reading.provenance"
)


def _connection(nodes: str, edges: str) -> Record:
    lists = settled(nodes=nodes, edges=edges, pageInfo="{o}.page_info", totalCount="{o}.total_count")
    return Record({**_READING, **lists}, dressed=True, keeps="{o}.keeps")


_EDGE: Final = Record(settled(cursor="{o}[0]", node="{o}[1]"))
_OF_RECORDS: Final = _connection("{o}.records", "{o}.record_edges")

RECORDS: Final[Mapping[str, Record]] = {
    "Problem": Record(
        settled(**_as_named("code", "provider", "message", "retryable", "reference"), retryAfter="{o}.retry_after")
    ),
    "Position": Record(settled(**_as_named("kind", "value"))),
    "Provenance": Record(
        {
            **settled(**_as_named("provider", "operation", "position"), readAt="{o}.read_at"),
            **moving(age="seconds_text({o}.read_at, now)", servedFrom="{o}.served_from"),
        }
    ),
    "Amount": Record(
        settled(
            # As its properties say, without a call for each.
            atomic="({o}.integer if {o}.is_atomic else None)",
            scale="({o}.places if {o}.is_atomic else None)",
            precision="{o}.precision",
            display="{o}.text()",
        )
    ),
    "PageInfo": Record(
        settled(
            hasNextPage="{o}.has_next_page",
            hasPreviousPage="{o}.has_previous_page",
            startCursor="{o}.start_cursor",
            endCursor="{o}.end_cursor",
        ),
        dressed=True,
    ),
    # Its inscription has to be asked for.
    "Rune": Record(settled(**_as_named("id", "name", "symbol", "divisibility"))),
    "PendingRuneAmounts": Record(settled(**_as_named("incoming", "outgoing", "net"))),
    "RuneBalance": Record(settled(**_as_named("rune", "spendable", "projected", "pending"), amount="{o}.confirmed")),
    "RuneConnection": _OF_RECORDS,
    "RuneEdge": _EDGE,
    "Token": Record(settled(**_as_named("mint", "symbol", "decimals"))),
    "TokenBalance": Record(settled(**_as_named("token", "settled", "unsettled"), openOrders="{o}.open_orders")),
    "TokenConnection": _OF_RECORDS,
    "TokenEdge": _EDGE,
    "Account": Record(settled(**_as_named("id", "address", "chain")), dressed=True),
    "TokenAccount": Record(
        {
            **_READING,
            **settled(
                **_as_named("id", "owner"),
                address="{o}.key.address",
                commitment="{o}.key.commitment",
                amount=_of_account("{o}.account.amount"),
                uiAmount=_of_account("shown({o}.account.ui_amount)"),
                token=_of_account("{o}.account.token"),
                state=_of_account("{o}.account.state"),
                isNative=_of_account("{o}.account.is_native"),
            ),
        },
        dressed=True,
        keeps="{o}.keeps",
    ),
    "TokenAccountConnection": _connection("{o}.nodes", "{o}.edges"),
    "TokenAccountEdge": Record(settled(**_as_named("cursor", "node")), dressed=True),
    "Currency": Record(settled(code="{o}")),
    # Its id tells whose it is, and is made for the caller.
    "ExchangeWallet": Record(
        settled(
            **_as_named("balance", "available", "held", "trading", "lending", "borrow", "collateral", "currency"),
        )
    ),
    # What is a caller's own is never kept in its written form.
    "ExchangeWalletConnection": Record(
        {
            **_READING,
            **settled(
                nodes="{o}.records",
                edges="{o}.record_edges",
                pageInfo="{o}.page_info",
                totalCount="{o}.total_count",
            ),
        },
        dressed=True,
    ),
    "ExchangeWalletEdge": _EDGE,
}


def _shown(value: Any) -> str | None:
    return None if value is None else decimal_text(value)


# ---------------------------------------------------------------- columns


def _accounts(context: Context, addresses: Sequence[Address]) -> list[Account]:
    context.require(Scope.BALANCES_READ)
    for address in addresses:
        context.check_network(address)
    return [Account.of(context, address) for address in addresses]


def _at_once(find: Callable[[Context, Arguments], Any]) -> Column:
    """Declare a root field that asks nobody."""

    def hit(sources: Sequence[Any], context: Context, arguments: Arguments) -> Sequence[Any]:
        found = find(context, arguments)
        return [found for _ in sources]

    def load(sources: Sequence[Any], context: Context, arguments: Arguments, _: Ahead | None) -> Sequence[Any]:
        return hit(sources, context, arguments)

    return Column(load, hit)


def _list_of(asking: _Asking) -> Column:
    """Declare a list of accounts."""

    def load(
        accounts: Sequence[Any], context: Context, arguments: Arguments, ahead: Ahead | None
    ) -> Awaitable[Sequence[Any]]:
        return asking(context, arguments).load(accounts, context, ahead)

    def hit(accounts: Sequence[Any], context: Context, arguments: Arguments) -> Sequence[Any] | None:
        return asking(context, arguments).at_hand(accounts, context)

    return Column(load, hit)


def _first(arguments: Arguments) -> Any:
    return arguments.get("first", strawberry.UNSET)


def _runes(context: Context, given: Arguments) -> RunesAsked:
    wanted, order = given.get("filter"), given.get("orderBy")
    return RunesAsked.checked(
        context,
        _first(given),
        given.get("after"),
        None
        if wanted is None
        else RuneFilter(ids=wanted.get("ids"), names=wanted.get("names"), non_zero=wanted.get("nonZero")),
        None if order is None else RuneOrder(order),
        given.get("maxAge"),
    )


def _tokens(context: Context, given: Arguments) -> TokensAsked:
    wanted = given.get("filter")
    return TokensAsked.checked(
        context,
        _first(given),
        given.get("after"),
        None
        if wanted is None
        else TokenFilter(mints=wanted.get("mints"), symbols=wanted.get("symbols"), non_zero=wanted.get("nonZero")),
        given.get("maxAge"),
    )


def _token_accounts(context: Context, given: Arguments) -> TokenAccountsAsked:
    return TokenAccountsAsked.checked(
        context,
        _first(given),
        given.get("after"),
        given.get("mint"),
        Commitment(given["commitment"]),
        given.get("maxAge"),
    )


def _read_of(context: Context, given: Arguments) -> TokenAccountsRead:
    addresses = given["addresses"] if "addresses" in given else [given["address"]]
    return TokenAccountsRead.checked(context, addresses, Commitment(given["commitment"]), given.get("maxAge"))


async def _load_token_account(_: Sequence[Any], context: Context, given: Arguments, __: Ahead | None) -> Sequence[Any]:
    return await _read_of(context, given).load(context)


async def _load_token_accounts(
    _: Sequence[Any], context: Context, given: Arguments, ahead: Ahead | None
) -> Sequence[Any]:
    found = await _read_of(context, given).load(context)
    # One call brings them all; what else is asked for may take longer.
    if ahead is not None:
        for each in found:
            ahead(each)
    return [found]


def _hit_token_account(_: Sequence[Any], context: Context, given: Arguments) -> Sequence[Any] | None:
    return _read_of(context, given).at_hand(context)


def _hit_token_accounts(_: Sequence[Any], context: Context, given: Arguments) -> Sequence[Any] | None:
    found = _read_of(context, given).at_hand(context)
    return None if found is None else [found]


def _wallets(context: Context, given: Arguments) -> WalletsAsked:
    return WalletsAsked.checked(
        context,
        Exchange(given["exchange"]),
        given.get("currencies"),
        _first(given),
        given.get("after"),
        given.get("maxAge"),
    )


async def _load_wallets(_: Sequence[Any], context: Context, given: Arguments, __: Ahead | None) -> Sequence[Any]:
    return [await _wallets(context, given).load(context)]


def _hit_wallets(_: Sequence[Any], context: Context, given: Arguments) -> Sequence[Any] | None:
    found = _wallets(context, given).at_hand(context)
    return None if found is None else [found]


async def _load_inscriptions(runes: Sequence[Rune], context: Context, _: Arguments, __: Ahead | None) -> Sequence[Any]:
    return await Rune.inscriptions(runes, context)


def _hit_inscriptions(runes: Sequence[Rune], context: Context, _: Arguments) -> Sequence[Any] | None:
    holders = list(dict.fromkeys(rune.holder for rune in runes if rune.holder and rune.known_inscription is None))
    readings = context.loaders.inscriptions_by_address.at_hand(holders)
    if readings is None:
        return None
    told = dict(zip(holders, readings, strict=True))
    return [rune.inscription(told.get(rune.holder) if rune.holder else None) for rune in runes]


COLUMNS: Final[Mapping[tuple[str, str], Column]] = {
    ("Query", "account"): _at_once(lambda context, given: _accounts(context, [given["address"]])[0]),
    ("Query", "accounts"): _at_once(lambda context, given: _accounts(context, given["addresses"])),
    ("Query", "tokenAccount"): Column(_load_token_account, _hit_token_account),
    ("Query", "tokenAccounts"): Column(_load_token_accounts, _hit_token_accounts),
    ("Query", "exchangeWallets"): Column(_load_wallets, _hit_wallets),
    ("Account", "runes"): _list_of(_runes),
    ("Account", "tokens"): _list_of(_tokens),
    ("Account", "tokenAccounts"): _list_of(_token_accounts),
    ("Rune", "inscriptionId"): Column(_load_inscriptions, _hit_inscriptions),
}

DECLARATIONS: Final = Declarations(
    RECORDS,
    COLUMNS,
    classes=cast(
        "Mapping[type, str]",
        {
            held_token_account: "TokenAccount",
            RUNES_CUT.kind: "RuneConnection",
            TOKENS_CUT.kind: "TokenConnection",
            TOKEN_ACCOUNTS_CUT.kind: "TokenAccountConnection",
            WALLETS_CUT.kind: "ExchangeWalletConnection",
        },
    ),
    names={"seconds_text": seconds_text, "shown": _shown},
    # What is a caller's own is written for each listener.
    tells={"runes": lambda page: page.reading, "tokenAccount": lambda held: held.reading},
)
