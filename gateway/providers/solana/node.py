"""A node's calls, the meaning of its errors, and the rules that its fields must keep."""

import re
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from gateway.domain.address import Address, solana_key
from gateway.domain.amount import Amount, NotAnAmount, unsigned
from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.domain.reading import Position, PositionKind
from gateway.domain.sources import Effort
from gateway.domain.token import AMOUNT_BITS, MAX_DECIMALS, AccountKey, Token, TokenAccount, TokenAccountState
from gateway.providers.solana.wire import Account, Context, Data, Held, HeldParsed, Info, Listed, Parsed, TokenAmount
from gateway.upstream.decoding import Undecodable, decode
from gateway.upstream.jsonrpc import JsonRpc, RpcError
from gateway.upstream.upstream import Upstream

TOKEN_PROGRAMS = ("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA", "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb")
INVALID_PARAMS = -32602
METHOD_NOT_FOUND = -32601
_UNHEALTHY = -32005
_SIGNATURE_OR_UNAUTHORIZED = -32003
_UI_AMOUNT = re.compile(r"-?[0-9]{1,400}(\.[0-9]{1,400})?", re.ASCII)
# As the node spells them.
_STATES = {state.lower(): state for state in TokenAccountState}
_CODES = {
    429: ProblemCode.RATE_LIMITED,
    -32429: ProblemCode.RATE_LIMITED,
    -32029: ProblemCode.RATE_LIMITED,
    -32016: ProblemCode.BEHIND,
    _SIGNATURE_OR_UNAUTHORIZED: ProblemCode.UPSTREAM_UNAUTHENTICATED,
    -32004: ProblemCode.UNAVAILABLE,
    -32010: ProblemCode.REJECTED,
    -32012: ProblemCode.UNAVAILABLE,
    -32019: ProblemCode.UNAVAILABLE,
    -32600: ProblemCode.PROTOCOL,
    -32601: ProblemCode.PROTOCOL,
    -32602: ProblemCode.REJECTED,
    -32603: ProblemCode.UNAVAILABLE,
    -32700: ProblemCode.PROTOCOL,
}


def position_of(context: Context) -> Position:
    return Position(PositionKind.SLOT, context.slot)


def floor_of(key: AccountKey, effort: Effort) -> int:
    """Give the slot that an answer must not be from before."""
    known = effort.floors.get(key)
    return known.value if known else 0


def cap_of(error: RpcError) -> int | None:
    """Read how many keys a node takes from its refusal of more: `Too many inputs provided; max 5`."""
    told = re.search(r"max (\d{1,4})", error.message) if "Too many inputs" in error.message else None
    return max(int(told.group(1)), 1) if told else None


def is_full(error: RpcError) -> bool:
    """Whether a subscription is refused because there are too many: `Node subscription limit reached`."""
    return "subscription" in error.message.lower() and "limit" in error.message.lower()


class NotATokenAccount(UpstreamError):
    """The node's word that an address is something else: a wallet, a mint, a program."""


class Node:
    """Solana's calls, the meaning of its errors, and the rules its fields must keep."""

    def __init__(self, upstream: Upstream) -> None:
        self.upstream = upstream
        self.rpc = JsonRpc(upstream, self.error)

    def require(self, context: "Context", floor: int) -> None:
        """Turn down what was read at a slot before one already known: another node may be further."""
        if context.slot < floor:
            raise self.upstream.error(ProblemCode.BEHIND, "a slot before one already read")

    def error(self, error: RpcError) -> UpstreamError:
        """Give the meaning of a JSON-RPC error; the node's own words stay here."""
        code = _CODES.get(error.code, ProblemCode.INTERNAL)
        message = None
        if error.code == _UNHEALTHY:
            limited = re.search(r"request|rate|limit", error.message, re.IGNORECASE)
            code = ProblemCode.RATE_LIMITED if limited else ProblemCode.BEHIND
        elif error.code == _SIGNATURE_OR_UNAUTHORIZED and "signature" in error.message:
            # To the node's authors this code is about sending transactions, which no read does.
            code = ProblemCode.PROTOCOL
        elif error.code == INVALID_PARAMS and "not a Token account" in error.message:
            return self._no_token_account()
        elif error.code == INVALID_PARAMS and "mint" in error.message:
            code, message = ProblemCode.INTERNAL, "The account's mint is gone or is not a mint."
        return self.upstream.error(code, f"JSON-RPC error {error.code}", message=message)

    def _no_token_account(self, kind: type[UpstreamError] = NotATokenAccount) -> UpstreamError:
        message = "There is no token account at this address."
        return kind(ProblemCode.REJECTED, self.upstream.provider, detail="not a token account", message=message)

    def amount(self, sent: TokenAmount) -> tuple[Amount, Decimal | None]:
        """Read the authoritative amount, and what a wallet shows where the chain gives it."""
        if not 0 <= sent.decimals <= MAX_DECIMALS:
            raise self.upstream.misfit(f"decimals: not from 0 to {MAX_DECIMALS}")
        try:
            amount = Amount.of_atomic(unsigned(sent.amount, AMOUNT_BITS), sent.decimals)
        except NotAnAmount as wanted:
            raise self.upstream.misfit(f"amount: expected {wanted}") from None
        shown = sent.ui_amount_string or ""
        return amount, Decimal(shown) if _UI_AMOUNT.fullmatch(shown) else None

    def accounts(self, sent: msgspec.Raw) -> Sequence[Account | Held | None]:
        """Read a list of accounts: in one go where each looks like a token account, else one by one."""
        body = bytes(sent)
        try:
            return decode(body, list[Held | None])
        except Undecodable:
            # By the name that it has in the answer, which is told of what is wrong with it.
            return self.upstream.decode(b'{"value":' + body + b"}", Listed).value

    def token_account(self, address: Address, sent: Account | Held) -> TokenAccount:
        """Read a parsed account; raises REJECTED for one that no token program owns."""
        if sent.owner not in TOKEN_PROGRAMS:
            raise self._no_token_account()
        parsed = sent.data.parsed if isinstance(sent, Held) else self._parsed(sent)
        if parsed.type != "account":
            raise self._no_token_account()
        info = parsed.info if isinstance(parsed, HeldParsed) else self.upstream.decode(bytes(parsed.info), Info)
        amount, shown = self.amount(info.token_amount)
        token = Token(self.key("mint", info.mint), decimals=info.token_amount.decimals)
        owner = self.key("owner", info.owner)
        return TokenAccount(address, amount, shown, token, owner, self._state(info.state), info.is_native)

    def _parsed(self, sent: Account) -> Parsed:
        if not bytes(sent.data).startswith(b"{"):
            # What a token program owns and the node cannot parse may be a token account all the same.
            raise self._no_token_account(UpstreamError)
        return self.upstream.decode(bytes(sent.data), Data).parsed

    def _state(self, state: str) -> TokenAccountState:
        found = _STATES.get(state) or _STATES.get(state.lower())
        if found is None:
            raise self.upstream.misfit("state: not one of the token program's")
        return found

    def key(self, field: str, text: str) -> Address:
        key = solana_key(text)
        if key is None:
            raise self.upstream.misfit(f"{field}: not 32 bytes of base58")
        return key
