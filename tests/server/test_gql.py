"""Python's own client for GraphQL reads the schema, checks a query against it, asks, and is told what is wrong."""

from typing import Any

import pytest
from gql import Client, GraphQLRequest
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.exceptions import TransportQueryError

from gateway.sandbox.addresses import TOKEN_ACCOUNT
from tests.running import DEMO_KEY, Gateway

pytestmark = pytest.mark.asyncio(loop_scope="module")
HELD = "query ($address: Address!) { tokenAccount(address: $address) { outcome amount { atomic scale display } } }"


async def _ask(
    gateway: Gateway, query: str, variables: dict[str, Any] | None = None, key: str | None = None, accept: str = "*/*"
) -> dict[str, Any]:
    headers = {"Accept": accept, **({"Authorization": f"Bearer {key}"} if key else {})}
    transport = AIOHTTPTransport(url=f"{gateway.url}/graphql", headers=headers)
    async with Client(transport=transport, fetch_schema_from_transport=True) as session:
        found: dict[str, Any] = await session.execute(GraphQLRequest(query, variable_values=variables))
        return found


@pytest.mark.parametrize("accept", ["*/*", "application/graphql-response+json, application/json;q=0.9"])
async def test_it_gets_an_answer_to_a_query_it_has_checked(standing: Gateway, accept: str) -> None:
    held = await _ask(standing, HELD, {"address": TOKEN_ACCOUNT}, accept=accept)
    amount = {"atomic": "9864", "scale": 2, "display": "98.64"}
    assert held == {"tokenAccount": {"outcome": "FRESH", "amount": amount}}


async def test_it_reads_an_exchange_account_with_a_key_and_is_told_what_it_lacks_without(standing: Gateway) -> None:
    query = "{ exchangeWallets { outcome } }"
    assert await _ask(standing, query, key=DEMO_KEY) == {"exchangeWallets": {"outcome": "FRESH"}}
    with pytest.raises(TransportQueryError) as told:
        await _ask(standing, query)
    assert [error["extensions"]["code"] for error in told.value.errors or ()] == ["UNAUTHENTICATED"]


async def test_it_is_told_that_a_key_is_wrong(standing: Gateway) -> None:
    with pytest.raises(TransportQueryError, match="This key is not known here"):
        await _ask(standing, "{ limits { maxDepth } }", key="demo.wrong")
