"""The one place where everything meets: it knows which providers exist, and opens what lives as long as the process."""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from limits.aio.storage import MemoryStorage
from starlette.applications import Starlette

from gateway import __version__
from gateway.config import Settings
from gateway.domain import sources
from gateway.domain.caller import Caller
from gateway.domain.clock import Clock, SystemClock
from gateway.domain.exchange import Exchange, Fingerprints
from gateway.domain.network import Networks
from gateway.domain.provider import Provider
from gateway.domain.sources import Source
from gateway.loaders.loaders import Questions
from gateway.providers import CallTerms, Registration, bloxroute, sfox, solana, xverse
from gateway.readings.flight import Flights
from gateway.readings.health import Health
from gateway.readings.memory import BoundedMemory
from gateway.readings.readings import Plane, Readings
from gateway.readings.store import Store
from gateway.schema.limits import RequestLimits
from gateway.server.callers import Callers, KnownCaller
from gateway.server.page import PageSettings
from gateway.server.parts import Parts
from gateway.server.server import create_server
from gateway.upstream.budget import Budget
from gateway.upstream.host import Hosts
from gateway.upstream.metrics import Metrics
from gateway.upstream.upstream import Rules, Upstream, open_session

# A provider is one file and one line here.
PROVIDERS: tuple[Registration[Any], ...] = (
    xverse.REGISTRATION,
    solana.REGISTRATION,
    bloxroute.REGISTRATION,
    sfox.REGISTRATION,
)
# Connections to one provider; the default of aiohttp throttles wide fan-out at a hundred.
_CONNECTIONS = 200


def read_settings(environ: Mapping[str, str], config: Path | None = None) -> Settings:
    """Read the settings of the gateway and of every provider; raises `BadSettings`."""
    return Settings.read({each.name: each.settings for each in PROVIDERS}, environ, config)


@dataclass(frozen=True, slots=True)
class Opened:
    """The providers while they are open: what they serve, and the way to each."""

    sources: Mapping[Provider, Sequence[Source[Any, Any]]]
    upstreams: Mapping[Provider, Upstream]


@asynccontextmanager
async def open_providers(settings: Settings, clock: Clock, metrics: Metrics) -> AsyncIterator[Opened]:
    """Open the way to each provider's hosts and make its sources; all are closed together."""
    storage = MemoryStorage()
    async with AsyncExitStack() as stack:
        sources: dict[Provider, Sequence[Source[Any, Any]]] = {}
        upstreams: dict[Provider, Upstream] = {}
        for each in PROVIDERS:
            session = await stack.enter_async_context(
                open_session(connections=_CONNECTIONS, user_agent=f"balance-gateway/{__version__}")
            )

            def open_upstream(
                urls: Sequence[str],
                terms: CallTerms,
                *,
                provider: Provider = each.provider,
                session: Any = session,
                **options: Any,
            ) -> Upstream:
                # The windows are counted by the wall clock, whatever clock ages are told by.
                budget = Budget(terms.limit, terms.penalty, storage=storage, time=time.time, name=provider)
                rules = Rules(terms.retry, budget, terms.budget_by_host)
                upstream = Upstream(provider, Hosts(urls, clock.monotonic), session, rules, metrics, **options)
                upstreams[provider] = upstream
                return upstream

            sources[each.provider] = each.sources(settings.section(each.name, each.settings), open_upstream)
        yield Opened(sources, upstreams)


def serving(found: Mapping[Provider, Sequence[Source[Any, Any]]], capability: Any) -> Source[Any, Any]:
    """Find the first source that serves a capability: a provider names those it has by inheriting them."""
    # Protocols compare by shape, and all of these have one shape: only inheritance tells them apart.
    return next(each for group in found.values() for each in group if capability in type(each).__mro__)


def create_app(settings: Settings, *, clock: Clock | None = None, page: PageSettings | None = None) -> Starlette:
    """Build an app that opens its providers when it starts; any number may live side by side in one process."""
    limits = RequestLimits()

    @asynccontextmanager
    async def open_parts() -> AsyncIterator[Parts]:
        async with _open_parts(settings, limits, clock or SystemClock()) as parts:
            yield parts

    return create_server(open_parts, _callers(settings), limits, page or PageSettings(), settings.traffic.operations)


@asynccontextmanager
async def _open_parts(settings: Settings, limits: RequestLimits, clock: Clock) -> AsyncIterator[Parts]:
    metrics = Metrics()
    async with open_providers(settings, clock, metrics) as opened:
        plane = Plane(
            store=Store(BoundedMemory(settings.cache.max_entries, clock), settings.cache.keep_for),
            flights=Flights(),
            health=Health(clock, configured(settings), opened.upstreams, metrics),
            clock=clock,
            timeout=settings.request_timeout,
        )
        try:
            yield Parts(
                questions=_questions(opened.sources, plane),
                networks=_networks(settings),
                health=plane.health,
                clock=clock,
                limits=limits,
                timeout=settings.request_timeout,
                metrics=metrics,
            )
        finally:
            await plane.flights.close()


def _questions(found: Mapping[Provider, Sequence[Source[Any, Any]]], plane: Plane) -> Questions:
    return Questions(
        runes_by_address=Readings(serving(found, sources.RunesByAddress), plane),
        inscriptions_by_address=Readings(serving(found, sources.InscriptionsByAddress), plane),
        rune_by_id=Readings(serving(found, sources.RuneById), plane),
        token_account_by_address=Readings(serving(found, sources.TokenAccountByAddress), plane),
        token_accounts_by_owner=Readings(serving(found, sources.TokenAccountsByOwner), plane),
        tokens_by_owner=Readings(serving(found, sources.TokensByOwner), plane),
        wallets_by_credential=Readings(serving(found, sources.WalletsByCredential), plane),
    )


def configured(settings: Settings) -> dict[Provider, bool]:
    """Say of each provider whether the settings hold what it needs to be asked."""
    found = {each.provider: each.configured(settings.section(each.name, each.settings)) for each in PROVIDERS}
    # Exchanges are asked with the callers' own tokens.
    found[Provider.SFOX] = any(caller.sfox_token for caller in settings.callers.values())
    return found


def _networks(settings: Settings) -> Networks:
    bitcoin = settings.section("xverse", xverse.Settings).network
    return Networks(bitcoin, settings.section("solana", solana.Settings).network)


def _callers(settings: Settings) -> Callers:
    known = {}
    fingerprints = Fingerprints()
    for name, caller in settings.callers.items():
        token = caller.sfox_token
        credentials = {Exchange.SFOX: fingerprints.credential(token.get_secret_value())} if token else {}
        who = Caller(name, caller.scopes, MappingProxyType(credentials))
        known[name] = KnownCaller(who, caller.key_sha256)
    return Callers(known, settings.anonymous_scopes)
