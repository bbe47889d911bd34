"""The token account that an address is, or the node's word that it is none: both are answers."""

from collections.abc import Sequence

from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.domain.provider import Provider
from gateway.domain.reading import Absent, Answer
from gateway.domain.sources import Effort, Result, Terms, TokenAccountItself
from gateway.domain.token import AccountKey, TokenAccount
from gateway.providers.solana.by_address import SolanaTokenAccounts
from gateway.providers.solana.node import NotATokenAccount

_OPERATION = "getMultipleAccounts"


class SolanaTokenAccountItself(TokenAccountItself):
    """Addresses of which nobody knows whether they are token accounts, as many to a call as those that are."""

    def __init__(self, accounts: SolanaTokenAccounts) -> None:
        self._accounts = accounts
        by_address = accounts.terms
        self.terms = Terms(
            Provider.SOLANA_RPC, "token_account_itself", by_address.scope, by_address.fresh_for, by_address.max_keys
        )

    async def answers(self, keys: Sequence[AccountKey], effort: Effort) -> Sequence[Result[tuple[TokenAccount, ...]]]:
        return [_itself(result) for result in await self._accounts.answers(keys, effort)]


def _itself(result: Result[TokenAccount]) -> Result[tuple[TokenAccount, ...]]:
    if isinstance(result, Absent):
        return Answer((), result.operation, result.position)
    if isinstance(result, NotATokenAccount):
        return Answer((), _OPERATION)
    if isinstance(result, UpstreamError):
        return result
    if result.value.token is None:
        # A node that tells balances alone does not say of what.
        message = "The node does not tell which mint the account at this address holds."
        return UpstreamError(ProblemCode.REJECTED, Provider.SOLANA_RPC, message=message, detail="no mint told")
    return Answer((result.value,), result.operation, result.position)
