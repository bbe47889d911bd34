"""Solana JSON-RPC: token accounts by their own address and by their owner, exact.

Errors come inside HTTP 200, and one code means many things: only the message tells "could not find account" (nothing
there) from the other -32602 answers; -32005 is "node behind" to the node's authors and "too many requests" to some
vendors. `getMultipleAccounts` answers up to 100 keys from one slot, with null for what does not exist; where a node
refuses it, `getTokenAccountBalance` is asked in a JSON-RPC batch and, where batches are off, key by key: the amounts
are the same, but mint, owner and state are then unknown. `uiAmount` is a float and is never read; `uiAmountString`
may be "inf" or empty, and differs from amount over ten to the decimals for mints with interest or a multiplier.
Vendors take the key raw in `Authorization` or as `?api_key=`.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Self

import msgspec
from pydantic import BaseModel, Field, HttpUrl, model_validator

from gateway.domain.address import Address, solana_key
from gateway.domain.amount import Amount, NotAnAmount, unsigned
from gateway.domain.network import SolanaNetwork
from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.domain.provider import Provider
from gateway.domain.reading import Absent, Answer, Position, PositionKind
from gateway.domain.sources import Effort, Result, Source, Terms, TokenAccountByAddress, TokenAccountsByOwner
from gateway.domain.token import (
    AMOUNT_BITS,
    MAX_DECIMALS,
    AccountKey,
    Commitment,
    Token,
    TokenAccount,
    TokenAccountState,
)
from gateway.providers import Budgeted, CallTerms, OpenUpstream, Registration, Urls
from gateway.upstream.budget import Limit
from gateway.upstream.jsonrpc import JsonRpc, RpcError
from gateway.upstream.retry import RetryPolicy
from gateway.upstream.secret import Secret
from gateway.upstream.together import together
from gateway.upstream.upstream import Upstream

TOKEN_PROGRAMS = ("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA", "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb")
_MOST_KEYS = 100
_MOST_SINGLE_CALLS = 10
_INVALID_PARAMS = -32602
_METHOD_NOT_FOUND = -32601
_UNHEALTHY = -32005
_SIGNATURE_OR_UNAUTHORIZED = -32003
# Seconds from which on a Retry-After counts as not told, as in the node's own client.
_TOO_LONG = 120
_UI_AMOUNT = re.compile(r"-?[0-9]{1,400}(\.[0-9]{1,400})?", re.ASCII)
# The vendor's documentation names no account: this one need not exist, for that it does not is an answer too.
_EXAMPLE = "Ao7Gmmo61F91H7sxUSNAr9aMT2sGAyY7H8S1LZErczyK"
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


class Auth(StrEnum):
    """Where a vendor wants its key."""

    HEADER = "header"
    QUERY = "query"
    NONE = "none"


class Settings(BaseModel, extra="forbid"):
    """How the gateway asks Solana."""

    url: Urls = Field((HttpUrl("https://public.rpc.solanavibestation.com"),), description="nodes to ask, best first")
    api_key: Secret | None = Field(None, description="the vendor's key; public endpoints need none")
    auth: Auth | None = Field(None, description="header, query or none; by default header where there is a key")
    network: SolanaNetwork = Field(SolanaNetwork.MAINNET, description="mainnet, devnet or testnet")
    fresh_for: float = Field(5, ge=0, description="seconds for which finalized balances may be repeated")
    budget: Budgeted = Field(Limit(40, 10), description="calls of each node in a time; none sets no limit")

    @model_validator(mode="after")
    def _key_and_auth_agree(self) -> Self:
        if self.auth in (Auth.HEADER, Auth.QUERY) and not self.api_key:
            raise ValueError(f"auth is {self.auth}, which wants an api_key; give one, or set auth to none")
        return self


class _Context(msgspec.Struct):
    slot: Annotated[int, msgspec.Meta(ge=0)]


class _TokenAmount(msgspec.Struct, rename="camel"):
    amount: str
    decimals: int
    ui_amount_string: str | None = None


class _Balance(msgspec.Struct):
    context: _Context
    value: _TokenAmount


class _Info(msgspec.Struct, rename="camel"):
    mint: str
    owner: str
    token_amount: _TokenAmount
    state: str
    is_native: bool


class _Parsed(msgspec.Struct):
    type: str
    info: msgspec.Raw


class _Data(msgspec.Struct):
    parsed: _Parsed


class _Account(msgspec.Struct):
    owner: str
    data: msgspec.Raw


class _Accounts(msgspec.Struct):
    context: _Context
    value: list[_Account | None]


class _Owned(msgspec.Struct):
    pubkey: str
    account: _Account


class _OwnedAccounts(msgspec.Struct):
    context: _Context
    value: list[_Owned]


def _position(context: _Context) -> Position:
    return Position(PositionKind.SLOT, context.slot)


def _floor(key: AccountKey, effort: Effort) -> int:
    """Give the slot that an answer must not be from before."""
    known = effort.floors.get(key)
    return known.value if known else 0


def _cap(error: RpcError) -> int | None:
    """Read how many keys a node takes from its refusal of more: `Too many inputs provided; max 5`."""
    told = re.search(r"max (\d{1,4})", error.message) if "Too many inputs" in error.message else None
    return max(int(told.group(1)), 1) if told else None


class _Solana:
    """Solana's calls, the meaning of its errors, and the rules its fields must keep."""

    def __init__(self, upstream: Upstream) -> None:
        self.upstream = upstream
        self.rpc = JsonRpc(upstream, self.error)

    def require(self, context: "_Context", floor: int) -> None:
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
        elif error.code == _INVALID_PARAMS and "not a Token account" in error.message:
            return self.not_a_token_account()
        elif error.code == _INVALID_PARAMS and "mint" in error.message:
            code, message = ProblemCode.INTERNAL, "The account's mint is gone or is not a mint."
        return self.upstream.error(code, f"JSON-RPC error {error.code}", message=message)

    def not_a_token_account(self) -> UpstreamError:
        return self.upstream.error(
            ProblemCode.REJECTED, "not a token account", message="There is no token account at this address."
        )

    def amount(self, sent: _TokenAmount) -> tuple[Amount, Decimal | None]:
        """Read the authoritative amount, and what a wallet shows where the chain gives it."""
        if not 0 <= sent.decimals <= MAX_DECIMALS:
            raise self.upstream.misfit(f"decimals: not from 0 to {MAX_DECIMALS}")
        try:
            amount = Amount.of_atomic(unsigned(sent.amount, AMOUNT_BITS), sent.decimals)
        except NotAnAmount as wanted:
            raise self.upstream.misfit(f"amount: expected {wanted}") from None
        shown = sent.ui_amount_string or ""
        return amount, Decimal(shown) if _UI_AMOUNT.fullmatch(shown) else None

    def token_account(self, address: Address, sent: _Account) -> TokenAccount:
        """Read a parsed account; raises REJECTED for one that no token program owns."""
        if sent.owner not in TOKEN_PROGRAMS or not bytes(sent.data).startswith(b"{"):
            raise self.not_a_token_account()
        data = self.upstream.decode(bytes(sent.data), _Data)
        if data.parsed.type != "account":
            raise self.not_a_token_account()
        info = self.upstream.decode(bytes(data.parsed.info), _Info)
        amount, shown = self.amount(info.token_amount)
        token = Token(self.key("mint", info.mint), decimals=info.token_amount.decimals)
        owner = self.key("owner", info.owner)
        return TokenAccount(address, amount, shown, token, owner, self._state(info.state), info.is_native)

    def _state(self, state: str) -> TokenAccountState:
        try:
            return TokenAccountState(state.upper())
        except ValueError:
            raise self.upstream.misfit("state: not one of the token program's") from None

    def key(self, field: str, text: str) -> Address:
        key = solana_key(text)
        if key is None:
            raise self.upstream.misfit(f"{field}: not 32 bytes of base58")
        return key


