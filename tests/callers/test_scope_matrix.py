"""Every field of the schema, asked for in every way by nobody, the wrong caller, the right one and another."""

import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal

import msgspec
import pytest
import pytest_asyncio

from gateway.domain.caller import Scope
from gateway.sandbox import credentials
from tests.callers.expectation import BALANCES, EXCHANGE, FIELDS, ROOTS, SUBSCRIPTIONS, WALLET_ID, Root
from tests.callers.issuer import RSA, believing_gateway, claims_of, publishing
from tests.callers.selection import fields_of, shown, whole
from tests.callers.streaming import first
from tests.running import Answer, Gateway

pytestmark = pytest.mark.asyncio(loop_scope="module")
Who = Literal["nobody", "wrong", "right", "another"]
Shows = Literal["key", "token"]
Method = Literal["POST", "GET", "WEBSOCKET", "EVENTS", "PARTS"]
# The accounts of the right caller and of the other, by what only one of them holds.
OURS, THEIRS = "USD", "SOL"
CLAIM = "gateway_account"


@dataclass(frozen=True, slots=True)
class Matrix:
    """A gateway that lets nobody read anything without a key, and the keys and tokens for it."""

    gateway: Gateway
    wallets: Mapping[str, str]

    def credential(self, who: Who, scope: Scope | None, shows: Shows) -> str | None:
        if who == "nobody":
            return None
        if who == "wrong":
            # It has the account, and every scope but the one.
            return _credential("ours", [each for each in Scope if each is not scope], shows)
        return _credential("ours" if who == "right" else "theirs", [scope] if scope else [], shows)

    async def ask(self, method: Method, root: Root, name: str, key: str | None, wallet: str) -> Answer:
        field, _, _ = name.partition(" ")
        variables: dict[str, object] = {}
        if root.key is None:
            query = f"{{__typename {field}{root.arguments}{whole(root.type)}}}"
        else:
            key_name, value = root.key
            of = [{"__typename": root.type, key_name: wallet if value == WALLET_ID else value}]
            query = (
                f"query($of:[_Any!]!){{__typename {field}(representations:$of){{...on {root.type}{whole(root.type)}}}}}"
            )
            variables["of"] = of
        return await self.run(method, query, variables, key)

    async def run(self, method: Method, query: str, variables: Mapping[str, object], key: str | None) -> Answer:
        if method == "POST":
            return await self.gateway.ask(query, variables, key=key)
        if method != "GET":
            return await first(self.gateway, method, query, variables, key)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        sent = {"query": query, "variables": msgspec.json.encode(variables).decode()}
        async with self.gateway.http.get(f"{self.gateway.url}/graphql", params=sent, headers=headers) as response:
            return Answer(response.status, response.headers, msgspec.json.decode(await response.read()))

    def calls(self) -> Mapping[str, Counter[str]]:
        return {provider: Counter(calls) for provider, calls in self.gateway.sandbox.calls.items()}


def _names(scopes: list[Scope]) -> str:
    return "".join("x" if scope is EXCHANGE else "b" for scope in scopes) or "none"


def _credential(account: str, scopes: list[Scope], shows: Shows) -> str:
    name = f"{account}-{_names(scopes)}"
    if shows == "key":
        return f"{name}.secret-of-{name}"
    return RSA.sign(claims_of(sub=name, exp=int(time.time()) + 300, scp=scopes, **{CLAIM: account}))


def _settings() -> dict[str, str]:
    tokens = {"ours": credentials.SFOX_TOKEN, "theirs": credentials.SFOX_OTHER_TOKEN}
    found = {"GATEWAY_ANONYMOUS_SCOPES": "[]", "GATEWAY_JWT__ACCOUNT_CLAIM": CLAIM}
    for account, token in tokens.items():
        found[f"GATEWAY_EXCHANGE_ACCOUNTS__{account}__SFOX_TOKEN"] = token
        for scopes in ([], [BALANCES], [EXCHANGE], [BALANCES, EXCHANGE]):
            name, _, secret = _credential(account, scopes, "key").partition(".")
            found[f"GATEWAY_CALLERS__{name}__KEY_SHA256"] = sha256(secret.encode()).hexdigest()
            found[f"GATEWAY_CALLERS__{name}__SCOPES"] = msgspec.json.encode(scopes).decode()
            found[f"GATEWAY_CALLERS__{name}__SFOX_TOKEN"] = token
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def matrix() -> AsyncIterator[Matrix]:
    async with publishing() as publisher, believing_gateway(publisher, settings=_settings()) as gateway:
        yield Matrix(
            gateway,
            {shows: await _wallet(gateway, _credential("ours", [EXCHANGE], shows)) for shows in ("key", "token")},
        )


async def _wallet(gateway: Gateway, key: str) -> str:
    query = "query($c:[String!]){exchangeWallets(currencies:$c){nodes{id}}}"
    (node,) = (await gateway.ask(query, {"c": [OURS]}, key=key)).data["exchangeWallets"]["nodes"]
    id_: str = node["id"]
    return id_


