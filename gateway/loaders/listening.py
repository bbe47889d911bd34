"""The questions that may be listened to: their answers come again with every change."""

from dataclasses import dataclass

from gateway.domain.address import Address
from gateway.domain.exchange import Credential, ExchangeWallet
from gateway.domain.rune import RuneBalance
from gateway.domain.token import AccountKey, TokenAccount
from gateway.readings.live import Live


@dataclass(frozen=True, slots=True)
class Listening:
    """Live readings of each capability that has subscriptions, as the app put them together."""

    runes_by_address: Live[Address, tuple[RuneBalance, ...]]
    token_account_by_address: Live[AccountKey, TokenAccount]
    wallets_by_credential: Live[Credential, tuple[ExchangeWallet, ...]]

    def __len__(self) -> int:
        """Count who listens."""
        return len(self.runes_by_address) + len(self.token_account_by_address) + len(self.wallets_by_credential)

    async def close(self) -> None:
        """Dismiss everyone."""
        await self.runes_by_address.close()
        await self.token_account_by_address.close()
        await self.wallets_by_credential.close()
