"""The one place where everything meets: it knows which providers exist, and opens what lives as long as the process."""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
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
from gateway.domain.exchange import Credential, Exchange, Fingerprints
from gateway.domain.network import Networks
from gateway.domain.provider import Provider
from gateway.domain.sources import Source, Terms
from gateway.loaders.loaders import Questions
from gateway.providers import CallTerms, Registration, bloxroute, sfox, solana, xverse
from gateway.readings.flight import Flights
from gateway.readings.health import Health
from gateway.readings.memory import BoundedMemory
from gateway.readings.name import Names
from gateway.readings.plane import Plane
from gateway.readings.readings import Readings
from gateway.readings.shelf import Shelf, open_shelf
from gateway.readings.store import Store
from gateway.readings.tally import Tally
from gateway.readings.turn import Turns
from gateway.replicas.pulse import Circuits, Pulse
from gateway.schema.limits import RequestLimits
from gateway.server.allowances import Allowances
from gateway.server.callers import Callers, KnownCaller
from gateway.server.exposure import Exposure
from gateway.server.page import PageSettings
from gateway.server.parts import Parts
from gateway.server.server import create_server
from gateway.server.signing_keys import SigningKeys
from gateway.server.tokens import Tokens, TokenTerms
from gateway.upstream.budget import Budget
from gateway.upstream.host import Hosts
from gateway.upstream.jwks import read_keys
from gateway.upstream.metrics import Metrics
from gateway.upstream.secret import Secret
from gateway.upstream.sharing import Sharing, open_storage
from gateway.upstream.upstream import Rules, Upstream, open_session

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
# Seconds that an issuer has to tell its keys: a request may be waiting for them.
_KEYS_TIMEOUT = 3
_USER_AGENT = f"balance-gateway/{__version__}"


def read_settings(environ: Mapping[str, str], config: Path | None = None) -> Settings:
    """Read the settings of the gateway and of every provider; raises `BadSettings`."""
    return Settings.read({each.name: each.settings for each in PROVIDERS}, environ, config)


@dataclass(frozen=True, slots=True)
class Opened:
    """The providers while they are open: what they serve, and the way to each."""

    sources: Mapping[Provider, Sequence[Source[Any, Any]]]
    upstreams: Mapping[Provider, Upstream]


@dataclass(frozen=True, slots=True)
class SharedStore:
    """What the replicas of this gateway share, while it is open."""

    sharing: Sharing
    shelf: Shelf


class StoreMissing(Exception):
    """The store that the operator requires does not answer; the message says why."""


@asynccontextmanager
async def open_store(settings: Settings, clock: Clock, *, joins: bool = True) -> AsyncIterator[SharedStore | None]:
    """Open the store that replicas share, where the settings name one, as one of them or as an onlooker.

    A replica looks for it as long as it is open. Raises `StoreMissing` where it is required and not there.
    """
    address = settings.cache.address()
    if address is None:
        yield None
        return
    shelf = open_shelf(address, settings.cache.keep_for, clock)
    link = shelf.link
    pulse = Pulse(link, clock.monotonic)
    try:
        found = await (pulse.beat() if joins else pulse.listen())
        if not found and settings.cache.required:
            raise StoreMissing(f"the store at GATEWAY_CACHE__URL is required, and cannot be asked: {link.reason}")
        async with pulse.beating() if joins else nullcontext():
            yield SharedStore(Sharing(link, pulse, open_storage(link)), shelf)
    finally:
        await link.close()


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
        for each in PROVIDERS:
            session = await stack.enter_async_context(open_session(connections=_CONNECTIONS, user_agent=_USER_AGENT))

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

            sources[each.provider] = each.sources(settings.section(each.name, each.settings), open_upstream)
        yield Opened(sources, upstreams)


def serving(found: Mapping[Provider, Sequence[Source[Any, Any]]], capability: Any) -> Source[Any, Any]:
    """Find the first source that serves a capability: a provider names those it has by inheriting them."""
    # Protocols compare by shape, and all of these have one shape: only inheritance tells them apart.
    return next(each for group in found.values() for each in group if capability in type(each).__mro__)


def create_app(settings: Settings, *, clock: Clock | None = None, page: PageSettings | None = None) -> Starlette:
    """Build an app that opens its providers when it starts; any number may live side by side in one process.

    Raises `BadManifest` for trusted documents that will not do.
    """
    limits = settings.limits
    clock = clock or SystemClock()
    fingerprints = fingerprints_of(settings)
    callers = create_callers(settings, clock, fingerprints)
    exposure = Exposure.of(
        production=settings.production,
        introspection=settings.introspection,
        trusted_documents=settings.trusted_documents,
    )

    @asynccontextmanager
    async def open_parts() -> AsyncIterator[Parts]:
        async with aclosing(callers), _open_parts(settings, limits, clock, fingerprints) as parts:
            yield parts

    return create_server(
        open_parts,
        callers,
        limits,
        page or PageSettings(),
        origins=settings.cors_origins,
        exposure=exposure,
        operations=settings.traffic.operations,
        stream_limits=settings.subscriptions,
    )


def fingerprints_of(settings: Settings) -> Fingerprints:
    """Give what names addresses and credentials; replicas that share a store give the same names."""
    secret = settings.cache.secret
    return Fingerprints(secret.get_secret_value() if secret else None)