class SolanaTokenAccounts(TokenAccountByAddress):
    """Token accounts by address, a hundred to a call."""

    def __init__(self, settings: Settings, solana: _Solana) -> None:
        self._solana = solana
        self._most_keys = _MOST_KEYS
        self.terms = Terms(
            Provider.SOLANA_RPC, "token_account_by_address", settings.network, settings.fresh_for, _MOST_KEYS
        )

    async def answers(self, keys: Sequence[AccountKey], effort: Effort) -> Sequence[Result[TokenAccount]]:
        # One call reads one bank: a commitment is never answered from another's slot.
        groups: dict[Commitment, list[AccountKey]] = {}
        for key in keys:
            groups.setdefault(key.commitment, []).append(key)
        results = await together(self._group(group, effort) for group in groups.values())
        found = {key: result for group in results for key, result in group.items()}
        return [found[key] for key in keys]

    async def _group(self, keys: Sequence[AccountKey], effort: Effort) -> Mapping[AccountKey, Result[TokenAccount]]:
        results: Sequence[Result[TokenAccount]]
        try:
            results = await self._read(keys, effort)
        except RpcError as error:
            results = [self._solana.error(error)] * len(keys)
        except UpstreamError as error:
            results = [error] * len(keys)
        return dict(zip(keys, results, strict=True))

    async def _read(self, keys: Sequence[AccountKey], effort: Effort) -> Sequence[Result[TokenAccount]]:
        try:
            return await self._together(keys, effort)
        except RpcError as error:
            # The node refuses the method, this many keys, or one key of them: ask for each by itself.
            if error.code not in (_METHOD_NOT_FOUND, _INVALID_PARAMS):
                raise
        return await self._by_balance(keys, effort)

    async def _together(self, keys: Sequence[AccountKey], effort: Effort) -> Sequence[Result[TokenAccount]]:
        """Read up to as many keys to a call as the node has been seen to take."""
        most = self._most_keys
        chunks = [keys[start : start + most] for start in range(0, len(keys), most)]
        try:
            results = await together(self._chunk(chunk, effort) for chunk in chunks)
        except RpcError as error:
            cap = _cap(error)
            if cap is None or cap >= most:
                raise
            self._most_keys = cap
            return await self._together(keys, effort)
        return [result for chunk in results for result in chunk]

    async def _chunk(self, keys: Sequence[AccountKey], effort: Effort) -> Sequence[Result[TokenAccount]]:
        config: dict[str, Any] = {"encoding": "jsonParsed", "commitment": keys[0].commitment.lower()}
        floor = max(_floor(key, effort) for key in keys)
        if floor:
            config["minContextSlot"] = floor
        params = [[key.address.text for key in keys], config]

        def check(answer: _Accounts) -> None:
            self._solana.require(answer.context, floor)

        answer = await self._solana.rpc.call("getMultipleAccounts", params, _Accounts, effort, check)
        if len(answer.value) != len(keys):
            raise self._solana.upstream.misfit("$.result.value: not one account for each key")
        pairs = zip(keys, answer.value, strict=True)
        return [self._account(key, account, _position(answer.context)) for key, account in pairs]

    def _account(self, key: AccountKey, account: _Account | None, position: Position) -> Result[TokenAccount]:
        if account is None:
            return Absent("getMultipleAccounts", position)
        try:
            return Answer(self._solana.token_account(key.address, account), "getMultipleAccounts", position)
        except UpstreamError as error:
            return error

    async def _by_balance(self, keys: Sequence[AccountKey], effort: Effort) -> Sequence[Result[TokenAccount]]:
        params = [[key.address.text, {"commitment": key.commitment.lower()}] for key in keys]
        replies = await self._solana.rpc.batch("getTokenAccountBalance", params, _Balance, effort)
        gate = asyncio.Semaphore(_MOST_SINGLE_CALLS)
        return await asyncio.gather(
            *(self._settle(gate, key, replies[place] if replies else None, effort) for place, key in enumerate(keys))
        )

    async def _settle(
        self,
        gate: asyncio.Semaphore,
        key: AccountKey,
        reply: "_Balance | RpcError | UpstreamError | None",
        effort: Effort,
    ) -> Result[TokenAccount]:
        """Take a reply as it is, or ask by itself where no batch was taken, or where asking again may help."""
        result = None if reply is None else self._balance(key, reply, effort)
        if result is None or (isinstance(result, UpstreamError) and result.retryable):
            async with gate:
                result = await self._one(key, effort)
        return result

    async def _one(self, key: AccountKey, effort: Effort) -> Result[TokenAccount]:
        params = [key.address.text, {"commitment": key.commitment.lower()}]

        # The node itself ignores minContextSlot here.
        def check(answer: _Balance) -> None:
            self._solana.require(answer.context, _floor(key, effort))

        try:
            reply = await self._solana.rpc.call("getTokenAccountBalance", params, _Balance, effort, check)
        except UpstreamError as error:
            return error
        except RpcError as error:
            return self._balance(key, error, effort)
        return self._balance(key, reply, effort)

    def _balance(
        self, key: AccountKey, reply: _Balance | RpcError | UpstreamError, effort: Effort
    ) -> Result[TokenAccount]:
        if isinstance(reply, UpstreamError):
            return reply
        if isinstance(reply, RpcError):
            if reply.code == _INVALID_PARAMS and "could not find account" in reply.message:
                return Absent("getTokenAccountBalance")
            return self._solana.error(reply)
        try:
            self._solana.require(reply.context, _floor(key, effort))
            amount, shown = self._solana.amount(reply.value)
        except UpstreamError as error:
            return error
        return Answer(TokenAccount(key.address, amount, shown), "getTokenAccountBalance", _position(reply.context))


