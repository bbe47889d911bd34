"""The wallet page's other panels: an exchange account that moves, and a portfolio whose gaps are seen at a glance."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import aiohttp
import pytest
from playwright.async_api import Locator, Page, expect

from gateway.sandbox import addresses, credentials, open_sandbox
from tests.browser.wallet_page import wallet_page
from tests.running import DEMO_KEY, READER_KEY, Gateway, serving

LIVE = "Live: changes come by themselves."
ASKED = "Asked again every 3 seconds, until a live connection is to be had."


@pytest.fixture
async def page(gateway: Gateway) -> AsyncIterator[Page]:
    async with wallet_page(gateway.url, gateway.sandbox) as opened:
        yield opened


async def way(gateway: Gateway) -> str:
    """How the page has to follow an account: live where the gateway takes WebSockets."""
    try:
        url = f"{gateway.url}/graphql"
        async with gateway.http.ws_connect(url, protocols=["graphql-transport-ws"]) as socket:
            return LIVE if socket.protocol else ASKED
    except aiohttp.WSServerHandshakeError:
        return ASKED


def said(page: Page, panel: str, role: str = "status") -> Locator:
    return page.locator(f"#{panel} [role={role}]")


def currency(page: Page, code: str) -> Locator:
    return page.locator("#exchange tbody tr").filter(has=page.get_by_role("rowheader", name=code, exact=True))


async def follow(page: Page, key: str = DEMO_KEY) -> None:
    await page.get_by_label("Key of the gateway").fill(key)
    await page.get_by_role("button", name="Follow").click()


async def set_bitcoin(gateway: Gateway, balance: str) -> None:
    change = {"token": credentials.SFOX_TOKEN, "currency": "btc", "balance": balance, "available": balance}
    await gateway.control("sfox", balance=change)


async def test_the_exchange_panel_moves_with_the_account(gateway: Gateway, page: Page) -> None:
    await follow(page)
    await expect(currency(page, "BTC").locator(".amount").first).to_have_text("1")
    await expect(said(page, "exchange")).to_have_text(await way(gateway))
    await set_bitcoin(gateway, "1.00000000000000000001")
    await expect(currency(page, "BTC").locator(".amount").first).to_have_text("1.00000000000000000001", timeout=10_000)
    await expect(currency(page, "BTC")).to_have_attribute("data-moved", "up")
    moves = page.get_by_role("list", name="What moved")
    await expect(moves).to_have_text("BTC rose from 1 to 1.00000000000000000001")
    await set_bitcoin(gateway, "0.5")
    await expect(moves.locator("li").first).to_have_text("BTC fell from 1.00000000000000000001 to 0.5", timeout=10_000)


async def test_an_exchange_that_cannot_be_read_shows_its_problem_and_no_figure_until_it_can(
    gateway: Gateway, page: Page
) -> None:
    await gateway.fail("sfox", "500")
    await follow(page)
    await expect(said(page, "exchange", "alert")).to_contain_text("SFOX", timeout=10_000)
    await expect(page.locator("#exchange table")).to_have_count(0)
    await gateway.control("sfox", reset=True)
    await expect(currency(page, "USD").locator(".amount").first).to_have_text("100", timeout=20_000)
    await expect(page.locator("#exchange table")).to_have_attribute("data-outcome", "FRESH")
    await expect(said(page, "exchange", "alert")).to_be_empty()


async def test_a_gateway_that_goes_down_leaves_what_was_read_and_that_is_said_to_be_old() -> None:
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(open_sandbox(limits=False))
        async with AsyncExitStack() as running:
            gateway = await running.enter_async_context(serving(sandbox))
            page = await stack.enter_async_context(wallet_page(gateway.url, sandbox))
            await follow(page)
            await expect(currency(page, "USD").locator(".amount").first).to_have_text("100")
        await expect(said(page, "exchange")).to_have_text(
            "What is shown is old: nothing can be read just now.", timeout=20_000
        )
        await expect(currency(page, "USD").locator(".amount").first).to_have_text("100")


@pytest.mark.parametrize("key", ["demo.wrong-secret", READER_KEY])
async def test_a_key_that_does_not_open_an_account_ends_it(gateway: Gateway, page: Page, key: str) -> None:
    await follow(page, key)
    await expect(said(page, "exchange", "alert")).not_to_be_empty()
    await expect(page.get_by_role("button", name="Follow")).to_be_visible()
    await expect(page.locator("#exchange table")).to_have_count(0)
    assert not gateway.calls("sfox", "GET /v1/user/balance")


async def test_the_key_is_kept_nowhere(page: Page) -> None:
    await follow(page)
    await expect(currency(page, "USD")).to_have_count(1)
    kept = await page.evaluate(
        "JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href])"
    )
    assert "secret" not in kept
    await page.get_by_role("button", name="Stop").click()
    await expect(page.locator("#exchange table")).to_have_count(0)


async def test_a_whole_portfolio_is_seen_to_be_whole(page: Page) -> None:
    await page.get_by_role("checkbox").check()
    await page.get_by_role("button", name="Add up").click()
    await expect(said(page, "portfolio")).to_have_text("Everything was read.")
    picture = page.locator("#portfolio figure").get_by_role("img")
    await expect(picture).to_have_accessible_name(
        "Of 3 accounts: 3 read fresh, 0 stale, 0 nothing there, 0 not read. Everything was read."
    )
    await expect(picture.locator(".box.fresh")).to_have_count(3)
    await expect(page.locator("[data-lower-bound]")).to_have_count(0)
    usd = page.locator("#portfolio tbody tr").filter(has=page.get_by_role("rowheader", name="USD currency"))
    await expect(usd.locator(".amount")).to_have_text("100")


async def test_what_was_not_read_is_seen_in_the_picture_and_at_every_total_that_it_may_change(
    gateway: Gateway, page: Page
) -> None:
    await page.get_by_role("checkbox").check()
    await gateway.fail("sfox", "503")
    await page.get_by_label("Addresses, one").fill(addresses.DOCUMENTED_HOLDER)
    await page.get_by_role("button", name="Add up").click()
    await expect(said(page, "portfolio")).to_have_text("Not everything was read: totals marked ≥ may be more.")
    picture = page.locator("#portfolio figure").get_by_role("img")
    await expect(picture.locator(".box.unavailable")).to_have_count(1)
    await expect(page.locator("#portfolio .troubles")).to_contain_text("SFOX")
    # An exchange may hold currencies, and no rune.
    await expect(page.locator("[data-lower-bound]")).to_have_count(0)
    await gateway.control("sfox", reset=True)
    await gateway.fail("xverse", "503")
    await page.get_by_label("Addresses, one").fill(f"{addresses.DOCUMENTED_HOLDER} {addresses.LEGACY_HOLDER}")
    await page.get_by_role("button", name="Add up").click()
    dog = page.locator("[data-lower-bound]").filter(has_text="GOOD•DOG")
    await expect(dog.locator("td").first).to_contain_text("≥ 0.00000001")
    await expect(dog).to_contain_text("at least: not everything was read")


async def test_an_address_that_is_none_is_said_to_be_none(page: Page) -> None:
    await page.get_by_label("Addresses, one").fill("not-an-address")
    await page.get_by_role("button", name="Add up").click()
    await expect(said(page, "portfolio", "alert")).not_to_be_empty()
    await expect(page.locator("#portfolio figure")).to_have_count(0)
