"""The questions that the tests over HTTP ask, and ways to ask them that need more than a query and a key."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from gateway.sandbox import addresses
from tests.running import Answer, Gateway

HOLDER, ANOTHER_HOLDER = addresses.GENERATED_HOLDERS[:2]

_READING = """outcome problem { code provider retryable retryAfter }
    provenance { servedFrom position { kind value } }"""
RUNES = f"""query ($address: Address!, $maxAge: Int) {{ account(address: $address) {{ runes(maxAge: $maxAge) {{
    {_READING} nodes {{ amount {{ atomic }} spendable {{ atomic }} projected {{ atomic }}
        pending {{ net {{ atomic }} }} }} }} }} }}"""
WALLETS = f"""query ($maxAge: Int) {{ exchangeWallets(maxAge: $maxAge) {{
    {_READING} nodes {{ currency {{ code }} balance {{ display }} available {{ display }} }} }} }}"""
EVERYTHING = f"""query ($holder: Address!, $owner: Address!, $tokenAccount: Address!) {{
    holder: account(address: $holder) {{ runes {{ {_READING} nodes {{ amount {{ atomic }} }} }} }}
    owner: account(address: $owner) {{ tokens {{ {_READING} nodes {{ settled {{ display }} }} }} }}
    tokenAccount(address: $tokenAccount) {{ {_READING} amount {{ atomic }} }}
    exchangeWallets {{ {_READING} nodes {{ balance {{ display }} }} }} }}"""
ONE_OF_EACH = {
    "holder": addresses.RUNES_HOLDER,
    "owner": addresses.OWNER,
    "tokenAccount": addresses.TOKEN_ACCOUNT,
}
_PROVIDERS = """{ providers { provider configured circuit budgetRemaining budgetResetsAt lastSuccessAt
    lastProblem { code retryable retryAfter } } }"""


async def runes(gateway: Gateway, address: str = HOLDER, max_age: int | None = None) -> Any:
    """Give the reading of an address's runes."""
    answer = await gateway.ask(RUNES, {"address": address, "maxAge": max_age})
    return answer.data["account"]["runes"]


async def wallets(gateway: Gateway, key: str, max_age: int | None = None) -> Any:
    """Give the reading of a caller's wallets."""
    return (await gateway.ask(WALLETS, {"maxAge": max_age}, key=key)).data["exchangeWallets"]


async def ask_within(
    gateway: Gateway, seconds: str, query: str = RUNES, variables: Mapping[str, Any] | None = None
) -> Answer:
    """Ask as a caller who says for how long to wait."""
    payload = {"query": query, "variables": variables or {"address": HOLDER}}
    async with gateway.http.post(
        f"{gateway.url}/graphql", json=payload, headers={"X-Request-Timeout": seconds}
    ) as response:
        return Answer(response.status, response.headers, msgspec.json.decode(await response.read()))


async def status(gateway: Gateway, provider: str, key: str | None = None) -> Any:
    """Give what the gateway says of one provider."""
    answer = await gateway.ask(_PROVIDERS, key=key)
    (found,) = (each for each in answer.data["providers"] if each["provider"] == provider)
    return found


async def metric(gateway: Gateway, name: str, **labels: str) -> float:
    """Add up the samples of a metric that carry these labels."""
    async with gateway.http.get(f"{gateway.url}/metrics") as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        text = await response.text()
    total = 0.0
    for told, value in re.findall(rf"^{name}\{{(.*)\}} (\S+)$", text, re.MULTILINE):
        found = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', told))
        if labels.items() <= found.items():
            total += float(value)
    return total
