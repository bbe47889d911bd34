"""What a question costs upstream: one call where the provider allows one, and none for what was asked twice."""

from gateway.sandbox.addresses import GENERATED_HOLDERS, GENERATED_TOKEN_ACCOUNTS, OWNER, RUNES_HOLDER
from tests.end_to_end.asking import BATCH_INFO, V1, V2
from tests.running import Gateway

RUNES = """query ($addresses: [Address!]!) { accounts(addresses: $addresses) {
    address runes { outcome nodes { rune { id } amount { atomic } } } } }"""
TOKEN_ACCOUNTS = """query ($addresses: [Address!]!) { tokenAccounts(addresses: $addresses) {
    address outcome amount { atomic } provenance { servedFrom position { value } } } }"""


async def test_fifty_addresses_with_repeats_cost_one_call_for_each_different_one(gateway: Gateway) -> None:
    addresses = [*GENERATED_HOLDERS[:30], *GENERATED_HOLDERS[10:30]]
    answer = await gateway.ask(RUNES, {"addresses": addresses})
    accounts = answer.data["accounts"]
    assert [account["address"] for account in accounts] == addresses
    for account in accounts:
        # The sandbox's generated holders have a hundred thousand of their first rune for each place in the list.
        expected = str(100_000 * (GENERATED_HOLDERS.index(account["address"]) + 1))
        amounts = {node["rune"]["id"]: node["amount"]["atomic"] for node in account["runes"]["nodes"]}
        assert amounts["840123:17"] == expected
    assert gateway.calls("xverse", V2) == 30
    assert sum(gateway.sandbox.calls["xverse"].values()) == 30


async def test_the_same_address_in_other_letters_is_the_same_call(gateway: Gateway) -> None:
    answer = await gateway.ask(RUNES, {"addresses": [RUNES_HOLDER, RUNES_HOLDER.upper()]})
    first, second = answer.data["accounts"]
    assert first == second
    assert second["address"] == RUNES_HOLDER
    assert gateway.calls("xverse", V2) == 1


async def test_fields_and_aliases_that_need_the_same_answer_share_it(gateway: Gateway) -> None:
    answer = await gateway.ask(
        """query ($a: Address!) {
            one: account(address: $a) { runes(first: 1) { totalCount } all: runes { totalCount } }
            two: account(address: $a) { runes(orderBy: AMOUNT_DESC, filter: {nonZero: true}) { totalCount } }
        }""",
        {"a": RUNES_HOLDER},
    )
    assert answer.data["one"] == {"runes": {"totalCount": 8}, "all": {"totalCount": 8}}
    assert answer.data["two"] == {"runes": {"totalCount": 7}}
    assert gateway.calls("xverse", V2) == 1


async def test_two_hundred_and_fifty_token_accounts_cost_three_calls(gateway: Gateway) -> None:
    addresses = list(GENERATED_TOKEN_ACCOUNTS)
    answer = await gateway.ask(TOKEN_ACCOUNTS, {"addresses": addresses})
    accounts = answer.data["tokenAccounts"]
    assert [account["address"] for account in accounts] == addresses
    assert [account["amount"]["atomic"] for account in accounts] == [str(1_000_000 + n) for n in range(250)]
    assert gateway.calls("solana", "getMultipleAccounts") == 3
    assert gateway.calls("solana", "POST /") == 3


async def test_token_accounts_asked_one_by_one_in_a_query_are_read_together(gateway: Gateway) -> None:
    fields = " ".join(
        f't{n}: tokenAccount(address: "{address}") {{ amount {{ atomic }} }}'
        for n, address in enumerate(GENERATED_TOKEN_ACCOUNTS[:20])
    )
    answer = await gateway.ask(f"{{ {fields} }}")
    assert [answer.data[f"t{n}"]["amount"]["atomic"] for n in range(20)] == [str(1_000_000 + n) for n in range(20)]
    assert gateway.calls("solana", "getMultipleAccounts") == 1


