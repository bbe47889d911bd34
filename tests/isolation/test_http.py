"""Callers of a gateway, or of two over one store, who ask all at once, for their own entities and each other's."""

import asyncio
import base64
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from gateway.sandbox import open_sandbox
from tests.chaos.clock import LeapingClock, leaping_clock
from tests.running import DEMO_KEY, OTHER_KEY, Gateway, running_gateway, serving
from tests.stores.process import StoreProcess

KEYS = (DEMO_KEY, OTHER_KEY)
NAMES = ("demo", "other")
FIGURES: Sequence[Mapping[str, str]] = (
    {"BTC": "1", "ETH": "0.00000001", "LTC": "0.25161318", "USD": "100", "USDC": "140.55"},
    {"BTC": "1.50000001", "SOL": "7.25"},
)
WALLET = "id currency { code } balance { display }"
QUERY = f"""query ($of: [_Any!]!, $age: Int) {{
    exchangeWallets(maxAge: $age) {{ outcome problem {{ code }} nodes {{ {WALLET} }} }}
    _entities(representations: $of) {{ ... on ExchangeWallet {{ {WALLET} }} }}
}}"""


def wallet_id(name: str, currency: str) -> str:
    return base64.urlsafe_b64encode(f"SFOX\n{name}\n{currency}".encode()).decode().rstrip("=")


IDS = [wallet_id(name, currency) for name, figures in zip(NAMES, FIGURES, strict=True) for currency in figures]


@dataclass(frozen=True)
class Asking:
    """One caller's request, of whichever gateway: its list, and entities of whomever."""

    who: int
    at: int
    age: int | None
    ids: list[str]


@dataclass(frozen=True)
class Moment:
    """What befalls the exchange, how much time goes by, and who then asks at once."""

    fault: str | None
    leap: int
    askings: list[Asking]


askings = st.builds(
    Asking,
    st.sampled_from([0, 1]),
    st.sampled_from([0, 1]),
    st.sampled_from([None, 0, 60]),
    st.lists(st.sampled_from(IDS), max_size=4),
)
faults = st.sampled_from([None, None, None, "503", "429", "401"])
moments = st.builds(Moment, faults, st.sampled_from([0, 2, 3, 11, 61]), st.lists(askings, min_size=1, max_size=6))
stories = st.lists(moments, min_size=1, max_size=6)


async def _ask(gateway: Gateway, asking: Asking) -> None:
    """Ask, and look at every figure that comes back."""
    of = [{"__typename": "ExchangeWallet", "id": id_} for id_ in asking.ids]
    answer = await gateway.ask(QUERY, {"of": of, "age": asking.age}, key=KEYS[asking.who])
    assert answer.headers["Cache-Control"] == "private, no-store"
    own, name = FIGURES[asking.who], NAMES[asking.who]
    reading = answer.body["data"]["exchangeWallets"]
    if reading["outcome"] in ("FRESH", "STALE"):
        assert {node["currency"]["code"]: node["balance"]["display"] for node in reading["nodes"]} == own
    else:
        assert (reading["outcome"], reading["nodes"]) == ("UNAVAILABLE", None)
    wallets = [*(reading["nodes"] or ()), *filter(None, answer.body["data"]["_entities"])]
    for wallet in wallets:
        assert wallet["id"] == wallet_id(name, wallet["currency"]["code"])
        assert wallet["balance"]["display"] == own[wallet["currency"]["code"]]
    for id_, entity in zip(asking.ids, answer.body["data"]["_entities"], strict=True):
        assert entity is None or entity["id"] == id_
    assert set(answer.codes if "errors" in answer.body else ()) <= {
        "RATE_LIMITED",
        "UNAVAILABLE",
        "UPSTREAM_UNAUTHENTICATED",
    }


async def _play(story: Sequence[Moment], gateways: Sequence[Gateway], clock: LeapingClock) -> None:
    # What a story before this one left behind is old, and no penalty is on.
    clock.leap(200)
    for moment in story:
        clock.leap(moment.leap)
        if moment.fault is not None:
            await gateways[0].fail("sfox", moment.fault, 2)
        await asyncio.gather(*(_ask(gateways[each.at % len(gateways)], each) for each in moment.askings))
    await gateways[0].control("sfox", reset=True)


@contextmanager
def _opened(count: int, **environ: str) -> Iterator[tuple[asyncio.Runner, list[Gateway], LeapingClock]]:
    """Give gateways over one sandbox, and the loop that they run in."""
    with capture_logs(), leaping_clock() as clock, asyncio.Runner() as runner:
        stack = AsyncExitStack()

        async def start() -> list[Gateway]:
            sandbox = await stack.enter_async_context(open_sandbox(limits=False))
            # Nobody waits for a budget that is spent: an older figure, or none, is told at once.
            more = {"GATEWAY_REQUEST_TIMEOUT": "0.5", **environ}
            return [await stack.enter_async_context(serving(sandbox, clock=clock, **more)) for _ in range(count)]

        try:
            yield runner, runner.run(start()), clock
        finally:
            runner.run(stack.aclose())


def _holds(examples: int, count: int, **environ: str) -> None:
    with _opened(count, **environ) as (runner, gateways, clock):

        @settings(max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(stories)
        def law(story: Sequence[Moment]) -> None:
            runner.run(_play(story, gateways, clock))

        law()


def test_no_caller_of_one_gateway_ever_sees_anothers_figures() -> None:
    _holds(60, 1)


def test_no_caller_of_two_gateways_over_one_store_ever_sees_anothers_figures(store: StoreProcess) -> None:
    _holds(30, 2, GATEWAY_CACHE__URL=store.url, GATEWAY_CACHE__SECRET="a-secret-that-both-gateways-keep")


@pytest.mark.parametrize("who", [0, 1], ids=NAMES)
async def test_anothers_wallet_is_nothing_even_where_one_has_the_same_currency(who: int) -> None:
    async with running_gateway() as gateway:
        for key in KEYS:
            await gateway.ask("{ exchangeWallets { outcome } }", key=key)
        ids = [wallet_id(name, "BTC") for name in NAMES]
        of = [{"__typename": "ExchangeWallet", "id": id_} for id_ in ids]
        answer = await gateway.ask(QUERY, {"of": of}, key=KEYS[who])
        assert answer.headers["Cache-Control"] == "private, no-store"
        found: Any = answer.data["_entities"]
        assert found[1 - who] is None
        assert (found[who]["id"], found[who]["balance"]["display"]) == (ids[who], FIGURES[who]["BTC"])
