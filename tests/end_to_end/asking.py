"""Questions that several tests ask, one for each provider, each with all that tells how a figure was read."""

from dataclasses import dataclass
from typing import Any

from gateway.sandbox.addresses import OWNER, RUNES_HOLDER, TOKEN_ACCOUNT
from tests.running import DEMO_KEY, Gateway

READING = """
    outcome
    problem { code provider message retryable retryAfter reference }
    provenance { provider operation readAt age servedFrom position { kind value } }
"""
V2 = "GET /v2/runes/address/{address}/balance"
V1 = "GET /v1/ordinals/address/{address}/runes"
BATCH_INFO = "GET /v1/runes/batch-info"
BALANCE = "GET /api/v2/balance"
WALLETS = "GET /v1/user/balance"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of one provider through the gateway; `path` leads from the data to the reading."""

    provider: str
    name: str
    route: str
    query: str
    path: tuple[str, ...]
    figure: tuple[str | int, ...]

    async def ask(self, gateway: Gateway, max_age: int | None = None) -> Any:
        """Give the reading."""
        found = (await gateway.ask(self.query, {"maxAge": max_age}, key=DEMO_KEY)).data
        for step in self.path:
            found = found[step]
        return found

    def figure_of(self, reading: Any) -> Any:
        """Take one figure out of a reading that has a value."""
        for step in self.figure:
            reading = reading[step]
        return reading


RUNES = Question(
    "xverse",
    "XVERSE",
    V2,
    f"""query ($maxAge: Int) {{ account(address: "{RUNES_HOLDER}") {{
        runes(maxAge: $maxAge, filter: {{ids: ["1:0"]}}) {{
            {READING} totalCount nodes {{ rune {{ id }} amount {{ atomic }} }} edges {{ cursor }}
        }} }} }}""",
    ("account", "runes"),
    ("nodes", 0, "amount", "atomic"),
)
TOKEN_ACCOUNT_BY_ADDRESS = Question(
    "solana",
    "SOLANA_RPC",
    "getMultipleAccounts",
    f"""query ($maxAge: Int) {{ tokenAccount(address: "{TOKEN_ACCOUNT}", maxAge: $maxAge) {{
        {READING} amount {{ atomic }} uiAmount token {{ mint }} owner {{ address }} state isNative
    }} }}""",
    ("tokenAccount",),
    ("amount", "atomic"),
)
TOKEN_ACCOUNTS_BY_OWNER = Question(
    "solana",
    "SOLANA_RPC",
    "getTokenAccountsByOwner",
    f"""query ($maxAge: Int) {{ account(address: "{OWNER}") {{
        tokenAccounts(maxAge: $maxAge) {{
            {READING} totalCount nodes {{ address amount {{ atomic }} }} edges {{ cursor }}
        }} }} }}""",
    ("account", "tokenAccounts"),
    ("nodes", 0, "amount", "atomic"),
)
TOKENS = Question(
    "bloxroute",
    "BLOXROUTE",
    BALANCE,
    f"""query ($maxAge: Int) {{ account(address: "{OWNER}") {{
        tokens(maxAge: $maxAge, filter: {{symbols: ["sol"]}}) {{
            {READING} totalCount nodes {{ token {{ mint }} settled {{ display }} }} edges {{ cursor }}
        }} }} }}""",
    ("account", "tokens"),
    ("nodes", 0, "settled", "display"),
)
EXCHANGE_WALLETS = Question(
    "sfox",
    "SFOX",
    WALLETS,
    f"""query ($maxAge: Int) {{
        exchangeWallets(maxAge: $maxAge, currencies: ["btc"]) {{
            {READING} totalCount nodes {{ balance {{ display }} }} edges {{ cursor }}
        }} }}""",
    ("exchangeWallets",),
    ("nodes", 0, "balance", "display"),
)
QUESTIONS = (RUNES, TOKEN_ACCOUNT_BY_ADDRESS, TOKEN_ACCOUNTS_BY_OWNER, TOKENS, EXCHANGE_WALLETS)
