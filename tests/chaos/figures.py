"""Compares figures with what was true at their position or, where a provider has none, about when they were read."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any, Final

from gateway.sandbox import Sandbox, addresses
from gateway.sandbox.books.solana import Mint
from tests.chaos.history import Held, History

_PROGRAMS: Final = (addresses.TOKEN_PROGRAM, addresses.TOKEN_2022_PROGRAM)
# How many slots a commitment is behind the newest.
_BEHIND: Final = {"PROCESSED": 0, "CONFIRMED": 2, "FINALIZED": 32}
# What a wallet shows for one whole unit of a mint with a multiplier; None where the node cannot say.
_SHOWN: Final[Mapping[str, int | None]] = {
    addresses.SCALED_MINT: 2,
    addresses.INFINITE_MINT: None,
    addresses.UNPRINTABLE_MINT: None,
}
_FIELDS: Final = {
    "balance": "balance",
    "available": "available",
    "held": "held",
    "trading": "trading_wallet",
    "lending": "lending_wallet",
    "borrow": "borrow_wallet",
    "collateral": "collateral_wallet",
}
_NO_TOKEN_ACCOUNTS: Final = (
    addresses.OWNER,
    addresses.UNPARSEABLE_ACCOUNT,
    addresses.ORPHANED_ACCOUNT,
    addresses.USDC_MINT,
)


def _read_at(reading: Mapping[str, Any]) -> float:
    return datetime.fromisoformat(reading["provenance"]["readAt"]).timestamp()


def _position(reading: Mapping[str, Any]) -> int:
    return int(reading["provenance"]["position"]["value"])


def _is(amount: Mapping[str, Any] | None, atomic: int, scale: int) -> bool:
    """Say whether an amount is this many atomic units, in each form that it is given in."""
    if amount is None:
        return False
    same = (amount["atomic"], amount["scale"], amount["precision"]) == (str(atomic), scale, "EXACT")
    return same and Fraction(amount["display"]) == Fraction(atomic, 10**scale)


def _decimal(amount: Mapping[str, Any], precision: str) -> Fraction | None:
    if (amount["atomic"], amount["scale"], amount["precision"]) != (None, None, precision):
        return None
    return Fraction(amount["display"])


class Figures:
    """Judges figures by a history; each method gives complaints."""

    def __init__(self, sandbox: Sandbox, history: History, *, call_seconds: float) -> None:
        """`call_seconds` is the longest between a provider's answer and the moment at which it counts as read."""
        self._history = history
        self._call_seconds = call_seconds
        self._runes = sandbox.ledger.bitcoin.runes
        self._solana = sandbox.ledger.solana

    def _mint(self, address: str) -> Mint | None:
        account = self._solana.account(address, "processed")
        return account if isinstance(account, Mint) else None

    def runes(self, address: str, reading: Mapping[str, Any]) -> Iterator[str]:
        nodes = reading["nodes"]
        if nodes is None or reading["outcome"] == "UNAVAILABLE":
            yield from self._nothing(f"runes of {address}", reading)
            return
        true = self._history.runes[address].at(_position(reading))
        if {node["rune"]["id"] for node in nodes} != set(true) or reading["totalCount"] != len(true):
            yield f"runes of {address}: not those it held at {_position(reading)}"
            return
        for node in nodes:
            yield from self._rune_balance(node, true[node["rune"]["id"]])

    def _rune_balance(self, node: Mapping[str, Any], true: tuple[int, int, int, int]) -> Iterator[str]:
        confirmed, available, incoming, outgoing = true
        net = incoming - outgoing
        scale = self._runes[node["rune"]["id"]].divisibility or 0
        yield from self.rune(node["rune"])
        expected = {"amount": confirmed, "spendable": available, "projected": confirmed + net}
        pending = {"incoming": incoming, "outgoing": outgoing, "net": net}
        shown = [(node[name], atomic) for name, atomic in expected.items() if name in node]
        shown += [(node["pending"][name], atomic) for name, atomic in pending.items() if "pending" in node]
        if not all(_is(amount, atomic, scale) for amount, atomic in shown):
            yield f"{node} is not {true}"

    def rune(self, shown: Mapping[str, Any]) -> Iterator[str]:
        """Compare what is said of a rune; an inscription may be missing, with an error of its own."""
        rune = self._runes[shown["id"]]
        true = {
            "id": rune.id,
            "name": rune.name,
            "symbol": rune.symbol or "¤",
            "divisibility": rune.divisibility or 0,
            "inscriptionId": shown.get("inscriptionId") and rune.inscription,
        }
        if any(true[name] != said for name, said in shown.items()):
            yield f"{shown} is not {true}"

    def account(self, reading: Mapping[str, Any]) -> Iterator[str]:
        address, outcome = reading["address"], reading["outcome"]
        if outcome in ("FRESH", "STALE"):
            true = None if address in _NO_TOKEN_ACCOUNTS else self._history.accounts[address].at(_position(reading))
            if true is None:
                yield f"{address}: a figure where there was no token account"
            elif not self._shows(reading, true):
                yield f"{reading} is not {true}"
            return
        if reading["amount"] is not None or reading["uiAmount"] is not None:
            yield f"{address}: {outcome} with a figure"
        if outcome == "ABSENT":
            yield from self._absent(address, reading)

    def _absent(self, address: str, reading: Mapping[str, Any]) -> Iterator[str]:
        if address in _NO_TOKEN_ACCOUNTS:
            yield f"{address}: said to be absent"
            return
        course = self._history.accounts[address]
        # A balance call that finds nothing does not say at which slot.
        told = reading["provenance"]["position"]
        if course.at(_position(reading)) is not None if told else None not in course:
            yield f"{address}: said to be absent, and was there at {told}"

    def _shows(self, account: Mapping[str, Any], true: Held) -> bool:
        mint = self._mint(true.mint)
        # Wrapped SOL's mint is the one without an account here.
        scale = 9 if mint is None else mint.decimals
        factor = _SHOWN.get(true.mint, 1)
        shown = None if account["uiAmount"] is None else Fraction(account["uiAmount"])
        expected = {
            "token": {"mint": true.mint, "decimals": scale},
            "owner": {"address": true.owner},
            "state": true.state.upper(),
            "isNative": true.is_native,
        }
        if account["provenance"]["operation"] == "getTokenAccountBalance":
            expected = dict.fromkeys(expected)
        return (
            _is(account["amount"], true.amount, scale)
            and shown == (None if factor is None else Fraction(true.amount, 10**scale) * factor)
            and all(account[name] == said for name, said in expected.items())
        )

    def owned(self, owner: str, reading: Mapping[str, Any], commitment: str, received: float) -> Iterator[str]:
        """Compare an owner's accounts, program by program: two calls may be answered at two slots."""
        nodes = reading["nodes"]
        if nodes is None or reading["outcome"] == "UNAVAILABLE":
            yield from self._nothing(f"owned by {owner}", reading)
            return
        if reading["totalCount"] != len(nodes):
            yield f"owned by {owner}: not all are shown"
        first = _position(reading)
        last = self._history.slots.at(received) - _BEHIND[commitment]
        listed: dict[str, list[Mapping[str, Any]]] = {program: [] for program in _PROGRAMS}
        for node in nodes:
            mint = self._mint(node["token"]["mint"])
            listed[_PROGRAMS[0] if mint is None else mint.program].append(node)
        at_position = [self._lists(listed[program], owner, program, first) for program in _PROGRAMS]
        later = [
            any(self._lists(listed[program], owner, program, slot) for slot in range(first, last + 1))
            for program in _PROGRAMS
        ]
        if not any(at_position) or not all(later):
            yield f"owned by {owner}: not what was true at {first}"

    def _lists(self, nodes: list[Mapping[str, Any]], owner: str, program: str, slot: int) -> bool:
        true = self._history.accounts_of(owner, program, slot)
        return {node["address"] for node in nodes} == set(true) and all(
            self._shows(node, true[node["address"]]) for node in nodes
        )

    def tokens(self, owner: str, reading: Mapping[str, Any]) -> Iterator[str]:
        def read(node: Mapping[str, Any]) -> tuple[str, object]:
            names = ("settled", "unsettled", "openOrders")
            return node["token"]["mint"], tuple(_decimal(node[name], "PROVIDER_FLOAT") for name in names)

        yield from self._once_true(f"tokens of {owner}", reading, self._history.tokens[owner].during, read)

    def wallets(self, token: str, reading: Mapping[str, Any]) -> Iterator[str]:
        def read(node: Mapping[str, Any]) -> tuple[str, object]:
            given = {name: node[shown] for shown, name in _FIELDS.items() if node[shown] is not None}
            return node["currency"]["code"], {name: _decimal(amount, "EXACT") for name, amount in given.items()}

        yield from self._once_true("wallets", reading, self._history.wallets[token].during, read)

    def _once_true(
        self,
        name: str,
        reading: Mapping[str, Any],
        during: Callable[[float, float], Iterator[Mapping[str, object]]],
        read: Callable[[Mapping[str, Any]], tuple[str, object]],
    ) -> Iterator[str]:
        """Compare the whole list with each state that held while it may have been read."""
        nodes = reading["nodes"]
        if nodes is None or reading["outcome"] == "UNAVAILABLE":
            yield from self._nothing(name, reading)
            return
        shown = dict(read(node) for node in nodes)
        read_at = _read_at(reading)
        # Instants are told in milliseconds, cut off.
        if shown not in list(during(read_at - self._call_seconds, read_at + 0.001)) or len(shown) != len(nodes):
            yield f"{name}: {shown} was not true about {read_at}"
        if reading["totalCount"] != len(nodes):
            yield f"{name}: not all are shown"

    def _nothing(self, name: str, reading: Mapping[str, Any]) -> Iterator[str]:
        """A failure shows no list, not even an empty one."""
        if reading["nodes"] is not None or reading["totalCount"] is not None or reading["outcome"] != "UNAVAILABLE":
            yield f"{name}: {reading['outcome']} with {reading['totalCount']} items"
