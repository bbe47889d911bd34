"""Addresses: only those of the networks this gateway reads, and each under its name in CAIP-10."""

import pytest

from gateway.sandbox.addresses import LEGACY_HOLDER, OWNER, RUNES_HOLDER, TOO_LONG_KEY
from tests.running import Gateway, running_gateway

ACCOUNT = "query ($a: Address!) { account(address: $a) { id address } }"
MAINNET, TESTNET4 = "bip122:000000000019d6689c085ae165831e93", "bip122:00000000da84f2bafbbc53dee25a72ae"
TEST_ADDRESSES = [
    "tb1pdkk5ughajfurnz9zmzdak0pqhmt9lhza7pz96vsmy3y6dj72alkqa2psuy",
    "tb1qdkk5ughajfurnz9zmzdak0pqhmt9lhzap3wwg4",
    "mqWsZRPv3hrBgD7sPDNbZXsDFi2R1iyihi",
    "2N3F9FejQQ3EfC3yETsggnC15kavbRMbVUT",
]
REGTEST_ADDRESS = "bcrt1pdkk5ughajfurnz9zmzdak0pqhmt9lhza7pz96vsmy3y6dj72alkqsntkf7"


@pytest.mark.parametrize("address", [*TEST_ADDRESSES, REGTEST_ADDRESS])
async def test_an_address_of_another_network_is_refused_and_nobody_is_asked(gateway: Gateway, address: str) -> None:
    answer = await gateway.ask("query ($a: Address!) { account(address: $a) { runes { outcome } } }", {"a": address})
    assert (answer.codes, answer.body["data"]) == (["BAD_USER_INPUT"], None)
    assert answer.body["errors"][0]["message"] == (
        "This gateway reads Bitcoin mainnet; the address is of another network."
    )
    assert not gateway.sandbox.calls["xverse"]


@pytest.mark.parametrize("address", TEST_ADDRESSES)
async def test_a_gateway_of_a_test_network_reads_its_addresses_and_no_mainnet_ones(address: str) -> None:
    async with running_gateway(GATEWAY_XVERSE__NETWORK="testnet4") as gateway:
        assert (await gateway.ask(ACCOUNT, {"a": address})).data["account"]["id"] == f"{TESTNET4}:{address}"
        assert (await gateway.ask(ACCOUNT, {"a": RUNES_HOLDER})).codes == ["BAD_USER_INPUT"]
        assert (await gateway.ask(ACCOUNT, {"a": REGTEST_ADDRESS})).codes == ["BAD_USER_INPUT"]


async def test_accounts_are_named_after_caip_10(gateway: Gateway) -> None:
    assert (await gateway.ask(ACCOUNT, {"a": LEGACY_HOLDER})).data["account"]["id"] == f"{MAINNET}:{LEGACY_HOLDER}"
    solana = f"solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp:{OWNER}"
    assert (await gateway.ask(ACCOUNT, {"a": OWNER})).data["account"]["id"] == solana


async def test_a_gateway_of_another_cluster_names_its_accounts_after_it() -> None:
    async with running_gateway(GATEWAY_SOLANA__NETWORK="devnet") as gateway:
        account = (await gateway.ask(ACCOUNT, {"a": OWNER})).data["account"]
        assert account["id"] == f"solana:EtWTRABZaYq6iMfeYKouRu166VU2xqa1:{OWNER}"


async def test_bech32_is_folded_and_base58_is_kept_as_it_is(gateway: Gateway) -> None:
    folded = await gateway.ask(ACCOUNT, {"a": RUNES_HOLDER.upper()})
    assert folded.data["account"] == {"id": f"{MAINNET}:{RUNES_HOLDER}", "address": RUNES_HOLDER}
    assert (await gateway.ask(ACCOUNT, {"a": LEGACY_HOLDER.lower()})).codes == ["BAD_USER_INPUT"]


@pytest.mark.parametrize(
    "address",
    ["", "bc1qnobody", RUNES_HOLDER[:-1] + "q", RUNES_HOLDER.capitalize(), TOO_LONG_KEY, f" {OWNER}", "0x" + "0" * 40],
)
async def test_what_is_no_address_is_refused_before_anyone_is_asked(gateway: Gateway, address: str) -> None:
    answer = await gateway.ask(ACCOUNT, {"a": address})
    assert answer.codes == ["BAD_USER_INPUT"]
    assert "data" not in answer.body or answer.body["data"] is None


@pytest.mark.parametrize("field", ["tokenAccount(address: $a)", "tokenAccounts(addresses: [$a])"])
async def test_a_token_account_is_not_looked_for_on_bitcoin(gateway: Gateway, field: str) -> None:
    answer = await gateway.ask(f"query ($a: Address!) {{ {field} {{ outcome }} }}", {"a": RUNES_HOLDER})
    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.body["errors"][0]["message"] == "Expected a Solana address."
    assert not gateway.sandbox.calls["solana"]


async def test_more_addresses_than_the_limit_are_refused(gateway: Gateway) -> None:
    query = "query ($a: [Address!]!) { accounts(addresses: $a) { id } }"
    assert len((await gateway.ask(query, {"a": [OWNER] * 500})).data["accounts"]) == 500
    assert (await gateway.ask(query, {"a": [OWNER] * 501})).codes == ["LIMIT_EXCEEDED"]