class SolanaOwnedAccounts(TokenAccountsByOwner):
    """Token accounts of an owner: one call for each token program."""

    def __init__(self, settings: Settings, solana: _Solana) -> None:
        self._solana = solana
        self.terms = Terms(Provider.SOLANA_RPC, "token_accounts_by_owner", settings.network, settings.fresh_for, 1)

    async def answers(self, keys: Sequence[AccountKey], effort: Effort) -> Sequence[Result[tuple[TokenAccount, ...]]]:
        return [await self._answer(key, effort) for key in keys]

    async def _answer(self, key: AccountKey, effort: Effort) -> Result[tuple[TokenAccount, ...]]:
        try:
            answers = await together(self._owned(key, program, effort) for program in TOKEN_PROGRAMS)
        except RpcError as error:
            return self._solana.error(error)
        accounts = [self._account(key, owned) for answer in answers for owned in answer.value]
        if len({account.address for account in accounts}) < len(accounts):
            raise self._solana.upstream.misfit("$.result.value: one account listed twice")
        # Two calls may be answered at two slots: the figures are no newer than the older of them.
        position = min((_position(answer.context) for answer in answers), key=lambda position: position.value)
        return Answer(tuple(accounts), "getTokenAccountsByOwner", position)

    async def _owned(self, key: AccountKey, program: str, effort: Effort) -> _OwnedAccounts:
        config: dict[str, Any] = {"encoding": "jsonParsed", "commitment": key.commitment.lower()}
        floor = _floor(key, effort)
        if floor:
            config["minContextSlot"] = floor
        params = [key.address.text, {"programId": program}, config]

        def check(answer: _OwnedAccounts) -> None:
            self._solana.require(answer.context, floor)

        return await self._solana.rpc.call("getTokenAccountsByOwner", params, _OwnedAccounts, effort, check)

    def _account(self, key: AccountKey, owned: _Owned) -> TokenAccount:
        account = self._solana.token_account(self._solana.key("pubkey", owned.pubkey), owned.account)
        if account.owner != key.address:
            raise self._solana.upstream.misfit("owner: not the one that was asked for")
        return account


def _sources(settings: Settings, open_upstream: OpenUpstream) -> Sequence[Source[Any, Any]]:
    key = settings.api_key.get_secret_value() if settings.api_key else ""
    auth = settings.auth or (Auth.HEADER if key else Auth.NONE)
    # Nodes of several vendors each count for themselves.
    retry = RetryPolicy(5, first_wait=0.5, told=lambda seconds: seconds if seconds < _TOO_LONG else None)
    terms = CallTerms(retry, settings.budget, lambda step, _: 0.5 * 2.0 ** min(step, 6), budget_by_host=True)
    upstream = open_upstream(
        [str(url) for url in settings.url],
        terms,
        headers={"Authorization": key} if auth is Auth.HEADER else {},
        query={"api_key": key} if auth is Auth.QUERY else {},
    )
    solana = _Solana(upstream)
    return SolanaTokenAccounts(settings, solana), SolanaOwnedAccounts(settings, solana)


REGISTRATION = Registration(
    name="solana",
    provider=Provider.SOLANA_RPC,
    settings=Settings,
    sources=_sources,
    configured=lambda _: True,
    example=lambda _: AccountKey(Address.parse(_EXAMPLE), Commitment.FINALIZED),
)
