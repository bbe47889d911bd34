"""Asks for a portfolio, and tells of its totals by name."""

from collections.abc import Sequence
from typing import Any

from tests.running import Answer, Gateway

PORTFOLIO = """query ($addresses: [Address!]! = [], $exchanges: [Exchange!]! = [], $maxAge: Int) {
    portfolio(addresses: $addresses, exchanges: $exchanges, maxAge: $maxAge) {
        totals {
            asset { __typename ... on Rune { id name } ... on Token { mint symbol decimals } ... on Currency { code } }
            total { atomic scale display precision } lowerBound positions
        }
        coverage {
            expected fresh stale absent unavailable complete
            problems { code provider message retryable reference }
        }
        accounts { address chain }
    } }"""


async def ask_portfolio(
    gateway: Gateway,
    *addresses: str,
    exchanges: Sequence[str] = (),
    key: str | None = None,
    max_age: int | None = None,
) -> Answer:
    variables = {"addresses": addresses, "exchanges": list(exchanges), "maxAge": max_age}
    return await gateway.ask(PORTFOLIO, variables, key=key)


async def portfolio(gateway: Gateway, *addresses: str, **more: Any) -> Any:
    return (await ask_portfolio(gateway, *addresses, **more)).data["portfolio"]


def totals(found: Any) -> dict[str, Any]:
    """Sort totals by what identifies their assets."""
    return {_name(each["asset"]): each for each in found["totals"]}


def _name(asset: Any) -> str:
    return str(asset.get("id") or asset.get("mint") or asset.get("code"))


def displays(found: Any) -> dict[str, str]:
    return {name: each["total"]["display"] for name, each in totals(found).items()}


def open_ends(found: Any) -> dict[str, bool]:
    return {name: each["lowerBound"] for name, each in totals(found).items()}


def counts(found: Any) -> dict[str, int]:
    """Tell the outcomes that there were, of how many accounts and exchanges each."""
    coverage = found["coverage"]
    outcomes = {name: coverage[name] for name in ("fresh", "stale", "absent", "unavailable") if coverage[name]}
    assert sum(outcomes.values()) == coverage["expected"]
    return outcomes


def problems(found: Any) -> set[tuple[str, str]]:
    return {(each["provider"], each["code"]) for each in found["coverage"]["problems"]}
