"""Solana JSON-RPC: token accounts by their own address and by their owner, exact.

Errors come inside HTTP 200, and one code means many things: only the message tells "could not find account" (nothing
there) from the other -32602 answers; -32005 is "node behind" to the node's authors and "too many requests" to some
vendors. `getMultipleAccounts` answers up to 100 keys from one slot, with null for what does not exist; where a node
refuses it, `getTokenAccountBalance` is asked in a JSON-RPC batch and, where batches are off, key by key: the amounts
are the same, but mint, owner and state are then unknown. `uiAmount` is a float and is never read; `uiAmountString`
may be "inf" or empty, and differs from amount over ten to the decimals for mints with interest or a multiplier.
Vendors take the key raw in `Authorization` or as `?api_key=`.

`accountSubscribe` tells each change of an account over a WebSocket, and nothing at the beginning; it does not name the
account, and a notification may get lost. A node's own WebSockets are one port above its calls, a vendor's where the
vendor says: the gateway is told where, and does not guess.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Self

from pydantic import BaseModel, Field, HttpUrl, WebsocketUrl, model_validator

from gateway.domain.address import Address
from gateway.domain.clock import SystemClock
from gateway.domain.network import SolanaNetwork
from gateway.domain.provider import Provider
from gateway.domain.sources import Feed, Source
from gateway.domain.token import AccountKey, Commitment
from gateway.providers import (
    Budgeted,
    CallTerms,
    OpenSockets,
    OpenUpstream,
    Registration,
    Urls,
    WebsocketUrls,
    holds_credential,
)
from gateway.providers.solana.by_address import SolanaTokenAccounts
from gateway.providers.solana.by_owner import SolanaOwnedAccounts
from gateway.providers.solana.feed import SolanaAccountFeed
from gateway.providers.solana.follower import OPERATION
from gateway.providers.solana.itself import SolanaTokenAccountItself
from gateway.providers.solana.node import Node, is_full
from gateway.upstream.limit import Limit
from gateway.upstream.pubsub import Pubsub, Refusals
from gateway.upstream.retry import RetryPolicy
from gateway.upstream.secret import Secret
from gateway.upstream.websocket import SocketTerms

# Seconds from which on a Retry-After counts as not told, as in the node's own client.
_TOO_LONG = 120
# Sockets of one gateway, a hundred accounts on each: public nodes take forty of one address, whose replicas share it.
# The snapshots of so many accounts take 17 of the 40 calls that a node has in ten seconds by default.
_SOCKETS = 10
_PONG_WITHIN = 10.0
# The vendor's documentation names no account: this one need not exist, for that it does not is an answer too.
_EXAMPLE = "Ao7Gmmo61F91H7sxUSNAr9aMT2sGAyY7H8S1LZErczyK"


class Auth(StrEnum):
    """Where a vendor wants its key."""

    HEADER = "header"
    QUERY = "query"
    NONE = "none"


class Settings(BaseModel, extra="forbid"):
    """How the gateway asks Solana."""

    url: Urls = Field(
        (HttpUrl("https://public.rpc.solanavibestation.com"),), repr=False, description="nodes to ask, best first"
    )
    ws_url: WebsocketUrls = Field(
        (),
        repr=False,
        description="where WebSockets are taken, wss://…, best first; without it balances are asked for over and over",
    )
    api_key: Secret | None = Field(None, description="the vendor's key; public endpoints need none")
    auth: Auth | None = Field(None, description="header, query or none; by default header where there is a key")
    network: SolanaNetwork = Field(SolanaNetwork.MAINNET, description="mainnet, devnet or testnet")
    fresh_for: float = Field(5, ge=0, description="seconds for which finalized balances may be repeated")
    budget: Budgeted = Field(Limit(40, 10), description="calls of each node in a time; none sets no limit")

    @model_validator(mode="after")
    def _key_and_auth_agree(self) -> Self:
        if self.auth in (Auth.HEADER, Auth.QUERY) and not self.api_key:
            raise ValueError(f"auth is {self.auth}, which wants an api_key; give one, or set auth to none")
        feeds = [WebsocketUrl(url.get_secret_value()) for url in self.ws_url]
        for name, urls in (("url", self.url), ("ws_url", feeds)):
            if self._auth is Auth.HEADER and holds_credential(urls):
                raise ValueError(
                    f"{name} holds a name or a password, which would take the place of api_key in the header"
                )
        return self

    @property
    def headers(self) -> dict[str, str]:
        """The key as a header, where the vendor wants it there."""
        return {"Authorization": self._key} if self._auth is Auth.HEADER else {}

    @property
    def query(self) -> dict[str, str]:
        """The key as a parameter, likewise."""
        return {"api_key": self._key} if self._auth is Auth.QUERY else {}

    @property
    def _key(self) -> str:
        return self.api_key.get_secret_value() if self.api_key else ""

    @property
    def _auth(self) -> Auth:
        return self.auth or (Auth.HEADER if self._key else Auth.NONE)


def _open_node(settings: Settings, open_upstream: OpenUpstream) -> Node:
    # Nodes of several vendors each count for themselves.
    retry = RetryPolicy(5, first_wait=0.5, told=lambda seconds: seconds if seconds < _TOO_LONG else None)
    terms = CallTerms(retry, settings.budget, lambda step, _: 0.5 * 2.0 ** min(step, 6), budget_by_host=True)
    urls = [str(url) for url in settings.url]
    return Node(open_upstream(urls, terms, headers=settings.headers, query=settings.query))


def _sources(settings: Settings, open_upstream: OpenUpstream) -> Sequence[Source[Any, Any]]:
    node = _open_node(settings, open_upstream)
    terms_of = (settings.network, settings.fresh_for)
    accounts = SolanaTokenAccounts(node, *terms_of)
    return accounts, SolanaOwnedAccounts(node, *terms_of), SolanaTokenAccountItself(accounts)


def _feeds(
    settings: Settings,
    sources: Sequence[Source[Any, Any]],
    open_sockets: OpenSockets,
) -> Sequence[Feed[Any, Any]]:
    if not settings.ws_url:
        return ()
    (accounts,) = (each for each in sources if isinstance(each, SolanaTokenAccounts))
    # What is said over a socket is not counted, and a host that refuses one is left for a while by the pubsub.
    terms = SocketTerms(OPERATION, limit=None, penalty=None, connections=_SOCKETS, pong_within=_PONG_WITHIN)
    sockets = open_sockets(terms, headers=settings.headers, query=settings.query)
    urls = [url.get_secret_value() for url in settings.ws_url]
    pubsub = Pubsub(sockets, urls, Refusals(accounts.solana.error, is_full))
    return (SolanaAccountFeed(accounts, accounts.solana, pubsub, SystemClock()),)


REGISTRATION = Registration(
    name="solana",
    provider=Provider.SOLANA_RPC,
    settings=Settings,
    sources=_sources,
    configured=lambda _: True,
    example=lambda _: AccountKey(Address.parse(_EXAMPLE), Commitment.FINALIZED),
    feeds=_feeds,
)
