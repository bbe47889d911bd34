"""The example subgraph publishes the schema that it serves, and names what the sandbox knows."""

from pathlib import Path
from runpy import run_path

from tests.running import Gateway

EXAMPLE = Path(__file__).parents[2] / "examples" / "supergraph"
MARKET = run_path(str(EXAMPLE / "market.py"), run_name="market")


def test_the_published_schema_of_the_example_is_the_one_that_it_serves() -> None:
    assert (EXAMPLE / "market.graphql").read_text() == f"{MARKET['SCHEMA'].as_str()}\n", "run `make schema`"


async def test_every_rune_and_account_of_the_example_is_known_to_the_sandbox(gateway: Gateway) -> None:
    of = [{"__typename": "Rune", "id": id_} for id_ in MARKET["PRICES"]]
    of += [{"__typename": "Account", "address": address} for address in MARKET["LABELS"]]
    answer = await gateway.ask(
        """query ($of: [_Any!]!) { _entities(representations: $of) {
            ... on Rune { name } ... on Account { runes { totalCount } tokenAccounts { totalCount } }
        } }""",
        {"of": of},
    )
    held = [each["runes"] or each["tokenAccounts"] for each in answer.data["_entities"] if "name" not in each]
    assert len(held) == len(MARKET["LABELS"])
    assert all(each["totalCount"] for each in held)
