"""`X-Max-Age` says what age a caller accepts, and `Age` and `Cache-Control` what age the answer has."""

from collections.abc import Mapping

import pytest

from gateway.sandbox.addresses import NEVER_CREATED, RUNES_HOLDER, TOKEN_ACCOUNT
from tests.readings.clock import StandingClock
from tests.running import DEMO_KEY, Gateway, running_gateway

_ACCOUNT = f'tokenAccount(address: "{TOKEN_ACCOUNT}") {{ outcome provenance {{ servedFrom age }} }}'
_RUNES = f'account(address: "{RUNES_HOLDER}") {{ runes {{ outcome provenance {{ age }} }} }}'


async def _headers(
    gateway: Gateway, query: str, *, key: str | None = None, max_age: str | None = None
) -> tuple[int, Mapping[str, str]]:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    if max_age is not None:
        headers["X-Max-Age"] = max_age
    async with gateway.http.post(f"{gateway.url}/graphql", json={"query": query}, headers=headers) as response:
        return response.status, response.headers


async def test_an_answer_tells_its_oldest_figures_age_and_what_is_left_of_the_first_to_go() -> None:
    clock = StandingClock()
    async with running_gateway(clock=clock) as gateway:
        _, now = await _headers(gateway, f"{{ {_RUNES} }}")
        assert (now["Age"], now["Cache-Control"]) == ("0", "max-age=10")
        clock.advance(3)
        # The runes have 7 of their 10 seconds left, the account, read just now, all of its 5.
        _, both = await _headers(gateway, f"{{ {_RUNES} {_ACCOUNT} }}")
        assert (both["Age"], both["Cache-Control"]) == ("3", "max-age=8")


async def test_an_answer_with_an_exchange_figure_is_private_and_never_kept() -> None:
    async with running_gateway() as gateway:
        _, headers = await _headers(gateway, f"{{ {_ACCOUNT} exchangeWallets {{ outcome }} }}", key=DEMO_KEY)
        assert headers["Cache-Control"] == "private, no-store"
        assert "Age" not in headers


@pytest.mark.parametrize(
    "query", ["{ limits { maxCost } }", "{ __typename }", "{ providers { provider } }", "{ nope }"]
)
async def test_an_answer_without_a_figure_is_not_kept(query: str) -> None:
    async with running_gateway() as gateway:
        _, headers = await _headers(gateway, query)
        assert headers["Cache-Control"] == "no-store"


async def test_an_answer_with_trouble_in_it_is_not_kept() -> None:
    clock = StandingClock()
    async with running_gateway(clock=clock) as gateway:
        await _headers(gateway, f"{{ {_ACCOUNT} }}")
        clock.advance(60)
        await gateway.fail("solana", "401", 1)
        _, headers = await _headers(gateway, f"{{ {_ACCOUNT} {_RUNES} }}")
        assert headers["Cache-Control"] == "no-store"


async def test_that_nothing_is_there_holds_for_two_seconds() -> None:
    async with running_gateway(clock=StandingClock()) as gateway:
        _, headers = await _headers(gateway, f'{{ tokenAccount(address: "{NEVER_CREATED}") {{ outcome }} }}')
        assert (headers["Age"], headers["Cache-Control"]) == ("0", "max-age=2")


async def test_x_max_age_stands_in_for_the_default_and_gives_way_to_the_argument() -> None:
    clock = StandingClock()
    async with running_gateway(clock=clock) as gateway:
        await _headers(gateway, f"{{ {_ACCOUNT} }}")
        clock.advance(40)
        _, older = await _headers(gateway, f"{{ {_ACCOUNT} }}", max_age="100")
        assert (older["Age"], older["Cache-Control"]) == ("40", "max-age=100")
        assert gateway.calls("solana", "getMultipleAccounts") == 1
        _, stricter = await _headers(gateway, f"{{ {_ACCOUNT.replace(')', ', maxAge: 0)')} }}", max_age="100")
        assert stricter["Age"] == "0"
        assert gateway.calls("solana", "getMultipleAccounts") == 2
        await _headers(gateway, f"{{ {_ACCOUNT} }}", max_age="0")
        assert gateway.calls("solana", "getMultipleAccounts") == 3


async def test_a_cache_between_knows_what_an_answer_depends_on() -> None:
    async with running_gateway() as gateway:
        _, headers = await _headers(gateway, f"{{ {_ACCOUNT} }}")
        assert {"accept", "authorization", "x-max-age"} <= {each.strip().lower() for each in headers["Vary"].split(",")}


@pytest.mark.parametrize("wrong", ["-1", "1.5", "soon", "", "1e3", "9999999999"])
async def test_an_x_max_age_that_is_no_age_is_refused(wrong: str) -> None:
    async with running_gateway() as gateway:
        status, _ = await _headers(gateway, f"{{ {_ACCOUNT} }}", max_age=wrong)
        assert status == 400
        assert not gateway.calls("solana", "getMultipleAccounts")
