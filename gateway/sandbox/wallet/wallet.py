"""A person's wallet: JSON-RPC as an extension answers it inside a browser, here over POST for a stand-in to pass on."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import msgspec

from gateway.sandbox import order
from gateway.sandbox.books.bitcoin import RuneBalance
from gateway.sandbox.fault import FAULTS, RPC_FAULTS, STATUSES
from gateway.sandbox.mode import Mode, choice, names, switch
from gateway.sandbox.provider import Provider, demand
from gateway.sandbox.wallet.account import ACCOUNTS, Account
from gateway.sandbox.wallet.personality import PERSONALITIES, Personality
from gateway.sandbox.wire import TEXT, Call, Json, Reply, number

_SOURCE = "xverse-wallet"
_METHODS = PERSONALITIES["current"].methods
_UNKNOWN = "(unknown method)"
_NO_METHOD, _BAD_PARAMS, _INTERNAL, _REJECTED, _DENIED = -32601, -32602, -32603, -32000, -32002
# Faults that stand for an answer of the wallet's own service to the wallet.
_BEHIND = (*STATUSES, "429-retry-after")
_SPOILT = ("rpc-32603", "wrong-id", "both-result-and-error")


class Wallet(Provider):
    """Unlocked, with one account selected; a page may read an account once the person has let it.

    Nothing travels over a network between a page and a real wallet. So an HTTP status here stands for one that the
    wallet's own service gave it, and comes as the error that wallets make of it.
    """

    name = "wallet"
    known_routes = _METHODS
    faults: ClassVar[Mapping[str, str]] = MappingProxyType(
        {**FAULTS, **{name: RPC_FAULTS[name] for name in _SPOILT}},
    )
    known_modes: ClassVar[Mapping[str, Mode]] = {
        "personality": choice(*PERSONALITIES),
        "installed": switch(start=True),
        "account": choice(*ACCOUNTS),
        "person": choice("accepts", "refuses"),
        "methods_off": names(_METHODS),
    }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # Accounts that the page may read, by taproot address: another account or network needs another permission.
        self._granted: set[str] = set()

    def reset(self) -> None:
        super().reset()
        self._granted.clear()

    def routes(self, call: Call) -> list[str]:
        method = _request(call).get("method")
        return [method if method in _METHODS else _UNKNOWN]

    def answer(self, call: Call) -> Json | Reply:
        demand(holds=call.method == "POST", reply=self.error(405, "POST asks the wallet"))
        request = _request(call)
        # What an extension does not take for a message, it does not answer.
        demand(holds=isinstance(request.get("id"), str), reply=Reply(204, media=None))
        try:
            result = self._called(request)
        except _Error as error:
            return self._said(request, error=error.shown())
        return self._said(request, result=result)

    def error(self, status: int, message: str | None = None) -> Reply:
        """Say what no wallet says: there is no HTTP in it."""
        return Reply(status, (message or "").encode(), TEXT)

    def failure(self, fault: str) -> Reply | None:
        # What happens behind the wallet is told with the id of the call: `spoil` does.
        return None if fault in _BEHIND else super().failure(fault)

    def spoil(self, tree: Json, fault: str) -> Json:
        said = {"jsonrpc": "2.0", "id": tree["id"], "source": _SOURCE}
        failed = _Error(_INTERNAL, "Internal error").shown()
        match fault:
            case "rpc-32603":
                return {**said, "error": failed}
            case "wrong-id":
                return {**tree, "id": "someone-elses"}
            case "both-result-and-error":
                return {**tree, "error": failed}
        if fault in _BEHIND:
            sentence = f"Request failed with status code {fault.partition('-')[0]}"
            return {**said, "error": _Error(_INTERNAL, sentence).shown()}
        return super().spoil(tree, fault)

    def disguised_error(self, tree: Json) -> Json:
        """Neither a result nor an error."""
        return {name: member for name, member in tree.items() if name not in ("result", "error")}

    def first_amount(self, tree: Json) -> tuple[dict[str, Json], str]:
        result = tree.get("result")
        rows = result.get("balances") if isinstance(result, dict) else None
        return (rows[0], "amount") if rows else (tree, "jsonrpc")

    def as_float(self, amount: Json) -> Json:
        return number(f"{amount}.0" if str(amount).isdigit() else "2.0")

    def change_balance(self, change: Mapping[str, Json]) -> None:
        """Let the wallet say otherwise than the chain, of the selected account."""
        order.only(change, "rune", "amount", "spendable")
        rune = self.ledger.bitcoin.rune(order.text(change, "rune"))
        if rune is None:
            raise order.BadOrder(f"{change['rune']!r} is no rune of this world, neither by id nor by name")
        amount = order.atomic(change, "amount")
        spendable = order.atomic(change, "spendable") if "spendable" in change else amount
        told = RuneBalance(rune=rune.id, confirmed=amount, available=spendable)
        self.ledger.wallet.change(self._account.taproot, told)

    @property
    def _personality(self) -> Personality:
        return PERSONALITIES[self.modes["personality"]]

    @property
    def _account(self) -> Account:
        return ACCOUNTS[self.modes["account"]]

    def _called(self, request: Mapping[str, Json]) -> Json:
        """In the wallet's own order: the method, the permission, the parameters."""
        method, params = request.get("method"), request.get("params")
        if method not in self._personality.methods or method in self.modes["methods_off"]:
            raise _Error(_NO_METHOD, f'"{method}" is not supported.')
        calls: dict[str, Callable[[Json], Json]] = {
            "getInfo": self._info,
            "getAccounts": self._accounts,
            "getAddresses": self._accounts_with_network,
            "wallet_connect": self._connect,
            "wallet_requestPermissions": self._permit,
            "wallet_getCurrentPermissions": self._permissions,
            "wallet_renouncePermissions": self._renounce,
            "wallet_disconnect": self._renounce,
            "wallet_getAccount": self._selected,
            "wallet_getNetwork": self._network,
            "runes_getBalance": self._runes,
        }
        return calls[method](params)

    def _info(self, _: Json) -> Json:
        told = {"version": self._personality.version, "methods": list(self._personality.methods), "supports": []}
        platform = self._personality.platform
        return {**told, "platform": platform} if platform else told

    def _connect(self, params: Json) -> Json:
        self._ask_person()
        return self._session(_list(params, "addresses", least=0))

    def _accounts(self, params: Json) -> Json:
        wanted = _list(params, "purposes", least=1)
        self._ask_person()
        return self._account.addresses(wanted)

    def _accounts_with_network(self, params: Json) -> Json:
        return {"addresses": self._accounts(params), "network": self._network(None)}

    def _permit(self, _: Json) -> Json:
        self._ask_person()
        return True

    def _permissions(self, _: Json) -> Json:
        own = self._account
        if own.taproot not in self._granted:
            return []
        return [{"type": "account", "resourceId": own.id, "clientId": "page", "actions": {"read": True}}]

    def _renounce(self, _: Json) -> Json:
        self._granted.discard(self._account.taproot)

    def _selected(self, _: Json) -> Json:
        self._demand_permission()
        return self._session([])

    def _network(self, _: Json) -> Json:
        name = self._account.network
        spark = "mainnet" if name == "Mainnet" else "regtest"
        return {"bitcoin": {"name": name}, "stacks": {"name": name.lower()}, "spark": {"name": spark}}

    def _runes(self, params: Json) -> Json:
        self._demand_permission()
        if params is not None:
            raise _Error(_BAD_PARAMS, "Invalid parameters.", {"error": [{"kind": "schema", "expected": "null"}]})
        book, taproot = self.ledger.bitcoin, self._account.taproot
        seen = self.ledger.wallet.seen(taproot, book.holdings(taproot))
        return {"balances": [self._personality.row(book.runes[balance.rune], balance) for balance in seen]}

    def _session(self, purposes: list[str]) -> Json:
        own = self._account
        told = {"id": own.id, "addresses": own.addresses(purposes), "walletType": "software"}
        return {**told, "network": self._network(None)}

    def _ask_person(self) -> None:
        if self.modes["person"] == "refuses":
            raise _Error(_REJECTED, "User rejected the request.")
        self._granted.add(self._account.taproot)

    def _demand_permission(self) -> None:
        if self._account.taproot not in self._granted:
            raise _Error(_DENIED, "Access denied.")

    def _said(self, request: Mapping[str, Json], **outcome: Json) -> dict[str, Json]:
        return {"jsonrpc": "2.0", "id": request.get("id"), **outcome, "source": _SOURCE}


class _Error(Exception):
    """What the wallet answers in place of a result."""

    def __init__(self, code: int, message: str, data: Json = None) -> None:
        super().__init__(message)
        self._shown = {"code": code, "message": message, **({} if data is None else {"data": data})}

    def shown(self) -> Json:
        return self._shown


def _request(call: Call) -> Mapping[str, Json]:
    """Give the request; an empty one for what is none."""
    try:
        told = msgspec.json.decode(call.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return told if isinstance(told, dict) and told.get("jsonrpc") == "2.0" else {}


def _list(params: Json, name: str, *, least: int) -> list[str]:
    told = (params.get(name) if isinstance(params, dict) else params) or []
    if not isinstance(told, list) or len(told) < least or not all(isinstance(each, str) for each in told):
        raise _Error(_BAD_PARAMS, "Invalid parameters.", {"error": [{"kind": "schema", "expected": "Array"}]})
    return told
