"""A bounded, replayable storm over everything at once: set `CHAOS_SEED` to the one that a failure names."""

import asyncio
import gc
import logging
import os
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from random import Random
from typing import Any, Final

import msgspec
import pytest
import structlog
from structlog.testing import capture_logs

from gateway.sandbox import open_sandbox
from tests.chaos.clock import LeapingClock, leaping_clock
from tests.chaos.question import Heard, Question, ask, draw, everything
from tests.chaos.secrecy import told_secrets
from tests.chaos.turnstile import Turnstile, most_within, open_turnstile
from tests.chaos.verdict import Verdict
from tests.chaos.weather import PROVIDERS, Weather
from tests.chaos.world import MARKS, World
from tests.running import Gateway, serving

_ROUNDS: Final = 30
_CALLERS: Final = 10
_EACH_ASKS: Final = 10
_TIMEOUT: Final = 0.3
# Two hosts where the gateway knows how to use them.
_HOSTS: Final = {"xverse": 1, "solana": 2, "bloxroute": 2, "sfox": 1}
_CREDITS: Final = 40
# Questions after which every fault that was planned has struck, and every pause has passed.
_LONGEST_CLEARING: Final = 100


class Storm:
    """A gateway among providers in bad weather, and those who ask it all the while."""

    def __init__(self, gateway: Gateway, clock: LeapingClock, doors: dict[str, list[Turnstile]], seed: str) -> None:
        self.gateway = gateway
        self.doors = doors
        self.world = World(gateway.sandbox, Random(f"{seed} world"))
        self.heard: list[Heard] = []
        # Calls that went on when the gateway was down.
        self.flying_on = 0
        self._weather = Weather(gateway, Random(f"{seed} weather"))
        self._clock = clock
        self._seed = seed

    @property
    def urls(self) -> list[str]:
        return [*self.gateway.sandbox.urls.values(), *(door.url for doors in self.doors.values() for door in doors)]

    async def rage(self) -> None:
        """Let callers ask, in rounds; between rounds the clock leaps, so that penalties and pauses pass."""
        # Nobody is well at first, when there is nothing older to show.
        for provider in PROVIDERS:
            await self.gateway.fail(provider, "500", 4)
        for number in range(_ROUNDS):
            random = Random(f"{self._seed} round {number}")
            await asyncio.gather(*(self._caller(Random(f"{self._seed} {number} {each}")) for each in range(_CALLERS)))
            await flights_landed()
            self._clock.leap(random.choice((1, 3, 6, 12, 31, 61)))
            await self._weather.clear(random.choice(PROVIDERS))

    async def clear_up(self) -> None:
        """Let no new weather begin, and callers ask on until every provider is well: they all come back."""
        random = Random(f"{self._seed} clearing")
        for provider in PROVIDERS:
            await self._weather.clear(provider)
        for _ in range(_LONGEST_CLEARING):
            self._clock.leap(121)
            if await self._ask_everything(random) == {"FRESH"}:
                return
        raise AssertionError("the providers are well, and still not every figure is fresh")

    async def fall_out(self) -> None:
        """Let every provider fail once its figures are known: they are shown as what they are."""
        for provider in PROVIDERS:
            await self.gateway.fail(provider, "500", 20)
        self._clock.leap(121)
        await self._ask_everything(Random(f"{self._seed} clearing"))
        await flights_landed()

    async def _ask_everything(self, random: Random) -> set[str]:
        """Ask all providers at once, note what is heard, and give the outcomes of what every caller relies on."""
        heard = await ask(self.gateway, self._clock, everything(random))
        assert heard is not None
        self.heard.append(heard)
        data = msgspec.json.decode(heard.body)["data"]
        await flights_landed()
        lists = (*(each["runes"] for each in data["accounts"]), data["account"]["tokenAccounts"])
        return {each["outcome"] for each in (*lists, data["trader"]["tokens"], data["exchangeWallets"])}

    async def leave_in_the_middle(self) -> None:
        """Ask providers that hang, and take the gateway's word for it long before their calls are over."""
        for provider in PROVIDERS:
            await self.gateway.fail(provider, "hang", 50)
        questions = [draw(Random(f"{self._seed} last {each}")) for each in range(_CALLERS)]
        hasty = [Question(each.text, each.variables, each.key, patience="0.05") for each in questions]
        await asyncio.gather(*(ask(self.gateway, self._clock, each) for each in hasty))

    async def _caller(self, random: Random) -> None:
        for _ in range(_EACH_ASKS):
            if random.random() < 0.2:
                await self._weather.change()
            if random.random() < 0.3:
                self.world.change()
            heard = await ask(self.gateway, self._clock, draw(random))
            if heard is not None:
                self.heard.append(heard)


@contextmanager
def _replayable() -> Iterator[str]:
    """Give the seed that was asked for, or another; a failure names it."""
    seed = os.environ.get("CHAOS_SEED") or str(Random().randrange(10**9))
    try:
        yield seed
    except Exception as failure:
        failure.add_note(f"To see the same storm again: CHAOS_SEED={seed}")
        raise


