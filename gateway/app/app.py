"""The one place where everything meets: it puts the floors together, and opens what lives as long as the process."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any

from limits.aio.storage import MemoryStorage
from starlette.applications import Starlette

from gateway.app.callers import create_callers
from gateway.app.providers import configured, open_providers, serving
from gateway.app.store import SharedStore, fingerprints_of, open_store
from gateway.config import Settings
from gateway.domain import sources
from gateway.domain.clock import Clock, SystemClock
from gateway.domain.exchange import Fingerprints
from gateway.domain.network import Networks
from gateway.domain.provider import Provider
from gateway.domain.sources import Feed, Source
from gateway.loaders.listening import Listening
from gateway.loaders.loaders import Questions
from gateway.providers import solana, xverse
from gateway.readings.flight import Flights
from gateway.readings.health import Health
from gateway.readings.live import Live
from gateway.readings.memory import BoundedMemory
from gateway.readings.name import Names
from gateway.readings.plane import Plane
from gateway.readings.post import Posts
from gateway.readings.readings import Readings
from gateway.readings.store import Store
from gateway.readings.tally import Tally
from gateway.readings.turn import Turns
from gateway.schema.limits import RequestLimits
from gateway.server.allowances import Allowances
from gateway.server.compiled import Runs
from gateway.server.exposure import Exposure
from gateway.server.lines import Write
from gateway.server.page import PageSettings
from gateway.server.parts import Parts
from gateway.server.server import create_server
from gateway.upstream.metrics import Metrics


def create_app(
    settings: Settings,
    *,
    clock: Clock | None = None,
    page: PageSettings | None = None,
    write_lines: Write | None = None,
) -> Starlette:
    """Build an app that opens its providers when it starts; any number may live side by side in one process.

    `write_lines` takes the log's lines of requests, as text and many at once; without it each is logged by itself.

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
        explains=settings.explain,
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
        write_lines=write_lines,
    )


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
            posts=Posts(shared.sharing.link if shared else None),
        )
        if shared is not None:
            shared.sharing.pulse.counts = plane.tally.news
        questions = _questions(opened.sources, plane)
        listening = _listening(questions, plane, opened.feeds)
        try:
            yield Parts(
                questions=questions,
                listening=listening,
                networks=_networks(settings),
                health=plane.health,
                clock=clock,
                limits=limits,
                timeout=settings.request_timeout,
                metrics=metrics,
                allowances=Allowances(MemoryStorage(), shared.sharing if shared else None),
                runs=Runs(metrics),
                version=plane.store.version,
            )
        finally:
            await listening.close()
            await plane.flights.close()


def _readings_store(settings: Settings, clock: Clock, shared: SharedStore | None) -> Store:
    memory = BoundedMemory(settings.cache.max_entries, clock)
    if shared is None:
        return Store(memory, settings.cache.keep_for)
    store = Store(memory, settings.cache.keep_for, shared.shelf)
    shared.sharing.pulse.on_dropped.append(store.drop)
    return store


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


def _listening(questions: Questions, plane: Plane, feeds: Sequence[Feed[Any, Any]]) -> Listening:
    """Let a question be listened to by its feed where there is one, and by asking where there is none."""

    def live(readings: Readings[Any, Any]) -> Live[Any, Any]:
        terms = readings.terms
        found = (
            each for each in feeds if (each.terms.provider, each.terms.capability) == (terms.provider, terms.capability)
        )
        return Live(readings, plane, next(found, None))

    return Listening(
        live(questions.runes_by_address),
        live(questions.token_account_by_address),
        live(questions.wallets_by_credential),
    )


def _networks(settings: Settings) -> Networks:
    bitcoin = settings.section("xverse", xverse.Settings).network
    return Networks(bitcoin, settings.section("solana", solana.Settings).network)
