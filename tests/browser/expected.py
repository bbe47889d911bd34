"""What each tab of GraphiQL has to show of the sandbox: a part of it, where a list names some of the rows answered."""

from collections.abc import Mapping
from typing import Any, Final

from gateway.sandbox import addresses


def shows(answer: object, expected: object) -> bool:
    """Whether the answer has everything that is expected, and says the same of it."""
    if isinstance(expected, Mapping):
        return isinstance(answer, Mapping) and all(
            key in answer and shows(answer[key], part) for key, part in expected.items()
        )
    if isinstance(expected, list) and expected:
        return isinstance(answer, list) and all(any(shows(row, part) for row in answer) for part in expected)
    return answer == expected


def _fresh(provider: str, **figures: Any) -> dict[str, Any]:
    return {"outcome": "FRESH", "problem": None, "provenance": {"provider": provider}, **figures}


def _shown(display: str) -> dict[str, str]:
    return {"display": display}


_SOL_AT_BLOXROUTE: Final = {
    "token": {"mint": addresses.WRAPPED_SOL_MINT, "symbol": "SOL"},
    "settled": _shown("3.435929722"),
}

EXPECTED: Final[dict[str, dict[str, Any]]] = {
    "Runes": {
        "account": {
            "runes": _fresh(
                "XVERSE",
                totalCount=8,
                nodes=[
                    {
                        "rune": {"id": addresses.WIDEST_RUNE},
                        "amount": {
                            "atomic": "340282366920938463463374607431768211455",
                            "scale": 38,
                            "display": "3.40282366920938463463374607431768211455",
                            "precision": "EXACT",
                        },
                    },
                    {
                        "rune": {"name": "SANDBOX•ALPHA•COIN", "symbol": "₳"},
                        "amount": _shown("1500.00001"),
                        "spendable": _shown("1000.00001"),
                        "projected": _shown("1499.97501"),
                        "pending": {"incoming": _shown("500"), "outgoing": _shown("500.025"), "net": _shown("-0.025")},
                    },
                ],
            )
        }
    },
    "ManyAddresses": {
        "accounts": [
            {
                "address": addresses.LEGACY_HOLDER,
                "chain": "BITCOIN",
                "runes": _fresh("XVERSE", nodes=[{"rune": {"name": "UNCOMMON•GOODS"}, "amount": _shown("21")}]),
                "tokens": None,
            },
            {"address": addresses.EMPTY_HOLDER, "runes": _fresh("XVERSE", nodes=[])},
            {
                "address": addresses.OWNER,
                "chain": "SOLANA",
                "runes": None,
                "tokens": _fresh("BLOXROUTE", nodes=[_SOL_AT_BLOXROUTE]),
            },
        ]
    },
    "TokenAccount": {
        "tokenAccount": _fresh(
            "SOLANA_RPC",
            commitment="CONFIRMED",
            amount={"atomic": "9864", "scale": 2, "display": "98.64", "precision": "EXACT"},
            owner={"address": addresses.OWNER},
            state="INITIALIZED",
        )
    },
    "ReadTogether": {
        "tokenAccounts": [
            {
                "address": addresses.SCALED_ACCOUNT,
                **_fresh("SOLANA_RPC", amount={"atomic": "1000000", "display": "1"}, uiAmount="2"),
            },
            {"address": addresses.FROZEN_ACCOUNT, **_fresh("SOLANA_RPC", amount=_shown("42"), state="FROZEN")},
            {"address": addresses.ZERO_ACCOUNT, **_fresh("SOLANA_RPC", amount=_shown("0"))},
            {
                "address": addresses.DEEPEST_ACCOUNT,
                **_fresh("SOLANA_RPC", amount={"atomic": "18446744073709551615", "scale": 255}),
            },
            {"address": addresses.CLOSED_ACCOUNT, "outcome": "ABSENT", "amount": None},
            {
                "address": addresses.OWNER,
                "outcome": "UNAVAILABLE",
                "problem": {"code": "REJECTED"},
                "amount": None,
            },
        ]
    },
    "OwnerHoldings": {
        "account": {
            "tokenAccounts": _fresh(
                "SOLANA_RPC",
                nodes=[
                    {"address": addresses.USDC_ACCOUNT, "amount": _shown("1250.25")},
                    {"address": addresses.SCALED_ACCOUNT, "amount": _shown("1")},
                    {"address": addresses.WRAPPED_SOL_ACCOUNT, "amount": _shown("3.394846102"), "isNative": True},
                ],
            ),
            "tokens": _fresh(
                "BLOXROUTE",
                totalCount=5,
                nodes=[_SOL_AT_BLOXROUTE, {"token": {"symbol": "USDC"}, "openOrders": _shown("0.000001")}],
            ),
        }
    },
    "ExchangeWallets": {
        "exchangeWallets": _fresh(
            "SFOX",
            totalCount=5,
            nodes=[
                {
                    "currency": {"code": "USD"},
                    "balance": _shown("100"),
                    "available": _shown("90"),
                    "held": _shown("10"),
                },
                {"currency": {"code": "ETH"}, "balance": _shown("0.00000001")},
                {"currency": {"code": "LTC"}, "balance": _shown("0.25161318"), "held": None},
            ],
        )
    },
    "Portfolio": {
        "portfolio": {
            "coverage": {"expected": 5, "fresh": 5, "unavailable": 0, "complete": True, "problems": []},
            "totals": [
                {
                    "asset": {"id": addresses.SANDBOX_ALPHA_COIN, "name": "SANDBOX•ALPHA•COIN"},
                    "total": {"display": "1550.00001", "precision": "EXACT"},
                    "lowerBound": False,
                    "positions": 2,
                },
                {"asset": {"mint": addresses.CENTS_MINT, "decimals": 2}, "total": _shown("103.64"), "positions": 2},
                {"asset": {"code": "USD"}, "total": _shown("100")},
            ],
        }
    },
    "RuneById": {"rune": {"id": addresses.SANDBOX_ALPHA_COIN, "name": "SANDBOX•ALPHA•COIN", "divisibility": 5}},
    "Providers": {
        "providers": [
            {"provider": provider, "configured": True, "circuit": "CLOSED"}
            for provider in ("XVERSE", "SOLANA_RPC", "BLOXROUTE", "SFOX")
        ]
    },
}
