"""A newcomer's first questions, from HTTP to the providers and back."""

from tests.running import DEMO_KEY, Gateway

HOLDER = "bc1pdkk5ughajfurnz9zmzdak0pqhmt9lhza7pz96vsmy3y6dj72alkq2zhlxt"


async def test_runes_of_an_address_come_with_figures_and_provenance(gateway: Gateway) -> None:
    answer = await gateway.ask(
        """query ($address: Address!) { account(address: $address) { id runes(filter: {ids: ["840123:17"]}) {
            outcome
            nodes { rune { name } amount { atomic scale display precision } pending { net { atomic } } }
            provenance { provider operation servedFrom position { kind value } }
        } } }""",
        {"address": HOLDER},
    )
    account = answer.data["account"]
    assert account["id"] == f"bip122:000000000019d6689c085ae165831e93:{HOLDER}"
    assert account["runes"]["outcome"] == "FRESH"
    (balance,) = account["runes"]["nodes"]
    assert balance["rune"] == {"name": "SANDBOX•ALPHA•COIN"}
    assert balance["amount"] == {"atomic": "150000001", "scale": 5, "display": "1500.00001", "precision": "EXACT"}
    assert balance["pending"] == {"net": {"atomic": "-2500"}}
    assert account["runes"]["provenance"] == {
        "provider": "XVERSE",
        "operation": "GET /v2/runes/address/{address}/balance",
        "servedFrom": "UPSTREAM",
        "position": {"kind": "BLOCK_HEIGHT", "value": "871204"},
    }


async def test_an_exchange_account_opens_to_its_own_caller_and_to_nobody_else(gateway: Gateway) -> None:
    query = '{ exchangeWallets(currencies: ["btc"]) { outcome nodes { currency { code } balance { display } } } }'
    mine = await gateway.ask(query, key=DEMO_KEY)
    assert mine.data["exchangeWallets"]["nodes"] == [{"currency": {"code": "BTC"}, "balance": {"display": "1"}}]
    nobodys = await gateway.ask(query)
    assert nobodys.codes == ["UNAUTHENTICATED"]
    assert nobodys.body["data"] is None
