"""Keys: who brings a wrong one is turned away at the door, and who brings none is what the operator says."""

import msgspec
import pytest

from tests.running import DEMO_KEY, READER_KEY, Gateway
from tests.server.wire import JSON, get, post

pytestmark = pytest.mark.asyncio(loop_scope="module")
BODY = b'{"query": "{ limits { maxDepth } }"}'
WRONG = [
    "Bearer demo.wrong-secret",
    "Bearer nobody.sandbox-secret",
    "Bearer demo",
    "Bearer demo.",
    "Bearer .sandbox-secret",
    "Bearer .",
    "Bearer",
    "",
    "Basic demo.sandbox-secret",
    "demo.sandbox-secret",
    "Bearer Demo.sandbox-secret",
    "Bearer demo.sandbox-secret.",
    "Bearer demo.SANDBOX-SECRET",
    "Bearer demo.other-secret",
    "Bearer demo.sandbox-secret Bearer demo.sandbox-secret",
]


@pytest.mark.parametrize("authorization", WRONG)
async def test_a_wrong_key_is_turned_away_and_told_nothing_of_which_part_was_wrong(
    standing: Gateway, authorization: str
) -> None:
    reply = await post(standing, BODY, {**JSON, "Authorization": authorization})
    assert (reply.status, reply.code, reply.headers["WWW-Authenticate"]) == (401, "UNAUTHENTICATED", "Bearer")
    assert reply.error["message"] == (
        "This key is not known here. A key is sent as `Authorization: Bearer <name>.<secret>`."
    )


@pytest.mark.parametrize("authorization", [f"Bearer {DEMO_KEY}", f"bearer {DEMO_KEY}", f"Bearer   {READER_KEY}"])
async def test_a_known_key_opens_however_its_scheme_is_spelt(standing: Gateway, authorization: str) -> None:
    reply = await post(standing, BODY, {**JSON, "Authorization": authorization})
    assert (reply.status, msgspec.json.decode(reply.body)["data"]) == (200, {"limits": {"maxDepth": 15}})


@pytest.mark.parametrize("path", ["/graphql?query={limits{maxDepth}}", "/healthz", "/graphiql/settings.json", "/none"])
async def test_a_wrong_key_is_turned_away_wherever_it_is_shown(standing: Gateway, path: str) -> None:
    reply = await get(standing, path, {"Authorization": "Bearer demo.wrong"})
    assert (reply.status, reply.code) == (401, "UNAUTHENTICATED")


async def test_without_a_key_balances_may_be_read_and_exchanges_may_not(standing: Gateway) -> None:
    account = '{ account(address: "1AzvGNJwEgQvu6eFfeQDjcetPiRi3rfa22") { id } }'
    assert (await standing.ask(account)).data
    for key, code in ((None, "UNAUTHENTICATED"), (READER_KEY, "FORBIDDEN")):
        assert (await standing.ask("{ exchangeWallets { outcome } }", key=key)).codes == [code]
