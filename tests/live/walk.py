"""One random walk: each step does something to the providers, or to those who ask and listen."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from random import Random
from typing import Any, Final

import msgspec

from gateway.sandbox.books.solana import MOST_BEHIND
from tests.live.fault import FAULTS, MODES, WELL
from tests.live.listener import Listener, listening_to
from tests.live.road import Road
from tests.live.witness import Witness
from tests.live.world import Subject, World
from tests.running import Gateway

_MOST_LISTENERS: Final = 12
_MOST_PLANNED: Final = 5
# Seconds, all of them skipped, after which whatever was going to come right has: a ban and the waits after it.
_PATIENCE: Final = 1800
# Seconds after which nothing that is kept is repeated.
_KEPT: Final = 15


class Walk:
    """One random walk: each step does something to the providers, or to those who ask and listen."""

    def __init__(self, gateway: Gateway, roads: dict[str, Road], random: Random) -> None:
        self.witness = Witness()
        self.world = World(gateway, random)
        self.asked = 0
        self._gateway = gateway
        self._roads = roads
        self._random = random
        self._listeners: list[tuple[Listener, AsyncExitStack]] = []
        self._began = 0
        self._focus = self.world.subjects[-1]
        self._asking: set[asyncio.Task[None]] = set()

    def _subject(self) -> Subject:
        """Choose one, and mostly the same for a while: what happens close together is what goes wrong."""
        if self._random.random() < 0.08:
            self._focus = self._random.choice(self.world.subjects)
        return self._focus if self._random.random() < 0.6 else self._random.choice(self.world.subjects)

    async def step(self) -> None:
        rules: dict[Callable[[], Awaitable[None]], int] = {
            self._change: 10,
            self._let_slots_pass: 5,
            self._ask: 8,
            self._fail: 4,
            self._begin_to_listen: 3,
            self._stop_listening: 1,
            self._slow_down: 3,
            self._cut: 2,
            self._close_for_a_while: 1,
            self._change_mode: 1,
            self._wait_long: 1,
            self._overtake: 4,
        }
        (rule,) = self._random.choices(list(rules), list(rules.values()))
        await rule()
        await asyncio.sleep(self._random.choice((0, 0, 0.1, 0.5, 2)))

    async def come_right(self) -> None:
        """End all that is wrong, and wait until everyone was told what is true."""
        await self._be_well()
        async with asyncio.timeout(_PATIENCE):
            while await self._planned():
                await self._use_up()
        await self.world.let_slots_pass(MOST_BEHIND)
        try:
            async with asyncio.timeout(_PATIENCE):
                while self._misled():  # noqa: ASYNC110 - no event says that all have heard
                    await asyncio.sleep(1)
        except TimeoutError:
            self.witness.complaints += [f"lost: {each}" for each in self._misled()]
        await self._all_is_answered()

    async def end(self) -> None:
        await asyncio.gather(*self._asking)
        for _, stack in self._listeners:
            await stack.aclose()

    def _misled(self) -> list[str]:
        """Name who has not heard what is true."""
        return [
            f"{each.name} of {each.subject.name} heard {each.last}, true is {each.subject.course[-1]}"
            for each, _ in self._listeners
            if each.last is None or not self.world.is_true(each.subject, each.last)
        ]

    async def _all_is_answered(self) -> None:
        """Whoever asks now is shown what everyone has heard, once what is kept has had its time."""
        await asyncio.sleep(_KEPT)
        for subject in self.world.subjects:
            for max_age in (None, 0):
                async with asyncio.timeout(_PATIENCE):
                    await self._answer(subject, max_age)
                shown = self.witness.seen[-1].shown
                is_shown = shown.state == subject.course[-1][1] and shown.outcome != "UNAVAILABLE"
                if not (is_shown or shown.problem == "RATE_LIMITED"):
                    self.witness.complaints.append(f"asked {subject.name} in the end: {shown}")

    async def _change(self) -> None:
        for _ in range(self._random.choice((1, 1, 1, 2, 3))):
            await self.world.change(self._subject())

    async def _let_slots_pass(self) -> None:
        await self.world.let_slots_pass(self._random.choice((1, 2, 5, MOST_BEHIND)))

    async def _ask(self) -> None:
        """Ask, and go on without the answer."""
        for _ in range(self._random.choice((1, 2, 4))):
            self._begin_to_ask(self._subject(), self._random.choice((None, 0, 0)))

    def _begin_to_ask(self, subject: Subject, max_age: int | None) -> None:
        task = asyncio.create_task(self._answer(subject, max_age))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def _answer(self, subject: Subject, max_age: int | None) -> None:
        self.asked += 1
        name, asked = f"caller {self.asked} ({max_age})", len(self.witness.seen)
        answer = await self._gateway.ask(subject.query(max_age), key=subject.key)
        if answer.status != 200 or "errors" in answer.body:
            self.witness.complaints.append(f"{name} of {subject.name}: {answer.status} {answer.body}")
            return
        self.witness.answered(name, subject, subject.shown(answer.data), asked)

    async def _fail(self) -> None:
        provider, route, faults = self._random.choice(FAULTS)
        if len(await self._planned()) < _MOST_PLANNED:
            fault = self._random.choice(faults)
            # Whoever is banned is kept out for two minutes.
            times = 1 if fault == "feed-ban" else self._random.choice((1, 1, 2, 4))
            await self._gateway.control(provider, fail={"fault": fault, "times": times, "route": route})

    async def _begin_to_listen(self) -> None:
        if len(self._listeners) < _MOST_LISTENERS:
            await self.listen(self._subject())

    async def listen(self, subject: Subject) -> None:
        self._began += 1
        stack = AsyncExitStack()
        listening = listening_to(self._gateway, subject, f"listener {self._began}", self.witness)
        self._listeners.append((await stack.enter_async_context(listening), stack))

    async def _stop_listening(self) -> None:
        if self._listeners:
            _, stack = self._listeners.pop(self._random.randrange(len(self._listeners)))
            await stack.aclose()

    async def _slow_down(self) -> None:
        self._random.choice(list(self._roads.values())).delay = self._random.choice((0, 0, 0.2, 1.5, 4, 8))

    async def _cut(self) -> None:
        self._random.choice(list(self._roads.values())).cut()

    async def _close_for_a_while(self) -> None:
        road = self._random.choice(list(self._roads.values()))
        road.close()
        asyncio.get_running_loop().call_later(self._random.choice((3, 20, 70)), road.open)

    async def _change_mode(self) -> None:
        provider, mode, choices = self._random.choice(MODES)
        await self._gateway.control(provider, mode={mode: self._random.choice(choices)})

    async def _wait_long(self) -> None:
        await asyncio.sleep(self._random.choice((7, 20, 65)))

    async def _overtake(self) -> None:
        """Let a change and its event overtake an answer that is on its way, and ask once more."""
        subject = self._subject()
        road = self._roads[subject.provider]
        road.delay = self._random.choice((0.5, 1.5, 3))
        self._begin_to_ask(subject, 0)
        await asyncio.sleep(0.1)
        await self.world.change(subject)
        await self.world.let_slots_pass(MOST_BEHIND)
        for _ in range(6):
            await asyncio.sleep(road.delay / 4)
            self._begin_to_ask(subject, None)

    async def _be_well(self) -> None:
        for road in self._roads.values():
            road.delay = 0
            road.open()
        for provider, modes in WELL.items():
            await self._gateway.control(provider, mode=modes)

    async def _planned(self) -> list[Any]:
        found: list[Any] = []
        for provider in WELL:
            async with self._gateway.http.get(f"{self._gateway.sandbox.urls[provider]}/_sandbox") as response:
                found += msgspec.json.decode(await response.read())["faults"]
        return found

    async def _use_up(self) -> None:
        """Do whatever a fault may be waiting for."""
        for subject in self.world.subjects:
            await self.world.change(subject)
            await self._answer(subject, 0)
        await self.world.let_slots_pass(MOST_BEHIND)
        if self._random.random() < 0.2:
            for name in ("sfox feed", "solana feed"):
                self._roads[name].cut()
        await asyncio.sleep(self._random.choice((1, 10, 30)))
