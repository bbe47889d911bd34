"""The gateway's own sources, opened as the app opens them, over a server of recorded answers."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

from gateway.app import PROVIDERS, read_settings, serving
from gateway.domain.clock import Deadline, SystemClock
from gateway.domain.problem import UpstreamError
from gateway.domain.reading import Absent, Answer
from gateway.domain.sources import Effort, Source, Terms
from gateway.upstream.session import open_session
from tests.providers.recorded import Recorded, Script, serve_recorded
from tests.upstream.opening import opening_once

# Whatever repeats this has told a secret.
SECRET = "canary-credential"

Settled: TypeAlias = Answer[Any] | Absent | UpstreamError


@dataclass(frozen=True, slots=True)
class OpenSource:
    """A source that is asked within so many seconds."""

    source: Source[Any, Any]
    seconds: float

    @property
    def terms(self) -> Terms:
        return self.source.terms

    async def answers(self, keys: Sequence[Any]) -> Sequence[Settled]:
        return await self.source.answers(keys, Effort(Deadline.after(SystemClock(), self.seconds)))


@asynccontextmanager
async def open_source(url: str, capability: Any, **environ: str | None) -> AsyncIterator[OpenSource]:
    """Open the source of a capability with every provider at one URL; None takes a setting away.

    It is asked once and never again: when and how often it is, is the plane's own matter.
    """
    given = {
        "GATEWAY_XVERSE__URL": url,
        "GATEWAY_XVERSE__API_KEY": SECRET,
        "GATEWAY_SOLANA__URL": url,
        "GATEWAY_SOLANA__API_KEY": SECRET,
        "GATEWAY_BLOXROUTE__URL": url,
        "GATEWAY_BLOXROUTE__AUTHORIZATION": SECRET,
        "GATEWAY_SFOX__URL": url,
        **environ,
    }
    settings = read_settings({name: value for name, value in given.items() if value is not None})
    async with open_session(connections=10, user_agent="tests/1") as session:
        made = {}
        for each in PROVIDERS:
            opening = opening_once(each.provider, session)
            made[each.provider] = each.sources(settings.section(each.name, each.settings), opening)
        yield OpenSource(serving(made, capability), settings.request_timeout)


@asynccontextmanager
async def open_asking(
    capability: Any, script: Script, **environ: str | None
) -> AsyncIterator[tuple[OpenSource, Recorded]]:
    """Open a source together with the server it asks."""
    async with serve_recorded(script) as recorded, open_source(recorded.url, capability, **environ) as source:
        yield source, recorded


async def settle(source: OpenSource, keys: Sequence[Any]) -> Sequence[Settled]:
    """Ask, and give one result for each key; an error raised for all of them stands for each."""
    try:
        results = await source.answers(keys)
    except UpstreamError as error:
        return [error] * len(keys)
    assert len(results) == len(keys)
    return results


async def ask(capability: Any, key: Any, script: Script, **environ: str | None) -> Settled:
    """Ask for one key."""
    async with open_asking(capability, script, **environ) as (source, _):
        (result,) = await settle(source, [key])
        return result


async def value_of(capability: Any, key: Any, script: Script, **environ: str | None) -> Any:
    """Ask for one key that there must be an answer for."""
    result = await ask(capability, key, script, **environ)
    assert isinstance(result, Answer), result
    return result.value


async def problem_of(capability: Any, key: Any, script: Script, **environ: str | None) -> UpstreamError:
    """Ask for one key that there must be no answer for."""
    result = await ask(capability, key, script, **environ)
    assert isinstance(result, UpstreamError), result
    return result