async def test_commitments_are_never_answered_from_one_anothers_slot(gateway: Gateway) -> None:
    answer = await gateway.ask(
        """query ($a: Address!) {
            processed: tokenAccount(address: $a, commitment: PROCESSED) { id provenance { position { value } } }
            confirmed: tokenAccount(address: $a, commitment: CONFIRMED) { id provenance { position { value } } }
            finalized: tokenAccount(address: $a) { id commitment provenance { position { value } } }
        }""",
        {"a": GENERATED_TOKEN_ACCOUNTS[0]},
    )
    slots = {name: int(found["provenance"]["position"]["value"]) for name, found in answer.data.items()}
    assert slots["processed"] > slots["confirmed"] > slots["finalized"]
    assert {name: found["id"].rpartition("@")[2] for name, found in answer.data.items()} == {
        "processed": "processed",
        "confirmed": "confirmed",
        "finalized": "finalized",
    }
    assert answer.data["finalized"]["commitment"] == "FINALIZED"
    assert gateway.calls("solana", "getMultipleAccounts") == 3


async def test_runes_are_asked_for_ten_at_a_time(gateway: Gateway) -> None:
    ids = [f"{900_000 + number}:1" for number in range(25)]
    fields = " ".join(f'r{n}: rune(id: "{id_}") {{ id name divisibility }}' for n, id_ in enumerate(ids))
    answer = await gateway.ask(f'{{ {fields} again: rune(id: "{ids[0]}") {{ id }} }}')
    assert [answer.data[f"r{n}"]["id"] for n in range(25)] == ids
    assert [answer.data[f"r{n}"]["divisibility"] for n in range(25)] == [n % 9 for n in range(25)]
    assert gateway.calls("xverse", BATCH_INFO) == 3
    assert sum(gateway.sandbox.calls["xverse"].values()) == 3


async def test_inscriptions_cost_a_call_only_where_they_are_asked_for(gateway: Gateway) -> None:
    query = "query ($a: Address!) { account(address: $a) { runes { nodes { rune { id %s } } } } }"
    await gateway.ask(query % "", {"a": RUNES_HOLDER})
    assert gateway.calls("xverse", V1) == 0
    answer = await gateway.ask(query % "inscriptionId", {"a": RUNES_HOLDER})
    runes = {node["rune"]["id"]: node["rune"]["inscriptionId"] for node in answer.data["account"]["runes"]["nodes"]}
    assert runes["840123:17"] == "9f3c0d6c2a4b1e5f7788990011223344556677889900aabbccddeeff00112233i0"
    assert runes["871000:1"] is None
    assert gateway.calls("xverse", V1) == 1
    assert gateway.calls("xverse", V2) == 1


async def test_nothing_is_asked_upstream_for_what_the_gateway_knows_by_itself(gateway: Gateway) -> None:
    query = "query ($a: [Address!]!) { accounts(addresses: $a) { id address chain } limits { maxDepth } }"
    answer = await gateway.ask(query, {"a": [RUNES_HOLDER, OWNER]})
    assert [account["chain"] for account in answer.data["accounts"]] == ["BITCOIN", "SOLANA"]
    assert not any(calls for calls in gateway.sandbox.calls.values())


async def test_an_owners_token_accounts_cost_one_call_for_each_token_program(gateway: Gateway) -> None:
    query = """query ($a: Address!) { account(address: $a) { tokenAccounts {
        totalCount nodes { owner { address } token { mint } } } } }"""
    answer = await gateway.ask(query, {"a": OWNER})
    found = answer.data["account"]["tokenAccounts"]
    assert found["totalCount"] == len(found["nodes"])
    assert {node["owner"]["address"] for node in found["nodes"]} == {OWNER}
    assert gateway.calls("solana", "getTokenAccountsByOwner") == 2
    assert gateway.calls("solana", "POST /") == 2
