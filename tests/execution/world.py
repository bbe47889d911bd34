"""A gateway's own floors over sources of fate, without a socket: everything that a request's context needs."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from gateway.domain.exchange import Fingerprints
from gateway.domain.network import BitcoinNetwork, Networks, SolanaNetwork
from gateway.domain.provider import Provider
from gateway.domain.reading import PositionKind
from gateway.loaders.listening import Listening
from gateway.loaders.loaders import Questions
from gateway.readings.flight import Flights
from gateway.readings.health import Health
from gateway.readings.live import Live
from gateway.readings.memory import BoundedMemory
from gateway.readings.name import Names
from gateway.readings.plane import Plane
from gateway.readings.readings import Readings
from gateway.readings.store import Store
from gateway.readings.tally import Tally
from gateway.schema.limits import RequestLimits
from gateway.server.compiled import Runs
from gateway.server.parts import Parts
from gateway.upstream.circuit import CircuitState
from gateway.upstream.metrics import Metrics
from gateway.upstream.upstream import State
from tests.execution import figures
from tests.execution.source import Fate, FatedSource, Value, terms
from tests.readings.clock import StandingClock

KEEP_FOR: Final = 3600.0
_SOLANA, _XVERSE = Provider.SOLANA_RPC, Provider.XVERSE
_SLOT, _HEIGHT = PositionKind.SLOT, PositionKind.BLOCK_HEIGHT


def sources() -> dict[str, FatedSource]:
    """Give one source for each question, by its name."""
    fates: dict[str, Mapping[Any, Fate]] = {
        "holders": {place: fate for fate, place in figures.HOLDERS.items()},
        "owners": {place: fate for fate, place in figures.OWNERS.items()},
        "accounts": {place: fate for fate, place in figures.ACCOUNTS.items()},
        "credentials": {credential: fate for fate, credential in figures.CREDENTIALS.items()},
    }
    made: dict[str, tuple[Provider, Mapping[Any, Fate], Value, PositionKind | None]] = {
        "runes_by_address": (_XVERSE, fates["holders"], figures.runes, _HEIGHT),
        "inscriptions_by_address": (_XVERSE, fates["holders"], figures.inscriptions, _HEIGHT),
        "rune_by_id": (_XVERSE, figures.RUNE_IDS, figures.rune, None),
        "token_account_by_address": (_SOLANA, fates["accounts"], figures.token_account, _SLOT),
        "token_accounts_by_owner": (_SOLANA, fates["owners"], figures.token_accounts, _SLOT),
        "token_account_itself": (_SOLANA, fates["accounts"], figures.itself, _SLOT),
        "tokens_by_owner": (Provider.BLOXROUTE, fates["owners"], figures.tokens, None),
        "wallets_by_credential": (Provider.SFOX, fates["credentials"], figures.wallets, None),
    }
    return {
        name: FatedSource(terms(provider, name), fated, value, position)
        for name, (provider, fated, value, position) in made.items()
    }


class _Calm:
    """Stands in for an upstream, of which only the state is asked: there is no network to be well or unwell."""

    async def state(self, payer: str | None = "") -> State:  # noqa: ARG002 - it is the same for all
        return State(CircuitState.CLOSED, None)


class World:
    """Sources, readings of them, and the parts of a server; two with one clock live through the same."""

    limits: ClassVar[RequestLimits] = RequestLimits()

    def __init__(self, clock: StandingClock, *, max_entries: int = 10_000) -> None:
        self.clock = clock
        self.sources = sources()
        metrics = Metrics()
        upstreams: Any = {provider: _Calm() for provider in Provider}
        self.memory = BoundedMemory(max_entries, clock)
        self.plane = Plane(
            Names(Fingerprints("0" * 32)),
            Store(self.memory, KEEP_FOR),
            Flights(),
            Health(
                clock, dict.fromkeys((_XVERSE, _SOLANA, Provider.BLOXROUTE, Provider.SFOX), True), upstreams, metrics
            ),
            Tally(metrics),
            clock,
            timeout=5,
        )
        self.readings: dict[str, Readings[Any, Any]] = {
            name: Readings(source, self.plane, object) for name, source in self.sources.items()
        }
        self.runs = Runs(metrics)
        self.parts = Parts(
            questions=Questions(**self.readings),
            listening=Listening(*(Live(self.readings[name], self.plane) for name in Listening.__slots__)),
            networks=Networks(BitcoinNetwork.MAINNET, SolanaNetwork.MAINNET),
            health=self.plane.health,
            clock=clock,
            limits=self.limits,
            timeout=5,
            metrics=metrics,
            runs=self.runs,
            version=self.plane.store.version,
        )

    @property
    def asked(self) -> dict[str, Counter[Any]]:
        """How often each key was asked for, by question."""
        return {name: Counter(source.asked) for name, source in self.sources.items()}

    async def landed(self) -> None:
        """Wait until nothing is read behind a response any longer."""
        while self.plane.flights:  # noqa: ASYNC110 - whatever lands, nobody tells
            await asyncio.sleep(0)
