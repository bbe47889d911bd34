"""The ledger: what the imaginary world holds, and the only place where it is kept."""

from gateway.sandbox.books.bitcoin import BitcoinBook
from gateway.sandbox.books.exchange import ExchangeBook
from gateway.sandbox.books.solana import SolanaBook
from gateway.sandbox.books.trader import TraderBook
from gateway.sandbox.books.wallet import WalletBook
from gateway.sandbox.world import bitcoin, exchange, solana, trader


class Ledger:
    """Four books, one for each provider, and what a wallet says otherwise; resetting one leaves the others alone."""

    bitcoin: BitcoinBook
    solana: SolanaBook
    trader: TraderBook
    exchange: ExchangeBook
    wallet: WalletBook

    def __init__(self) -> None:
        for provider in ("xverse", "solana", "bloxroute", "sfox", "wallet"):
            self.reset(provider)

    def reset(self, provider: str) -> None:
        """Put a provider's book back to how the world began."""
        match provider:
            case "xverse":
                self.bitcoin = bitcoin.begin()
            case "solana":
                self.solana = solana.begin()
            case "bloxroute":
                self.trader = trader.begin()
            case "sfox":
                self.exchange = exchange.begin()
            case "wallet":
                self.wallet = WalletBook()