def _found(root: Root, name: str, answer: Answer) -> Any:
    data = answer.body.get("data") or {}
    found = data.get(name.partition(" ")[0])
    return found[0] if root.key and found else found


def _currencies(found: Any) -> set[str]:
    """Name what an account at the exchange holds, as its wallets or their totals tell."""
    if "nodes" in found:
        return {node["currency"]["code"] for node in found["nodes"]}
    return {each["asset"]["code_of_Currency"] for each in found["totals"]}


@pytest.mark.parametrize("shows", ["key", "token"])
@pytest.mark.parametrize("method", ["POST", "GET", "WEBSOCKET", "EVENTS"])
@pytest.mark.parametrize("who", ["nobody", "wrong", "right", "another"])
@pytest.mark.parametrize("name", ROOTS)
async def test_all_that_lies_below_is_read_by_whom_it_is_for_and_by_nobody_else(
    matrix: Matrix, name: str, who: Who, method: Method, shows: Shows
) -> None:
    root = ROOTS[name]
    before = matrix.calls()
    answer = await matrix.ask(method, root, name, matrix.credential(who, root.scope, shows), matrix.wallets[shows])
    found = _found(root, name, answer)
    if root.scope is not None and who in ("nobody", "wrong"):
        assert answer.codes == ["UNAUTHENTICATED" if who == "nobody" else "FORBIDDEN"]
        assert found is None
        assert matrix.calls() == before
    elif name == "_entities of ExchangeWallet" and who == "another":
        assert answer.data == {"__typename": "Query", "_entities": [None]}
        assert matrix.calls() == before
    else:
        # Every field is there, and none met an error.
        assert set(fields_of(root.type)) <= {field for type_, field in shown(answer.data) if type_ == root.type}
        assert not {type_ for type_, _ in shown(found)} & root.without
    if name in ("exchangeWallets", "portfolio of exchanges") and found:
        theirs = who == "another"
        assert (OURS in _currencies(found), THEIRS in _currencies(found)) == (not theirs, theirs)


@pytest.mark.parametrize("shows", ["key", "token"])
@pytest.mark.parametrize("method", ["WEBSOCKET", "EVENTS", "PARTS"])
@pytest.mark.parametrize("who", ["nobody", "wrong", "right", "another"])
@pytest.mark.parametrize("name", SUBSCRIPTIONS)
async def test_all_that_can_be_listened_to_is_heard_by_whom_it_is_for_and_by_nobody_else(
    matrix: Matrix, name: str, who: Who, method: Method, shows: Shows
) -> None:
    root = SUBSCRIPTIONS[name]
    before = matrix.calls()
    query = f"subscription{{{name}{root.arguments}{whole(root.type)}}}"
    answer = await matrix.run(method, query, {}, matrix.credential(who, root.scope, shows))
    if who in ("nobody", "wrong"):
        assert answer.codes == ["UNAUTHENTICATED" if who == "nobody" else "FORBIDDEN"]
        assert not answer.body.get("data")
        assert matrix.calls() == before
        return
    # No `__typename` may stand beside what is listened to.
    assert answer.data.keys() == {name}
    found = shown(answer.data[name])
    assert set(fields_of(root.type)) <= {field for type_, field in found if type_ == root.type}
    if name == "exchangeWallets":
        currencies, theirs = _currencies(answer.data[name]), who == "another"
        assert (OURS in currencies, THEIRS in currencies) == (not theirs, theirs)


async def test_what_was_asked_above_is_every_field_of_the_schema(matrix: Matrix) -> None:
    seen: set[tuple[str, str]] = set()
    for sfox_fails in (False, True):
        if sfox_fails:
            await matrix.gateway.fail("sfox", "503")
        for name, root in ROOTS.items():
            key = matrix.credential("right", root.scope, "key")
            # An older figure stands in for a wallet that cannot be read, with the problem beside it.
            asked = Root(root.type, root.scope, "(first: 5, maxAge: 0)") if name == "exchangeWallets" else root
            answer = await matrix.ask("POST", asked, name, key, matrix.wallets["key"])
            seen.update(shown(answer.data))
    await matrix.gateway.control("sfox", reset=True)
    for name, root in SUBSCRIPTIONS.items():
        query = f"subscription{{{name}{root.arguments}{whole(root.type)}}}"
        heard = await matrix.run("WEBSOCKET", query, {}, matrix.credential("right", root.scope, "key"))
        seen |= {("Subscription", name), *shown(heard.data[name])}
    assert seen == {(type_, field) for type_, each in FIELDS.items() for field in each.fields}


async def test_by_default_nobody_is_let_read_balances_and_never_an_exchange() -> None:
    async with publishing() as publisher, believing_gateway(publisher) as gateway:
        matrix = Matrix(gateway, {})
        for name, root in ROOTS.items():
            answer = await matrix.ask("POST", root, name, None, "U0ZPWApkZW1vCkJUQw")
            if root.scope is EXCHANGE:
                assert answer.codes == ["UNAUTHENTICATED"]
            else:
                assert answer.data
