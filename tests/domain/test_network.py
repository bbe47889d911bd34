"""Accounts are named after CAIP-10, and addresses of another network are known for that."""

import pytest

from gateway.domain.address import Address
from gateway.domain.network import BitcoinNetwork, Networks, SolanaNetwork

# Blocks of height 0: CAIP-2 names a network by the first 32 characters of its own.
BITCOIN_GENESIS = {
    BitcoinNetwork.MAINNET: "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f",
    BitcoinNetwork.TESTNET4: "00000000da84f2bafbbc53dee25a72ae507ff4914b867c565be350b0da8bf043",
    BitcoinNetwork.SIGNET: "00000008819873e925422c1ff0f99f7cc9bbb232af63a077a480a3633bee1ef6",
}
SOLANA_GENESIS = {
    SolanaNetwork.MAINNET: "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d",
    SolanaNetwork.DEVNET: "EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG",
    SolanaNetwork.TESTNET: "4uhcVJyU9pJkvQyS88uRDiswHXSGkY3zQawwpjk2NsNY",
}
SOLANA = Address.parse("3dGoFzaDHbU5Y8RFT8uUYn19VjckDnJn4guWvSzxM8pL")
MAINNET = [
    "1AzvGNJwEgQvu6eFfeQDjcetPiRi3rfa22",
    "3BgwBuoNnajJzGLgnk4pAF1pYEiRfD4r3J",
    "bc1qdkk5ughajfurnz9zmzdak0pqhmt9lhzath4anx",
    "bc1pdkk5ughajfurnz9zmzdak0pqhmt9lhza7pz96vsmy3y6dj72alkq2zhlxt",
]
TEST = [
    "mqWsZRPv3hrBgD7sPDNbZXsDFi2R1iyihi",
    "2N3F9FejQQ3EfC3yETsggnC15kavbRMbVUT",
    "tb1qdkk5ughajfurnz9zmzdak0pqhmt9lhzap3wwg4",
    "tb1pdkk5ughajfurnz9zmzdak0pqhmt9lhza7pz96vsmy3y6dj72alkqa2psuy",
]
REGTEST = [
    "bcrt1qdkk5ughajfurnz9zmzdak0pqhmt9lhzarchrlu",
    "bcrt1pdkk5ughajfurnz9zmzdak0pqhmt9lhza7pz96vsmy3y6dj72alkqsntkf7",
]


@pytest.mark.parametrize("network", BitcoinNetwork)
def test_a_bitcoin_account_is_named_by_its_networks_first_block(network: BitcoinNetwork) -> None:
    networks = Networks(network, SolanaNetwork.DEVNET)
    text = MAINNET[3] if network is BitcoinNetwork.MAINNET else TEST[3]
    assert networks.account_id(Address.parse(text)) == f"bip122:{BITCOIN_GENESIS[network][:32]}:{text}"


@pytest.mark.parametrize("network", SolanaNetwork)
def test_a_solana_account_is_named_by_its_clusters_first_block(network: SolanaNetwork) -> None:
    networks = Networks(BitcoinNetwork.SIGNET, network)
    assert networks.account_id(SOLANA) == f"solana:{SOLANA_GENESIS[network][:32]}:{SOLANA}"


@pytest.mark.parametrize("network", BitcoinNetwork)
def test_addresses_of_another_network_are_not_read(network: BitcoinNetwork) -> None:
    networks = Networks(network, SolanaNetwork.MAINNET)
    mine, others = (MAINNET, TEST) if network is BitcoinNetwork.MAINNET else (TEST, MAINNET)
    assert all(networks.reads(Address.parse(text)) for text in mine)
    assert not any(networks.reads(Address.parse(text)) for text in [*others, *REGTEST])


@pytest.mark.parametrize("network", SolanaNetwork)
def test_a_solana_address_tells_nothing_of_its_cluster(network: SolanaNetwork) -> None:
    assert Networks(BitcoinNetwork.TESTNET4, network).reads(SOLANA)


def test_an_address_in_capitals_is_the_same_account() -> None:
    networks = Networks(BitcoinNetwork.MAINNET, SolanaNetwork.MAINNET)
    assert networks.account_id(Address.parse(MAINNET[2].upper())) == networks.account_id(Address.parse(MAINNET[2]))
