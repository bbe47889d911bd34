"""Exchange accounts of an issuer's callers: the signed claim opens one, and nothing else does."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from gateway.sandbox import credentials
from tests.callers.issuer import ISSUER, RSA, Publisher, believing_gateway, claims_of, publishing, token_of
from tests.config.reading import refusal
from tests.end_to_end.asking import WALLETS
from tests.running import DEMO_KEY, Gateway
from tests.server.wire import JSON, get

QUERY = """query ($maxAge: Int) { exchangeWallets(maxAge: $maxAge) {
    outcome problem { code } provenance { servedFrom } nodes { id currency { code } balance { display } } } }"""
ENTITY = "query ($of: [_Any!]!) { _entities(representations: $of) { ... on ExchangeWallet { balance { display } } } }"
DESKS = {"BTC": "1", "ETH": "0.00000001", "LTC": "0.25161318", "USD": "100", "USDC": "140.55"}
VAULTS = {"BTC": "1.50000001", "SOL": "7.25"}
BOTH = "balances:read exchange:read"
CLAIM = "gateway_account"


@pytest_asyncio.fixture
async def publisher() -> AsyncIterator[Publisher]:
    async with publishing() as publisher:
        yield publisher


@pytest_asyncio.fixture
async def trusting(publisher: Publisher) -> AsyncIterator[Gateway]:
    """Give a gateway with two exchange accounts that tokens may name."""
    async with believing_gateway(
        publisher,
        GATEWAY_JWT__ACCOUNT_CLAIM=CLAIM,
        GATEWAY_EXCHANGE_ACCOUNTS__DESK__SFOX_TOKEN=credentials.SFOX_TOKEN,
        GATEWAY_EXCHANGE_ACCOUNTS__VAULT__SFOX_TOKEN=credentials.SFOX_OTHER_TOKEN,
    ) as gateway:
        yield gateway


def _token(account: object, sub: str = "ann", scope: str = BOTH, **more: object) -> str:
    return RSA.sign(claims_of(sub=sub, scope=scope, **{CLAIM: account}, **more))


async def _wallets(gateway: Gateway, key: str) -> Any:
    return (await gateway.ask(QUERY, key=key)).data["exchangeWallets"]


def _figures(reading: Any) -> dict[str, str]:
    return {node["currency"]["code"]: node["balance"]["display"] for node in reading["nodes"]}


async def _entity(gateway: Gateway, id_: str, key: str) -> Any:
    answer = await gateway.ask(ENTITY, {"of": [{"__typename": "ExchangeWallet", "id": id_}]}, key=key)
    return answer.data["_entities"][0]


async def test_each_token_reads_the_account_that_its_claim_names(trusting: Gateway) -> None:
    for _ in range(2):
        assert _figures(await _wallets(trusting, _token("desk"))) == DESKS
        assert _figures(await _wallets(trusting, _token("vault", "bob"))) == VAULTS
    assert trusting.calls("sfox", WALLETS) == 2


async def test_two_callers_of_one_account_share_it_with_each_other_and_with_a_key_that_has_it(
    trusting: Gateway,
) -> None:
    assert _figures(await _wallets(trusting, _token("desk"))) == DESKS
    for other in (_token("desk", "bob"), DEMO_KEY):
        shared = await _wallets(trusting, other)
        assert (_figures(shared), shared["provenance"]["servedFrom"]) == (DESKS, "CACHE")
    assert trusting.calls("sfox", WALLETS) == 1


NOTHING: list[object] = [None, "", "DESK", " desk", "desk ", "desk,vault", "nobody", "demo", "other", "*"]
NO_NAME: list[object] = [["desk"], {"desk": 1}, True, 0, 1.5, {"sfox_token": credentials.SFOX_TOKEN}]


@pytest.mark.parametrize("account", [*NOTHING, *NO_NAME, credentials.SFOX_TOKEN], ids=repr)
async def test_a_claim_that_names_no_known_account_opens_none(trusting: Gateway, account: object) -> None:
    await _wallets(trusting, DEMO_KEY)
    reading = await _wallets(trusting, _token(account))
    assert (reading["outcome"], reading["nodes"], reading["problem"]) == (
        "UNAVAILABLE",
        None,
        {"code": "NOT_CONFIGURED"},
    )
    assert trusting.calls("sfox", WALLETS) == 1


async def test_nothing_but_the_signed_claim_picks_an_account(trusting: Gateway) -> None:
    # Whatever else a token holds, and whatever its bearer sends along.
    lures = {
        "account": "vault",
        "exchange_account": "vault",
        "sfox_token": credentials.SFOX_OTHER_TOKEN,
        "act": "vault",
    }
    token = RSA.sign(claims_of(sub="vault", scope=BOTH, **lures, **{CLAIM: "desk"}), **{CLAIM: "vault"})
    headers = {**JSON, "Authorization": f"Bearer {token}", "X-Gateway-Account": "vault", CLAIM: "vault"}
    body = {"query": QUERY, "extensions": {CLAIM: "vault"}}
    url = f"{trusting.url}/graphql?{CLAIM}=vault"
    async with trusting.http.post(url, json=body, headers=headers) as response:
        answer = await response.json()
    assert _figures(answer["data"]["exchangeWallets"]) == DESKS


async def test_without_the_setting_no_claim_opens_anything(publisher: Publisher) -> None:
    async with believing_gateway(publisher) as gateway:
        for token in (_token("desk"), _token("demo", "demo")):
            assert (await _wallets(gateway, token))["problem"] == {"code": "NOT_CONFIGURED"}
        assert gateway.calls("sfox", WALLETS) == 0


async def test_a_claim_of_another_name_may_be_set(publisher: Publisher) -> None:
    url = "https://claims.test/account"
    async with believing_gateway(
        publisher,
        GATEWAY_JWT__ACCOUNT_CLAIM=url,
        GATEWAY_EXCHANGE_ACCOUNTS__VAULT__SFOX_TOKEN=credentials.SFOX_OTHER_TOKEN,
    ) as gateway:
        assert _figures(await _wallets(gateway, _token("desk", **{url: "vault"}))) == VAULTS
        assert (await _wallets(gateway, _token("vault")))["problem"] == {"code": "NOT_CONFIGURED"}


def test_accounts_that_no_token_can_name_are_refused() -> None:
    (line,) = refusal({"GATEWAY_EXCHANGE_ACCOUNTS__DESK__SFOX_TOKEN": "swordfish"})
    assert line.startswith("GATEWAY_EXCHANGE_ACCOUNTS: no token could name one: GATEWAY_JWT__ACCOUNT_CLAIM")
    assert "swordfish" not in line


async def test_the_scope_is_asked_for_as_of_every_caller(trusting: Gateway) -> None:
    for scope in ("", "balances:read", "exchange:write", "EXCHANGE:READ", "exchange:read,balances:read"):
        assert (await trusting.ask(QUERY, key=_token("desk", scope=scope))).codes == ["FORBIDDEN"]
    assert _figures(await _wallets(trusting, _token("desk", scope="exchange:read"))) == DESKS
    assert trusting.calls("sfox", WALLETS) == 1


async def test_a_wallets_id_resolves_for_its_caller_alone_and_tells_nobody_who_that_is(trusting: Gateway) -> None:
    ann = _token("desk", "ann@swordfish.test")
    wallet = (await _wallets(trusting, ann))["nodes"][0]
    assert await _entity(trusting, wallet["id"], ann) == {"balance": wallet["balance"]}
    # A new token of the same caller is the same caller.
    assert await _entity(trusting, wallet["id"], _token("desk", "ann@swordfish.test", jti="2"))
    plain = base64.urlsafe_b64decode(wallet["id"] + "==").decode()
    for inside in ("swordfish", "ann", ISSUER, "desk", credentials.SFOX_TOKEN):
        assert inside not in plain
    for other in (_token("desk", "bob"), _token("vault", "eve"), DEMO_KEY):
        assert await _entity(trusting, wallet["id"], other) is None
    for node in (await _wallets(trusting, DEMO_KEY))["nodes"]:
        assert await _entity(trusting, node["id"], ann) is None


async def test_the_log_names_the_caller_and_not_its_token(trusting: Gateway) -> None:
    token = _token("desk")
    with capture_logs() as lines:
        await trusting.ask(QUERY, key=token)
        await get(trusting, "/healthz", {"Authorization": f"Bearer {token_of(sub='demo')}"})
    assert [line["caller"] for line in lines if line["event"] == "http.request"] == [f"{ISSUER}#ann", f"{ISSUER}#demo"]
    for part in (*token.split("."), credentials.SFOX_TOKEN):
        assert part not in repr(lines)
