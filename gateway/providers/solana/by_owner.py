"""Token accounts by their owner, under both token programs."""

from collections.abc import Sequence
from typing import Any

from gateway.domain.provider import Provider
from gateway.domain.reading import Answer
from gateway.domain.sources import Effort, Result, Terms, TokenAccountsByOwner
from gateway.domain.token import AccountKey, TokenAccount
from gateway.providers.solana.node import TOKEN_PROGRAMS, Node, floor_of, position_of
from gateway.providers.solana.wire import Owned, OwnedAccounts
from gateway.upstream.jsonrpc import RpcError
from gateway.upstream.together import together


class SolanaOwnedAccounts(TokenAccountsByOwner):
    """Token accounts of an owner: one call for each token program."""

    def __init__(self, solana: Node, network: str, fresh_for: float) -> None:
        self._solana = solana
        self.terms = Terms(Provider.SOLANA_RPC, "token_accounts_by_owner", network, fresh_for, 1)

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
        # Two calls may be answered at two slots: the figures are at least as new as the older of them.
        position = min((position_of(answer.context) for answer in answers), key=lambda position: position.value)
        return Answer(tuple(accounts), "getTokenAccountsByOwner", position)

    async def _owned(self, key: AccountKey, program: str, effort: Effort) -> OwnedAccounts:
        config: dict[str, Any] = {"encoding": "jsonParsed", "commitment": key.commitment.lower()}
        floor = floor_of(key, effort)
        if floor:
            config["minContextSlot"] = floor
        params = [key.address.text, {"programId": program}, config]

        def check(answer: OwnedAccounts) -> None:
            self._solana.require(answer.context, floor)

        return await self._solana.rpc.call("getTokenAccountsByOwner", params, OwnedAccounts, effort, check)

    def _account(self, key: AccountKey, owned: Owned) -> TokenAccount:
        account = self._solana.token_account(self._solana.key("pubkey", owned.pubkey), owned.account)
        if account.owner != key.address:
            raise self._solana.upstream.misfit("owner: not the one that was asked for")
        return account
