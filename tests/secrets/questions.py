"""What is asked of every provider, and requests that are wrong in every way there is."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import aiohttp

from gateway.app import Opened, serving
from gateway.domain import sources
from gateway.domain.address import Address
from gateway.domain.clock import Clock, Deadline
from gateway.domain.exchange import Fingerprints
from gateway.domain.sources import Effort
from gateway.domain.token import AccountKey, Commitment
from gateway.sandbox import credentials
from gateway.sandbox.addresses import OWNER, RUNES_HOLDER, SANDBOX_ALPHA_COIN
from tests.secrets.canaries import KEY_SECRET
from tests.secrets.enumeration import NAME

TOKEN_ACCOUNT = "Ao7Gmmo61F91H7sxUSNAr9aMT2sGAyY7H8S1LZErczyK"
KEY = f"{NAME}.{KEY_SECRET}"
PROBLEM = "outcome problem { code message provider reference retryAfter }"
EVERYTHING = f"""{{
  bitcoin: account(address: "{RUNES_HOLDER}") {{
    runes(maxAge: 0) {{ {PROBLEM} nodes {{ rune {{ id name inscriptionId }} amount {{ display }} }} }}
  }}
  solana: account(address: "{OWNER}") {{
    tokenAccounts(maxAge: 0) {{ {PROBLEM} provenance {{ operation }} }}
    tokens(maxAge: 0) {{ {PROBLEM} provenance {{ operation }} }}
  }}
  tokenAccount(address: "{TOKEN_ACCOUNT}", maxAge: 0) {{ {PROBLEM} }}
  rune(id: "{SANDBOX_ALPHA_COIN}") {{ id name }}
  exchangeWallets(maxAge: 0) {{ {PROBLEM} nodes {{ balance {{ display }} }} }}
  providers {{ provider configured circuit }}
}}"""
_JSON = {"Content-Type": "application/json"}
_LIMITS = b'{"query": "{ limits { maxDepth } }"}'
# Headers, method, path and body of requests that are refused, the canary's key in each that can hold it.
REFUSED: Sequence[tuple[dict[str, str], str, str, bytes | None]] = [
    ({**_JSON, "Authorization": f"Bearer {KEY}x"}, "POST", "/graphql", _LIMITS),
    ({**_JSON, "Authorization": f"Basic {KEY}"}, "POST", "/graphql", _LIMITS),
    ({**_JSON, "Authorization": f"Bearer {KEY_SECRET}"}, "POST", "/graphql", _LIMITS),
    ({**_JSON, "Authorization": KEY}, "POST", "/graphql", _LIMITS),
    ({**_JSON, "Authorization": f"Bearer {KEY}", "X-Request-Timeout": "x"}, "POST", "/graphql", _LIMITS),
    *(
        ({**_JSON, "Authorization": f"Bearer {KEY}"}, method, path, body)
        for method, path, body in (
            ("POST", "/graphql", b"{"),
            ("POST", "/graphql", b"[]"),
            ("POST", "/graphql", b"\xff"),
            ("POST", "/graphql", b"[" * 10_000),
            ("POST", "/graphql", b'{"query": 5}'),
            ("POST", "/graphql", b'{"query": "{"}'),
            ("POST", "/graphql", b'{"query": "{ nothing }"}'),
            ("POST", "/graphql", b'{"query": "{ account(address: 5) { id } }"}'),
            ("POST", "/graphql", b'{"query": "query ($a: Address!) { account(address: $a) { id } }"}'),
            ("POST", "/graphql", b'{"query": "{ rune(id: \\"x\\") { id } }"}'),
            ("POST", "/graphql", b'{"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "x"}}}'),
            ("POST", "/graphql", b'{"query": "{ _entities(representations: [5, {}]) { __typename } }"}'),
            ("POST", "/graphql", b"x" * 300_000),
            ("PUT", "/graphql", _LIMITS),
            ("GET", "/graphql", None),
            ("GET", "/nothing", None),
            ("GET", "/healthz", None),
            ("GET", "/metrics", None),
            ("GET", "/graphiql/settings.json", None),
        )
    ),
]


async def refused(http: aiohttp.ClientSession, url: str) -> AsyncIterator[aiohttp.ClientResponse]:
    """Send each of the requests that are refused, and some that are answered without a provider."""
    for headers, method, path, body in REFUSED:
        async with http.request(method, f"{url}{path}", data=body, headers=headers) as response:
            yield response


def asked(opened: Opened) -> list[tuple[Any, Any]]:
    """Give every source with a key to ask it for."""
    holder, owner, account = (Address.parse(text) for text in (RUNES_HOLDER, OWNER, TOKEN_ACCOUNT))
    keys = {
        sources.RunesByAddress: holder,
        sources.InscriptionsByAddress: holder,
        sources.RuneById: SANDBOX_ALPHA_COIN,
        sources.TokenAccountByAddress: AccountKey(account, Commitment.FINALIZED),
        sources.TokenAccountsByOwner: AccountKey(owner, Commitment.FINALIZED),
        sources.TokensByOwner: owner,
        sources.WalletsByCredential: Fingerprints().credential(credentials.SFOX_TOKEN),
    }
    return [(serving(opened.sources, capability), key) for capability, key in keys.items()]


def effort(clock: Clock, seconds: float) -> Effort:
    return Effort(Deadline.after(clock, seconds), may_wait=False)
