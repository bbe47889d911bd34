"""The wallet's page by keyboard alone, and by the rules that axe-core knows."""

from collections.abc import AsyncIterator
from typing import Any, Final, Literal

import pytest
from playwright.async_api import Page, expect

from tests.browser.wallet_page import EXAMPLE, wallet_page
from tests.running import Gateway

_AXE: Final = EXAMPLE / "node_modules" / "axe-core" / "axe.min.js"
_FOCUSED: Final = """() => {
  const at = document.activeElement;
  return at.labels?.[0]?.textContent ?? at.getAttribute("aria-label") ?? at.textContent;
}"""


@pytest.fixture
async def page(gateway: Gateway) -> AsyncIterator[Page]:
    async with wallet_page(gateway.url, gateway.sandbox) as opened:
        yield opened


async def _tab_to(page: Page, name: str) -> list[str]:
    """Press Tab until something of that name has the focus; gives what had it on the way."""
    seen: list[str] = []
    while not seen or seen[-1] != name:
        assert len(seen) < 20, seen
        await page.keyboard.press("Tab")
        seen.append(await page.evaluate(_FOCUSED))
    return seen


async def _fill_all(page: Page, gateway: Gateway) -> None:
    """Have every panel show what it can: verdicts of two kinds, and a picture with a gap."""
    await gateway.control("wallet", balance={"rune": "1:0", "amount": "9"})
    await page.get_by_role("button", name="Connect").click()
    await expect(page.locator("#wallet [role=status]")).to_have_text("Runes compared: 8. 7 agreed, 1 disputed.")
    await page.get_by_role("button", name="Follow").click()
    await expect(page.locator("#exchange tbody tr")).to_have_count(5)
    await gateway.fail("xverse", "503")
    await page.get_by_role("button", name="Add up").click()
    await expect(page.locator("#portfolio .box.unavailable")).to_have_count(2)


async def test_all_is_reached_and_done_by_keyboard_in_the_order_in_which_it_is_read(page: Page) -> None:
    assert await _tab_to(page, "Add up") == [
        "Skip to the figures",
        "Connect Xverse",
        "Key of the gateway",
        "Follow",
        "Addresses, one on each line, of Bitcoin or Solana",
        "and my account at sFOX, by the key above",
        "Add up",
    ]
    await page.keyboard.press("Enter")
    await expect(page.locator("#portfolio [role=status]")).to_have_text("Everything was read.")
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Space")
    await expect(page.get_by_role("checkbox")).to_be_checked()
    await page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    await page.get_by_role("link", name="Skip").focus()
    await _tab_to(page, "Connect Xverse")
    await page.keyboard.press("Enter")
    await expect(page.locator("#wallet tbody tr")).to_have_count(8)
    # The button that was pressed is gone: the focus is on what has taken its place.
    await expect(page.get_by_role("button", name="Compare again")).to_be_focused()
    on_the_way = await _tab_to(page, "Follow")
    assert on_the_way == [
        "Disconnect",
        "Runes, as the wallet and the gateway have them",
        "Key of the gateway",
        "Follow",
    ]
    await page.keyboard.press("Enter")
    await expect(page.locator("#exchange tbody tr")).to_have_count(5)
    await page.keyboard.press("Enter")
    await expect(page.locator("#exchange [role=status]")).to_have_text("Stopped.")


async def test_the_skip_link_leads_to_the_figures(page: Page) -> None:
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip")).to_be_in_viewport()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("main")).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_wrong_by_day_or_by_night(
    gateway: Gateway, page: Page, scheme: Literal["light", "dark"]
) -> None:
    await page.emulate_media(color_scheme=scheme)
    # Run by the browser's own console: the page's policy lets no script in.
    await page.evaluate(_AXE.read_text(encoding="utf-8"))
    assert await _violations(page) == []
    await _fill_all(page, gateway)
    assert await _violations(page) == []


async def _violations(page: Page) -> list[Any]:
    found = await page.evaluate("axe.run()")
    # That it looked at something: contrast is among what passed.
    assert "color-contrast" in [rule["id"] for rule in found["passes"]]
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found["violations"]]


async def test_no_panel_is_wider_than_a_telephone(gateway: Gateway, page: Page) -> None:
    await page.set_viewport_size({"width": 360, "height": 700})
    await _fill_all(page, gateway)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
