"""A Solana node as small as can be, with the moods that a stock node, a proxy or a vendor's plan may have."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from gateway.app import open_providers, read_settings, serving
from gateway.domain.address import Address
from gateway.domain.clock import Deadline, SystemClock
from gateway.domain.exchange import Fingerprints
from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.domain.reading import Answer, Position, PositionKind
from gateway.domain.sources import Effort, Result, Source, TokenAccountByAddress
from gateway.domain.token import AccountKey, Commitment, TokenAccount
from gateway.sandbox.addresses import GENERATED_TOKEN_ACCOUNTS, TOKEN_PROGRAM, USDC_MINT
from gateway.upstream.metrics import Metrics
from tests.plane.vendor import Said, Vendor, said

KEYS = tuple(AccountKey(Address.parse(text), Commitment.FINALIZED) for text in GENERATED_TOKEN_ACCOUNTS)
# What an account holds here is its place in the list and a thousand.
AMOUNTS = {key.address.text: 1000 + place for place, key in enumerate(KEYS)}
SYSTEM_PROGRAM = "11111111111111111111111111111111"

# What to make of the replies of a batch.
Mixing = Callable[[list[Any]], Any]


class Node:
    """Answers as a vendor's script; each mood is a field that a test sets."""

    def __init__(self, slot: int = 100) -> None:
        self.slot = slot
        self.most_accounts = 100
        self.has_multiple = True
        # Says this to each call, whatever it asks for.
        self.trouble: tuple[int, str] | None = None
        # Says this to calls for these addresses: "one bad key fails the whole call".
        self.bad: dict[str, tuple[int, str]] = {}
        self.mix: Mixing = lambda replies: replies

    def __call__(self, asked: Any) -> Said:
        if isinstance(asked, list):
            mixed = self.mix([self._reply(call) for call in asked])
            return mixed if isinstance(mixed, Said) else said(mixed)
        return said(self._reply(asked))

    def _reply(self, call: Mapping[str, Any]) -> Any:
        error, result = self.trouble, None
        if error is None:
            wanted = call["params"][0] if isinstance(call["params"][0], list) else [call["params"][0]]
            error = next((self.bad[each] for each in wanted if each in self.bad), None)
            if call["method"] == "getMultipleAccounts":
                if not self.has_multiple:
                    error = (-32601, "Method not found")
                elif len(wanted) > self.most_accounts:
                    error = (-32602, f"Too many inputs provided; max {self.most_accounts}")
                result = self._at([self._account(each) for each in wanted])
            else:
                result = self._at(_token_amount(AMOUNTS[wanted[0]]))
        if error is not None:
            return {"jsonrpc": "2.0", "id": call["id"], "error": dict(zip(("code", "message"), error, strict=True))}
        return {"jsonrpc": "2.0", "id": call["id"], "result": result}

    def _at(self, value: Any) -> Any:
        return {"context": {"slot": self.slot}, "value": value}

    def _account(self, address: str) -> Any:
        info = {
            "mint": USDC_MINT,
            "owner": SYSTEM_PROGRAM,
            "state": "initialized",
            "isNative": False,
            "tokenAmount": _token_amount(AMOUNTS[address]),
        }
        return {"owner": TOKEN_PROGRAM, "data": {"parsed": {"type": "account", "info": info}}}


def _token_amount(amount: int) -> Any:
    return {"amount": str(amount), "decimals": 0, "uiAmountString": str(amount)}


def calls(vendor: Vendor) -> list[str]:
    """Name the calls that a node has had: the method, and how many keys it was asked for."""
    return [
        f"batch of {len(asked)}"
        if isinstance(asked, list)
        else f"{len(asked['params'][0])} accounts"
        if isinstance(asked["params"][0], list)
        else "one balance"
        for asked in vendor.asked
    ]


@dataclass(frozen=True, slots=True)
class Accounts:
    """The source of token accounts over some nodes."""

    source: Source[AccountKey, TokenAccount]

    async def read(
        self, keys: Sequence[AccountKey], *, seconds: float = 20, floor: int = 0
    ) -> Sequence[Result[TokenAccount]]:
        position = Position(PositionKind.SLOT, floor)
        floors = dict.fromkeys(keys, position) if floor else {}
        return await self.source.answers(keys, Effort(Deadline.after(SystemClock(), seconds), floors=floors))


def told(results: Sequence[Result[TokenAccount]]) -> list[int | ProblemCode | None]:
    """Give each result's amount, or its problem's code, or None where there is nothing."""
    return [
        result.code
        if isinstance(result, UpstreamError)
        else result.value.amount.integer
        if isinstance(result, Answer)
        else None
        for result in results
    ]


@asynccontextmanager
async def asking_nodes(*urls: str) -> AsyncIterator[Accounts]:
    """Open the gateway's Solana over these nodes."""
    settings = read_settings({"GATEWAY_SOLANA__URL": ",".join(urls), "GATEWAY_SOLANA__BUDGET": "none"})
    async with open_providers(settings, SystemClock(), Metrics(), Fingerprints()) as opened:
        yield Accounts(serving(opened.sources, TokenAccountByAddress))
