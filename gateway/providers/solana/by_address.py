"""Token accounts by their own address: together where the node lets, by balance where it does not."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.domain.problem import UpstreamError
from gateway.domain.provider import Provider
from gateway.domain.reading import Absent, Answer, Position
from gateway.domain.sources import Effort, Result, Terms, TokenAccountByAddress
from gateway.domain.token import AccountKey, Commitment, TokenAccount
from gateway.providers.solana.node import INVALID_PARAMS, METHOD_NOT_FOUND, Node, cap_of, floor_of, position_of
from gateway.providers.solana.wire import Account, Accounts, Balance, Held
from gateway.upstream.jsonrpc import RpcError
from gateway.upstream.together import together

_MOST_KEYS = 100
_MOST_SINGLE_CALLS = 10


class SolanaTokenAccounts(TokenAccountByAddress):
    """Token accounts by address, a hundred to a call."""

    def __init__(self, solana: Node, network: str, fresh_for: float) -> None:
        self.solana = solana
        self._most_keys = _MOST_KEYS
        self.terms = Terms(Provider.SOLANA_RPC, "token_account_by_address", network, fresh_for, _MOST_KEYS)

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
            results = [self.solana.error(error)] * len(keys)
        except UpstreamError as error:
            results = [error] * len(keys)
        return dict(zip(keys, results, strict=True))

    async def _read(self, keys: Sequence[AccountKey], effort: Effort) -> Sequence[Result[TokenAccount]]:
        try:
            return await self._together(keys, effort)
        except RpcError as error:
            # The node refuses the method, this many keys, or one key of them: ask for each by itself.
            if error.code not in (METHOD_NOT_FOUND, INVALID_PARAMS):
                raise
        return await self._by_balance(keys, effort)

    async def _together(self, keys: Sequence[AccountKey], effort: Effort) -> Sequence[Result[TokenAccount]]:
        """Read up to as many keys to a call as the node has been seen to take."""
        most = self._most_keys
        chunks = [keys[start : start + most] for start in range(0, len(keys), most)]
        try:
            results = await together(self._chunk(chunk, effort) for chunk in chunks)
        except RpcError as error:
            cap = cap_of(error)
            if cap is None or cap >= most:
                raise
            self._most_keys = cap
            return await self._together(keys, effort)
        return [result for chunk in results for result in chunk]

    async def _chunk(self, keys: Sequence[AccountKey], effort: Effort) -> Sequence[Result[TokenAccount]]:
        config: dict[str, Any] = {"encoding": "jsonParsed", "commitment": keys[0].commitment.lower()}
        floor = max(floor_of(key, effort) for key in keys)
        if floor:
            config["minContextSlot"] = floor
        params = [[key.address.text for key in keys], config]

        def check(answer: Accounts) -> None:
            self.solana.require(answer.context, floor)

        answer = await self.solana.rpc.call("getMultipleAccounts", params, Accounts, effort, check)
        accounts = self.solana.accounts(answer.value)
        if len(accounts) != len(keys):
            raise self.solana.upstream.misfit("$.result.value: not one account for each key")
        position = position_of(answer.context)
        return [self._account(key, account, position) for key, account in zip(keys, accounts, strict=True)]

    def _account(self, key: AccountKey, account: Account | Held | None, position: Position) -> Result[TokenAccount]:
        if account is None:
            return Absent("getMultipleAccounts", position)
        try:
            return Answer(self.solana.token_account(key.address, account), "getMultipleAccounts", position)
        except UpstreamError as error:
            return error

    async def _by_balance(self, keys: Sequence[AccountKey], effort: Effort) -> Sequence[Result[TokenAccount]]:
        params = [[key.address.text, {"commitment": key.commitment.lower()}] for key in keys]
        replies = await self.solana.rpc.batch("getTokenAccountBalance", params, Balance, effort)
        gate = asyncio.Semaphore(_MOST_SINGLE_CALLS)
        return await asyncio.gather(
            *(self._settle(gate, key, replies[place] if replies else None, effort) for place, key in enumerate(keys))
        )

    async def _settle(
        self,
        gate: asyncio.Semaphore,
        key: AccountKey,
        reply: "Balance | RpcError | UpstreamError | None",
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
        def check(answer: Balance) -> None:
            self.solana.require(answer.context, floor_of(key, effort))

        try:
            reply = await self.solana.rpc.call("getTokenAccountBalance", params, Balance, effort, check)
        except UpstreamError as error:
            return error
        except RpcError as error:
            return self._balance(key, error, effort)
        return self._balance(key, reply, effort)

    def _balance(
        self, key: AccountKey, reply: Balance | RpcError | UpstreamError, effort: Effort
    ) -> Result[TokenAccount]:
        if isinstance(reply, UpstreamError):
            return reply
        if isinstance(reply, RpcError):
            if reply.code == INVALID_PARAMS and "could not find account" in reply.message:
                return Absent("getTokenAccountBalance")
            return self.solana.error(reply)
        try:
            self.solana.require(reply.context, floor_of(key, effort))
            amount, shown = self.solana.amount(reply.value)
        except UpstreamError as error:
            return error
        return Answer(TokenAccount(key.address, amount, shown), "getTokenAccountBalance", position_of(reply.context))
