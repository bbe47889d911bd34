"""A newcomer's path: GraphiQL in a real browser, play pressed on every tab, figures with their provenance seen."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Page, Request, expect

from gateway.server.page import BUILT
from tests.browser.chromium import open_browser, require
from tests.browser.expected import EXPECTED, shows
from tests.running import DEMO_KEY, Gateway

_PICTURES: Final = Path(__file__).parents[1] / "artifacts"
_TABS: Final = ".graphiql-tab-button"


@pytest.fixture
async def page(gateway: Gateway) -> AsyncIterator[Page]:
    """Give GraphiQL, opened; afterwards nothing may have failed in it, nor been asked of another host."""
    missing = "GraphiQL is not built: `make web` builds it, with npm"
    require(there=(BUILT / "index.html").exists(), missing=missing)
    async with open_browser() as browser:
        opened = await browser.new_page(viewport={"width": 1440, "height": 1000})
        complaints: list[str] = []
        opened.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        opened.on("request", lambda request: complaints.extend(_elsewhere(request, gateway)))
        await opened.goto(f"{gateway.url}/graphql")
        yield opened
    assert complaints == []


def _elsewhere(request: Request, gateway: Gateway) -> list[str]:
    return [] if request.url.startswith((f"{gateway.url}/", "data:", "blob:")) else [request.url]


async def _play(page: Page, tab: str) -> Any:
    """Open a tab, press play, and give the answer that came back for it."""
    # The editors (query, variables, headers, answer) come after the tabs: a press before them would be lost.
    await expect(page.locator(".monaco-editor[data-uri]")).to_have_count(4)
    await page.locator(_TABS).nth(list(EXPECTED).index(tab)).click()
    async with page.expect_response(lambda response: f"query {tab}" in (response.request.post_data or "")) as response:
        await page.get_by_role("button", name="Execute").click()
    return await (await response.value).json()


async def test_graphiql_opens_on_one_tab_for_each_thing_the_gateway_does(page: Page) -> None:
    await expect(page.locator(_TABS)).to_have_text(list(EXPECTED))
    await expect(page).to_have_title("balance-gateway")


@pytest.mark.parametrize("tab", EXPECTED)
async def test_play_shows_figures_and_who_reported_them(page: Page, tab: str) -> None:
    answer = await _play(page, tab)

    assert "errors" not in answer
    assert shows(answer["data"], EXPECTED[tab]), json.dumps(answer["data"], indent=2, ensure_ascii=False)
    await expect(page.locator(".graphiql-response .view-lines")).to_contain_text(_SEEN.get(tab, '"outcome": "FRESH"'))
    await page.screenshot(path=_PICTURES / f"graphiql-{tab}.png")


# What the pane of a tab without a reading of its own shows.
_SEEN: Final = {
    "Portfolio": '"complete": true',
    "RuneById": '"name": "SANDBOX•ALPHA•COIN"',
    "Providers": '"configured": true',
}


async def test_the_key_is_forgotten_with_the_page(page: Page) -> None:
    await _play(page, "ExchangeWallets")
    await _play(page, "RuneById")

    kept = await page.evaluate("JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])")

    assert DEMO_KEY not in kept
    assert await page.evaluate("localStorage.length") == 0
