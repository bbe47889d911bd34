"""With a canary in every setting and every provider failing in every way, no canary is seen by anybody."""

import asyncio
import logging
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.app import open_providers, read_settings
from gateway.config import BadSettings
from gateway.domain.exchange import Fingerprints
from gateway.sandbox import FAULTS, RPC_FAULTS, Sandbox, open_sandbox
from gateway.upstream.metrics import Metrics
from tests.chaos.clock import LeapingClock, leaping_clock
from tests.running import Gateway, serving
from tests.secrets.canaries import Canaries, canaries
from tests.secrets.enumeration import NAME, Kind, all_settings
from tests.secrets.questions import EVERYTHING, KEY, asked, effort, refused
from tests.secrets.witness import Witness

# Seconds that a call has: as long as it takes for a provider that hangs.
TIMEOUT = 0.3
MORE = {
    "GATEWAY_REQUEST_TIMEOUT": str(TIMEOUT),
    f"GATEWAY_CALLERS__{NAME.upper()}__SCOPES": '["balances:read", "exchange:read"]',
}
PROVIDERS = ("xverse", "solana", "bloxroute", "sfox")


@pytest.fixture
def clock() -> Iterator[LeapingClock]:
    """Give a clock on which penalties, pauses and budgets pass in no time."""
    with leaping_clock() as leaping:
        yield leaping


async def _ask(gateway: Gateway, witness: Witness) -> str:
    """Ask everything with the canary's key, and look at all that runs while it is answered."""

    async def asking() -> str:
        headers = {"Authorization": f"Bearer {KEY}"}
        async with gateway.http.post(f"{gateway.url}/graphql", json={"query": EVERYTHING}, headers=headers) as response:
            return await witness.response(response)

    task = asyncio.create_task(asking())
    while not task.done():
        witness.tasks()
        await asyncio.wait({task}, timeout=0.05)
    return await task


async def _ask_sources(made: Canaries, clock: LeapingClock, witness: Witness) -> None:
    """Ask each source by itself, for what it gives in place of an answer, or raises."""
    async with open_providers(read_settings({**made.environ, **MORE}), clock, Metrics(), Fingerprints()) as opened:
        told = await asyncio.gather(
            *(source.answers([key], effort(clock, TIMEOUT)) for source, key in asked(opened)), return_exceptions=True
        )
    for each in told:
        for result in [each] if isinstance(each, BaseException) else each:
            if isinstance(result, BaseException):
                witness.fault(result)


async def _drive(sandbox: Sandbox, made: Canaries, clock: LeapingClock, faults: list[str | None]) -> Witness:
    """Let every provider fail in each of some ways, and look at everything."""
    witness = Witness(made)
    with capture_logs() as lines:
        async with serving(sandbox, clock=clock, **made.environ, **MORE) as gateway:
            for fault in faults:
                for provider in PROVIDERS if fault in FAULTS else ("solana",) if fault else ():
                    await gateway.fail(provider, str(fault))
                await asyncio.gather(_ask(gateway, witness), _ask_sources(made, clock, witness))
                for provider in PROVIDERS:
                    await gateway.control(provider, reset=True)
                clock.leap(400)
            async for response in refused(gateway.http, gateway.url):
                await witness.response(response)
            witness.objects()
        witness.lines(lines)
    return witness


def _assert_hidden(witness: Witness, caplog: pytest.LogCaptureFixture) -> None:
    for record in caplog.records:
        witness.look("log", f"{record.getMessage()} {record.args!r} {record.exc_text}")
    assert witness.seen == []


async def test_no_canary_is_seen_though_every_provider_fails_in_every_way(
    clock: LeapingClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with open_sandbox(limits=False) as sandbox:
        made = canaries(sandbox, believed=True)
        witness = await _drive(sandbox, made, clock, [None, *FAULTS, *RPC_FAULTS])
    _assert_hidden(witness, caplog)
    # It has looked, and at troubles of each provider.
    assert witness.looked["exception"] > 3 * len(FAULTS)
    assert set(witness.looked) == {"response", "log", "exception", "task", "repr", "key"}


async def test_no_canary_is_seen_though_no_provider_believes_them(
    clock: LeapingClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with open_sandbox(limits=False) as sandbox:
        made = canaries(sandbox)
        witness = await _drive(sandbox, made, clock, [None])
    _assert_hidden(witness, caplog)


async def test_no_canary_is_seen_though_nobody_is_there(clock: LeapingClock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with open_sandbox(limits=False) as sandbox:
        witness = await _drive(sandbox, canaries(), clock, [None])
    _assert_hidden(witness, caplog)


async def test_no_canary_is_seen_though_calls_crash(clock: LeapingClock, caplog: pytest.LogCaptureFixture) -> None:
    """No host can have a name that is so long, and nobody foresaw one."""
    caplog.set_level(logging.DEBUG)
    async with open_sandbox(limits=False) as sandbox:
        made = canaries(sandbox, believed=True)
        for setting in all_settings():
            provider = setting.name.removeprefix("GATEWAY_").removesuffix("__URL").lower()
            if setting.kind is Kind.URL and provider in PROVIDERS:
                (canary,) = made.by_name[setting.name]
                made.place(setting.name, f"http://{'a' * 64}.example/?api-key={canary}", canary)
        witness = await _drive(sandbox, made, clock, [None])
    _assert_hidden(witness, caplog)


def _refusal(environ: Mapping[str, str]) -> str:
    try:
        read_settings(environ)
    except BadSettings as refusal:
        return f"{refusal} {refusal!r} {refusal.lines}"
    return ""


@pytest.mark.parametrize("setting", [each for each in all_settings() if each.kind is not Kind.HARMLESS])
def test_a_setting_that_will_not_do_is_refused_without_its_value(setting: Any) -> None:
    canary = "canary-in-a-bad-value"
    for bad in (
        f"{canary}\n{canary}",
        f"ftp://user:{canary}@host",
        f"http://{canary}:x",
        f"\x00{canary}ß",
        f"{{{canary}",
    ):
        made = canaries()
        made.environ[setting.name] = bad
        assert canary not in _refusal(made.environ)
