"""The one place where everything meets: it knows which providers exist, and opens what lives as long as the process."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

from starlette.applications import Starlette

from gateway import __version__
from gateway.config import Settings
from gateway.domain import sources
from gateway.domain.caller import Caller
from gateway.domain.exchange import Credential, Exchange
from gateway.domain.network import Networks
from gateway.domain.provider import Provider
from gateway.domain.sources import Source
from gateway.loaders.loaders import Questions
from gateway.providers import Registration, bloxroute, sfox, solana, xverse
from gateway.readings.clock import Clock, SystemClock
from gateway.readings.flight import Flights
from gateway.readings.health import Health
from gateway.readings.memory import BoundedMemory
from gateway.readings.readings import Plane, Readings
from gateway.readings.store import Names, Store
from gateway.schema.limits import RequestLimits
from gateway.server.callers import Callers, KnownCaller
from gateway.server.page import PageSettings
from gateway.server.parts import Parts
from gateway.server.server import create_server
from gateway.upstream.upstream import Upstream, open_session

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


@asynccontextmanager
async def open_sources(settings: Settings) -> AsyncIterator[dict[Provider, Sequence[Source[Any, Any]]]]:
    """Open each provider's way to its host and make its sources; all are closed together."""
    async with AsyncExitStack() as stack:
        found: dict[Provider, Sequence[Source[Any, Any]]] = {}
        for each in PROVIDERS:
            session = await stack.enter_async_context(
                open_session(
                    timeout=settings.request_timeout,
                    connections=_CONNECTIONS,
                    user_agent=f"balance-gateway/{__version__}",
                )
            )

            def open_upstream(
                url: str, *, provider: Provider = each.provider, session: Any = session, **options: Any
            ) -> Upstream:
                return Upstream(provider, url, session, **options)

            found[each.provider] = each.sources(settings.section(each.name, each.settings), open_upstream)
        yield found


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

    return create_server(open_parts, _callers(settings), limits, page or PageSettings())


@asynccontextmanager
async def _open_parts(settings: Settings, limits: RequestLimits, clock: Clock) -> AsyncIterator[Parts]:
    async with open_sources(settings) as found:
        plane = Plane(
            store=Store(BoundedMemory(settings.cache.max_entries, clock), settings.cache.keep_for),
            names=Names(),
            flights=Flights(),
            health=Health(clock, configured(settings)),
            clock=clock,
            timeout=settings.request_timeout,
        )
        try:
            yield Parts(
                questions=_questions(found, plane),
                networks=_networks(settings),
                health=plane.health,
                clock=clock,
                limits=limits,
                timeout=settings.request_timeout,
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
    for name, caller in settings.callers.items():
        token = caller.sfox_token
        credentials = {Exchange.SFOX: Credential(token.get_secret_value())} if token else {}
        who = Caller(name, caller.scopes, MappingProxyType(credentials))
        known[name] = KnownCaller(who, caller.key_sha256)
    return Callers(known, settings.anonymous_scopes)
