"""Ask the sandbox through bloXroute's own Python SDK: `bxsolana_client.py URL KEY OWNER`, in an environment apart."""

import asyncio
import json
import sys

from bxsolana.provider import HttpError, HttpProvider  # type: ignore[import-not-found]  # lives in an environment apart
from bxsolana_trader_proto import api  # type: ignore[import-not-found]  # likewise


async def main(url: str, authorization: str, owner: str) -> None:
    """Print what the SDK understood, amounts as it holds them, one JSON object."""
    provider = HttpProvider(endpoint=url, auth_header=authorization)
    try:
        balance = await provider.get_account_balance(api.GetAccountBalanceRequest(owner_address=owner))
        limit = await provider.get_rate_limit(api.GetRateLimitRequest())
        told = {
            "tokens": [
                [t.symbol, t.token_mint, repr(t.settled_amount), repr(t.unsettled_amount), repr(t.open_orders_amount)]
                for t in balance.tokens
            ],
            "limit": [limit.tier, limit.limit, limit.count],
        }
    except HttpError as error:
        told = {"error": [error.code, error.message]}
    finally:
        await provider.close()
    # The SDK prints on standard output, too; the answer is the last line.
    print(json.dumps(told))  # noqa: T201 - the answer


asyncio.run(main(*sys.argv[1:]))
