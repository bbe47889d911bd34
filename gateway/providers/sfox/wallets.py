"""Wallets of the account that a credential opens, read in one call."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType

from gateway.domain.exchange import Credential, ExchangeWallet
from gateway.domain.problem import ProblemCode
from gateway.domain.provider import Provider
from gateway.domain.reading import Answer
from gateway.domain.sources import Effort, Result, Terms, WalletsByCredential
from gateway.providers.sfox.row import Row, contradictions, wallets_of
from gateway.upstream.decoding import Undecodable
from gateway.upstream.upstream import Call, Upstream

_OPERATION = "GET /v1/user/balance"
# A wrong path or verb is the gateway's fault or the API's change: in no case an empty account.
_STATUSES: Mapping[int, ProblemCode] = MappingProxyType(
    {
        HTTPStatus.NOT_FOUND: ProblemCode.PROTOCOL,
        HTTPStatus.METHOD_NOT_ALLOWED: ProblemCode.PROTOCOL,
        HTTPStatus.NOT_ACCEPTABLE: ProblemCode.PROTOCOL,
    }
)


class SfoxWallets(WalletsByCredential):
    """Wallets of one account: one credential to a call."""

    def __init__(self, fresh_for: float, upstream: Upstream) -> None:
        self._upstream = upstream
        self.terms = Terms(Provider.SFOX, "wallets_by_credential", "", fresh_for, max_keys=1)

    async def answers(self, keys: Sequence[Credential], effort: Effort) -> Sequence[Result[tuple[ExchangeWallet, ...]]]:
        return [await self.answer(credential, effort) for credential in keys]

    async def answer(self, credential: Credential, effort: Effort) -> Answer[tuple[ExchangeWallet, ...]]:
        """Read one account; raises `UpstreamError`."""
        headers = {"Authorization": f"Bearer {credential.secret}"}
        call = Call(_OPERATION, "v1/user/balance", headers=headers, payer=credential.fingerprint)
        rows = await self._upstream.json(call, list[Row], effort, statuses=_STATUSES)
        try:
            wallets = wallets_of(rows)
        except Undecodable as wanted:
            raise self._upstream.misfit(str(wanted)) from None
        for wallet in wallets:
            for rule in contradictions(wallet):
                self._upstream.breach(rule)
        return Answer(wallets, _OPERATION)
