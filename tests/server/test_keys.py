"""Keys: who brings a wrong one is turned away at the door, and who brings none is what the operator says."""

import msgspec
import pytest

from gateway.domain.caller import Caller, Scope
from gateway.server.callers import BadKey, Callers, KnownCaller
from tests.running import DEMO_KEY, READER_KEY, Gateway
from tests.server.wire import JSON, get, post

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
    gateway: Gateway, authorization: str
) -> None:
    reply = await post(gateway, BODY, {**JSON, "Authorization": authorization})
    assert (reply.status, reply.code, reply.headers["WWW-Authenticate"]) == (401, "UNAUTHENTICATED", "Bearer")
    assert reply.error["message"] == (
        "This key is not known here. A key is sent as `Authorization: Bearer <name>.<secret>`."
    )


@pytest.mark.parametrize("authorization", [f"Bearer {DEMO_KEY}", f"bearer {DEMO_KEY}", f"Bearer   {READER_KEY}"])
async def test_a_known_key_opens_however_its_scheme_is_spelt(gateway: Gateway, authorization: str) -> None:
    reply = await post(gateway, BODY, {**JSON, "Authorization": authorization})
    assert (reply.status, msgspec.json.decode(reply.body)) == (200, {"data": {"limits": {"maxDepth": 15}}})


@pytest.mark.parametrize("path", ["/graphql?query={limits{maxDepth}}", "/healthz", "/graphiql/settings.json", "/none"])
async def test_a_wrong_key_is_turned_away_wherever_it_is_shown(gateway: Gateway, path: str) -> None:
    reply = await get(gateway, path, {"Authorization": "Bearer demo.wrong"})
    assert (reply.status, reply.code) == (401, "UNAUTHENTICATED")


async def test_without_a_key_balances_may_be_read_and_exchanges_may_not(gateway: Gateway) -> None:
    account = '{ account(address: "1AzvGNJwEgQvu6eFfeQDjcetPiRi3rfa22") { id } }'
    assert (await gateway.ask(account)).data
    for key, code in ((None, "UNAUTHENTICATED"), (READER_KEY, "FORBIDDEN")):
        assert (await gateway.ask("{ exchangeWallets { outcome } }", key=key)).codes == [code]


def test_a_secret_may_hold_points_and_only_the_first_ends_the_name() -> None:
    digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"  # of "test"
    who = Caller("a", frozenset({Scope.BALANCES_READ}))
    callers = Callers({"a": KnownCaller(who, digest)}, frozenset())
    assert callers.identify("Bearer a.test") is who
    for wrong in ("Bearer a.test.", "Bearer a..test", "Bearer a.b.test"):
        with pytest.raises(BadKey):
            callers.identify(wrong)
    assert callers.identify(None) == Caller(None, frozenset())


def test_the_digest_of_nobody_opens_nothing_for_nobody() -> None:
    callers = Callers({}, frozenset({Scope.BALANCES_READ}))
    for wrong in ("Bearer .", "Bearer x.", "Bearer " + "0" * 64):
        with pytest.raises(BadKey):
            callers.identify(wrong)
