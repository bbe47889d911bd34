"""The providers: which exist, and how the way to each is opened."""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from limits.aio.storage import MemoryStorage

from gateway import __version__
from gateway.app.store import SharedStore, fingerprints_of
from gateway.config import Settings
from gateway.domain import sources
from gateway.domain.clock import Clock, SystemClock
from gateway.domain.exchange import Fingerprints
from gateway.domain.provider import Provider
from gateway.domain.sources import Feed, Source, Terms
from gateway.providers import CallTerms, Registration, bloxroute, sfox, solana, xverse
from gateway.replicas.pulse import Circuits
from gateway.upstream.budget import Budget
from gateway.upstream.host import Hosts
from gateway.upstream.metrics import Metrics
from gateway.upstream.session import open_session
from gateway.upstream.upstream import Rules, Upstream
from gateway.upstream.websocket import Sockets, SocketTerms

# A provider is one file and one line here.
PROVIDERS: tuple[Registration[Any], ...] = (
    xverse.REGISTRATION,
    solana.REGISTRATION,
    bloxroute.REGISTRATION,
    sfox.REGISTRATION,
)
CAPABILITIES: tuple[Any, ...] = (
    sources.RunesByAddress,
    sources.InscriptionsByAddress,
    sources.RuneById,
    sources.TokenAccountByAddress,
    sources.TokenAccountsByOwner,
    sources.TokenAccountItself,
    sources.TokensByOwner,
    sources.WalletsByCredential,
)
# Connections to one provider; the default of aiohttp throttles wide fan-out at a hundred.
_CONNECTIONS = 200
USER_AGENT = f"balance-gateway/{__version__}"


def read_settings(environ: Mapping[str, str], config: Path | None = None) -> Settings:
    """Read the settings of the gateway and of every provider; raises `BadSettings`."""
    return Settings.read({each.name: each.settings for each in PROVIDERS}, environ, config)


@dataclass(frozen=True, slots=True)
class Opened:
    """The providers while they are open: what they serve, and the way to each."""

    sources: Mapping[Provider, Sequence[Source[Any, Any]]]
    upstreams: Mapping[Provider, Upstream]
    feeds: Sequence[Feed[Any, Any]] = ()


@asynccontextmanager
async def open_providers(
    settings: Settings,
    clock: Clock,
    metrics: Metrics,
    fingerprints: Fingerprints,
    shared: SharedStore | None = None,
) -> AsyncIterator[Opened]:
    """Open the way to each provider's hosts and make its sources; all are closed together."""
    storage = MemoryStorage()
    sharing = shared.sharing if shared else None
    async with AsyncExitStack() as stack:
        sources: dict[Provider, Sequence[Source[Any, Any]]] = {}
        upstreams: dict[Provider, Upstream] = {}
        feeds: list[Feed[Any, Any]] = []
        for each in PROVIDERS:
            session = await stack.enter_async_context(open_session(connections=_CONNECTIONS, user_agent=USER_AGENT))

            def open_upstream(
                urls: Sequence[str],
                terms: CallTerms,
                *,
                provider: Provider = each.provider,
                session: Any = session,
                **options: Any,
            ) -> Upstream:
                # The windows are counted by the wall clock, whatever clock ages are told by.
                budget = Budget(
                    terms.limit, terms.penalty, storage=storage, time=time.time, name=provider, sharing=sharing
                )
                rules = Rules(terms.retry, budget, terms.budget_by_host)
                hosts = Hosts(urls, clock.monotonic, lambda url: f"{provider}:{fingerprints.of('host', url)}")
                upstream = Upstream(provider, hosts, session, rules, metrics, **options)
                upstreams[provider] = upstream
                if sharing is not None:
                    sharing.pulse.circuits.append(Circuits(hosts.opened, hosts.heed))
                return upstream

            def open_sockets(
                terms: SocketTerms, *, provider: Provider = each.provider, session: Any = session, **options: Any
            ) -> Sockets:
                budget = terms.penalty and Budget(
                    terms.limit,
                    terms.penalty,
                    storage=storage,
                    time=time.time,
                    name=f"{provider}:feed",
                    sharing=sharing,
                )
                return Sockets(provider, session, terms, budget, metrics, monotonic=clock.monotonic, **options)

            section = settings.section(each.name, each.settings)
            sources[each.provider] = each.sources(section, open_upstream)
            feeds += each.feeds(section, sources[each.provider], open_sockets)
        yield Opened(sources, upstreams, feeds)


def serving(found: Mapping[Provider, Sequence[Source[Any, Any]]], capability: Any) -> Source[Any, Any]:
    """Find the first source that serves a capability: a provider names those it has by inheriting them."""
    # Protocols compare by shape, and all of these have one shape: only inheritance tells them apart.
    return next(each for group in found.values() for each in group if capability in type(each).__mro__)


async def terms_of(settings: Settings) -> Mapping[Any, Terms]:
    """Give the terms of each capability's source, without asking anyone."""
    fingerprints = fingerprints_of(settings)
    async with open_providers(settings, SystemClock(), Metrics(), fingerprints) as opened:
        return {each: serving(opened.sources, each).terms for each in CAPABILITIES}


def configured(settings: Settings) -> dict[Provider, bool]:
    """Say of each provider whether the settings hold what it needs to be asked."""
    found = {each.provider: each.configured(settings.section(each.name, each.settings)) for each in PROVIDERS}
    # Exchanges are asked with the callers' own tokens.
    found[Provider.SFOX] = bool(settings.exchange_accounts) or any(
        caller.sfox_token for caller in settings.callers.values()
    )
    return found