def _flights() -> set["asyncio.Task[Any]"]:
    return {task for task in asyncio.all_tasks() if "Flights._fly" in repr(task.get_coro())}


async def flights_landed() -> None:
    """Wait for calls that go on after those who wanted them have left."""
    while flights := _flights():
        await asyncio.wait(flights)


@asynccontextmanager
async def _storm(clock: LeapingClock, seed: str) -> AsyncIterator[Storm]:
    """Open everything; at the end every connection of the gateway to a provider must close by itself."""
    async with AsyncExitStack() as stack:
        # The vendors' own limiters are off: sFOX's counts by address here, and what passes the turnstiles is counted.
        sandbox = await stack.enter_async_context(open_sandbox(limits=False, seed=7))
        doors = {
            provider: [await stack.enter_async_context(open_turnstile(sandbox.urls[provider])) for _ in range(hosts)]
            for provider, hosts in _HOSTS.items()
        }
        urls = {f"GATEWAY_{name.upper()}__URL": ",".join(each.url for each in doors[name]) for name in doors}
        settings = {
            "GATEWAY_REQUEST_TIMEOUT": str(_TIMEOUT),
            "GATEWAY_BLOXROUTE__BUDGET": f"{_CREDITS}/minute",
            "GATEWAY_XVERSE__BUDGET": "60/second",
            # The storm is about providers: a caller may ask for everything at once.
            "GATEWAY_LIMITS__MAX_COST": "1000000",
        }
        async with serving(sandbox, clock=clock, **urls, **settings) as gateway:
            yield (storm := Storm(gateway, clock, doors, seed))
        storm.flying_on = len(_flights())
        async with asyncio.timeout(10):
            await asyncio.gather(*(door.left() for each in doors.values() for door in each))


def _overruns(doors: dict[str, list[Turnstile]]) -> list[str]:
    """Count what passed the turnstiles; a call may arrive up to its own time limit after it was paid for."""
    found = []
    for token in MARKS:
        times = [each.at for each in doors["sfox"][0].passages if each.credential == f"Bearer {token}"]
        if (most := most_within(times, 10 - _TIMEOUT)) > 5:
            found.append(f"sFOX was asked {most} times in 10 seconds for one account")
    minutes: dict[int, int] = {}
    for passage in (each for door in doors["bloxroute"] for each in door.passages):
        if passage.at % 60 > _TIMEOUT:
            minutes[int(passage.at // 60)] = minutes.get(int(passage.at // 60), 0) + 1
    found += [f"bloXroute was asked {calls} times in one minute" for calls in minutes.values() if calls > _CREDITS]
    return found


def _log_complaints(lines: Iterable[structlog.typing.EventDict], urls: list[str], wanted: set[str]) -> list[str]:
    found = []
    references = set()
    for line in lines:
        references.add(line.get("reference"))
        found += [f"the log tells {secret!r}: {line['event']}" for secret in told_secrets(repr(line).encode(), urls)]
        if line["log_level"] in ("error", "critical"):
            found.append(f"the log has {line}")
    return found + [f"no line in the log has the reference {each}" for each in wanted - references]


async def test_every_answer_in_a_storm_of_faults_is_true_or_says_that_it_is_not_known(
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = asyncio.all_tasks()
    with (
        _replayable() as seed,
        leaping_clock() as clock,
        capture_logs() as lines,
        caplog.at_level(logging.WARNING),
    ):
        async with _storm(clock, seed) as storm:
            await storm.rage()
            await storm.clear_up()
            await storm.fall_out()
            verdict = Verdict(storm.gateway.sandbox, storm.world.history, storm.urls, timeout=_TIMEOUT)
            for heard in storm.heard:
                verdict.judge(heard)
            verdict.judge_order()
            await storm.leave_in_the_middle()
        # What was left open says so when it is thrown away, and any warning is an error.
        gc.collect()
        complaints = verdict.complaints + _overruns(storm.doors)
        complaints += _log_complaints(lines, storm.urls, verdict.references)
        complaints += [f"a library complains: {logging.Formatter().format(record)}" for record in caplog.records]
        complaints += [f"a task is left: {task}" for task in asyncio.all_tasks() - before]
        complaints += [f"{storm.flying_on} calls went on after the gateway was down"] * bool(storm.flying_on)
        assert not complaints, f"{len(complaints)} complaints, such as:\n" + "\n".join(complaints[:10])
        # The storm was one: everything that can come out of a provider has.
        providers = ("XVERSE", "SOLANA_RPC", "BLOXROUTE", "SFOX")
        expected = [f"{provider} {outcome}" for provider in providers for outcome in ("FRESH", "STALE", "UNAVAILABLE")]
        codes = ("TIMEOUT", "RATE_LIMITED", "UNAVAILABLE", "REJECTED", "PROTOCOL", "UPSTREAM_UNAUTHENTICATED")
        expected += ["SOLANA_RPC ABSENT", *(f"problem {code}" for code in codes)]
        missing = [each for each in expected if not verdict.seen[each]]
        assert not missing, f"never seen: {missing}"
