"""Which network of a chain this gateway reads, and its CAIP-2 name."""

from enum import StrEnum

from gateway.domain.address import Address, Chain, Form


class BitcoinNetwork(StrEnum):
    """A Bitcoin network that an indexer can serve."""

    MAINNET = "mainnet"
    TESTNET4 = "testnet4"
    SIGNET = "signet"

    @property
    def form(self) -> Form:
        """The form its addresses have; it does not tell testnet4 from signet."""
        return Form.MAIN if self is BitcoinNetwork.MAINNET else Form.TEST


class SolanaNetwork(StrEnum):
    """A Solana cluster."""

    MAINNET = "mainnet"
    DEVNET = "devnet"
    TESTNET = "testnet"


# CAIP-2: the first 32 hex digits of a Bitcoin network's genesis block, the first 32 characters of a Solana cluster's
# genesis hash. One table each: "mainnet" is a network of both chains.
_BITCOIN = {
    BitcoinNetwork.MAINNET: "bip122:000000000019d6689c085ae165831e93",
    BitcoinNetwork.TESTNET4: "bip122:00000000da84f2bafbbc53dee25a72ae",
    BitcoinNetwork.SIGNET: "bip122:00000008819873e925422c1ff0f99f7c",
}
_SOLANA = {
    SolanaNetwork.MAINNET: "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp",
    SolanaNetwork.DEVNET: "solana:EtWTRABZaYq6iMfeYKouRu166VU2xqa1",
    SolanaNetwork.TESTNET: "solana:4uhcVJyU9pJkvQyS88uRDiswHXSGkY3z",
}


class Networks:
    """The networks one gateway reads: one of each chain."""

    def __init__(self, bitcoin: BitcoinNetwork, solana: SolanaNetwork) -> None:
        self.bitcoin = bitcoin
        self.solana = solana
        self._form = bitcoin.form
        self._names = {Chain.BITCOIN: _BITCOIN[bitcoin], Chain.SOLANA: _SOLANA[solana]}

    def reads(self, address: Address) -> bool:
        """Say whether the address can be one of this gateway's networks."""
        return address.chain is Chain.SOLANA or self._form in address.forms

    def account_id(self, address: Address) -> str:
        """Name an account after CAIP-10."""
        return f"{self._names[address.chain]}:{address.text}"