@asynccontextmanager
async def _open_parts(
    settings: Settings, limits: RequestLimits, clock: Clock, fingerprints: Fingerprints
) -> AsyncIterator[Parts]:
    metrics = Metrics()
    async with (
        open_store(settings, clock) as shared,
        open_providers(settings, clock, metrics, fingerprints, shared) as opened,
    ):
        plane = Plane(
            names=Names(fingerprints),
            store=_readings_store(settings, clock, shared),
            flights=Flights(),
            health=Health(clock, configured(settings), opened.upstreams, metrics),
            tally=Tally(metrics),
            clock=clock,
            timeout=settings.request_timeout,
            turns=Turns(shared.sharing.link) if shared else None,
        )
        if shared is not None:
            shared.sharing.pulse.counts = plane.tally.news
        try:
            yield Parts(
                questions=_questions(opened.sources, plane),
                networks=_networks(settings),
                health=plane.health,
                clock=clock,
                limits=limits,
                timeout=settings.request_timeout,
                metrics=metrics,
                allowances=Allowances(MemoryStorage(), shared.sharing if shared else None),
            )
        finally:
            await plane.flights.close()


def _readings_store(settings: Settings, clock: Clock, shared: SharedStore | None) -> Store:
    memory = BoundedMemory(settings.cache.max_entries, clock)
    if shared is None:
        return Store(memory, settings.cache.keep_for)
    store = Store(memory, settings.cache.keep_for, shared.shelf)
    shared.sharing.pulse.on_dropped.append(store.drop)
    return store


async def terms_of(settings: Settings) -> Mapping[Any, Terms]:
    """Give the terms of each capability's source, without asking anyone."""
    fingerprints = fingerprints_of(settings)
    async with open_providers(settings, SystemClock(), Metrics(), fingerprints) as opened:
        return {each: serving(opened.sources, each).terms for each in CAPABILITIES}


def exchange_credentials(settings: Settings, fingerprints: Fingerprints) -> Mapping[str, Credential]:
    """Give the credential of each caller who has an account at the exchange, by the caller's name."""
    tokens = {name: each.sfox_token for name, each in settings.callers.items()}
    return _opened_by(tokens, fingerprints)


def account_credentials(settings: Settings, fingerprints: Fingerprints) -> Mapping[str, Credential]:
    """Give the credential of each exchange account that tokens may name, by the account's name."""
    tokens = {name: each.sfox_token for name, each in settings.exchange_accounts.items()}
    return _opened_by(tokens, fingerprints)


def _opened_by(tokens: Mapping[str, Secret | None], fingerprints: Fingerprints) -> Mapping[str, Credential]:
    return {name: fingerprints.credential(token.get_secret_value()) for name, token in tokens.items() if token}


def _questions(found: Mapping[Provider, Sequence[Source[Any, Any]]], plane: Plane) -> Questions:
    def readings(capability: Any) -> Readings[Any, Any]:
        return Readings(serving(found, capability), plane, sources.value_type(capability))

    return Questions(
        runes_by_address=readings(sources.RunesByAddress),
        inscriptions_by_address=readings(sources.InscriptionsByAddress),
        rune_by_id=readings(sources.RuneById),
        token_account_by_address=readings(sources.TokenAccountByAddress),
        token_accounts_by_owner=readings(sources.TokenAccountsByOwner),
        token_account_itself=readings(sources.TokenAccountItself),
        tokens_by_owner=readings(sources.TokensByOwner),
        wallets_by_credential=readings(sources.WalletsByCredential),
    )


def configured(settings: Settings) -> dict[Provider, bool]:
    """Say of each provider whether the settings hold what it needs to be asked."""
    found = {each.provider: each.configured(settings.section(each.name, each.settings)) for each in PROVIDERS}
    # Exchanges are asked with the callers' own tokens.
    found[Provider.SFOX] = bool(settings.exchange_accounts) or any(
        caller.sfox_token for caller in settings.callers.values()
    )
    return found


def _networks(settings: Settings) -> Networks:
    bitcoin = settings.section("xverse", xverse.Settings).network
    return Networks(bitcoin, settings.section("solana", solana.Settings).network)


def create_callers(settings: Settings, clock: Clock, fingerprints: Fingerprints) -> Callers:
    """Let in whom the settings name, each with its own account at an exchange."""
    own = exchange_credentials(settings, fingerprints)
    known = {}
    for name, each in settings.callers.items():
        allowance = each.budget if "budget" in each.model_fields_set else settings.caller_budget
        opens = MappingProxyType({Exchange.SFOX: own[name]} if name in own else {})
        known[name] = KnownCaller(Caller(name, each.scopes, opens, allowance), each.digests)
    anonymous = Caller(None, settings.anonymous_scopes, allowance=settings.anonymous_budget)
    accounts = {
        name: MappingProxyType({Exchange.SFOX: credential})
        for name, credential in account_credentials(settings, fingerprints).items()
    }
    return Callers(known, anonymous, _tokens(settings, clock, accounts))


def _tokens(settings: Settings, clock: Clock, accounts: Mapping[str, Mapping[Exchange, Credential]]) -> Tokens | None:
    jwt = settings.jwt
    if not (jwt.issuer and jwt.audience and jwt.jwks_url):
        return None
    terms = TokenTerms(jwt.issuer, jwt.audience, jwt.algorithms, jwt.leeway, jwt.account_claim)
    read = partial(read_keys, str(jwt.jwks_url), seconds=_KEYS_TIMEOUT, user_agent=_USER_AGENT)
    keys = SigningKeys(read, jwt.algorithms, clock, fresh_for=jwt.fresh_for, keep_for=jwt.keep_for)
    return Tokens(terms, keys, accounts, settings.caller_budget)
