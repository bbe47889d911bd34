"""A user's own wallet beside the gateway, by the real sats-connect: what is shown, and what is left open."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import Locator, Page, expect

from gateway.sandbox import addresses, open_sandbox
from tests.browser.wallet_page import open_page, served_page, wallet_page
from tests.running import Gateway, serving

WIDEST = "3.40282366920938463463374607431768211455"


@pytest.fixture
async def url(gateway: Gateway) -> AsyncIterator[str]:
    async with served_page(gateway.url, gateway.sandbox) as found:
        yield found


@pytest.fixture
async def page(url: str) -> AsyncIterator[Page]:
    async with open_page(url) as opened:
        yield opened


async def connect(page: Page) -> None:
    await page.get_by_role("button", name="Connect").click()


def status(page: Page) -> Locator:
    return page.locator("#wallet").get_by_role("status")


def alert(page: Page) -> Locator:
    return page.locator("#wallet").get_by_role("alert")


def rows(page: Page) -> Locator:
    return page.locator("#wallet tbody tr")


def row(page: Page, rune: str) -> Locator:
    return rows(page).filter(has_text=rune)


@pytest.mark.parametrize("personality", ["current", "leaking", "old"])
async def test_wallets_of_every_age_are_asked_and_agree(gateway: Gateway, url: str, personality: str) -> None:
    await gateway.control("wallet", mode={"personality": personality})
    async with open_page(url) as page:
        await connect(page)
        await expect(status(page)).to_have_text("Runes compared: 8. 8 agreed.")
        await expect(page.locator(".account code")).to_have_text(addresses.RUNES_HOLDER)
        await expect(row(page, "WIDEST").locator(".amount")).to_have_text([WIDEST, WIDEST])
        hint = page.locator(".account").get_by_text("does not tell when you select another account")
        await expect(hint).to_have_count(1 if personality == "old" else 0)
    assert gateway.sandbox.calls["wallet"]["runes_getBalance"] == 1
    assert gateway.sandbox.calls["wallet"]["getInfo"] == 1


async def test_a_wallet_that_says_otherwise_is_disputed_and_both_figures_stand(gateway: Gateway, page: Page) -> None:
    await connect(page)
    await expect(status(page)).to_have_text("Runes compared: 8. 8 agreed.")
    await gateway.control(
        "wallet", balance={"rune": "WIDEST•RUNE", "amount": "340282366920938463463374607431768211454"}
    )
    await page.get_by_role("button", name="Compare again").click()
    await expect(status(page)).to_have_text("Runes compared: 8. 7 agreed, 1 disputed.")
    disputed = row(page, "WIDEST")
    await expect(disputed.locator(".verdict")).to_have_text("✗ disputed")
    await expect(disputed.locator(".amount")).to_have_text([WIDEST.replace("455", "454"), WIDEST])


async def test_a_change_on_the_chain_moves_both(gateway: Gateway, page: Page) -> None:
    await connect(page)
    await expect(status(page)).to_have_text("Runes compared: 8. 8 agreed.")
    change = {"address": addresses.RUNES_HOLDER, "rune": addresses.UNCOMMON_GOODS, "confirmed": "4"}
    await gateway.control("xverse", balance=change)
    await page.get_by_role("button", name="Compare again").click()
    await expect(row(page, "UNCOMMON").locator(".amount")).to_have_text(["4", "4"])
    await expect(status(page)).to_have_text("Runes compared: 8. 8 agreed.")


async def test_a_person_who_refuses_is_taken_at_their_word_and_may_think_again(gateway: Gateway, page: Page) -> None:
    await gateway.control("wallet", mode={"person": "refuses"})
    await connect(page)
    await expect(alert(page)).to_have_text("You refused in the wallet. Nothing was read.")
    await expect(rows(page)).to_have_count(0)
    await gateway.control("wallet", mode={"person": "accepts"})
    await connect(page)
    await expect(status(page)).to_have_text("Runes compared: 8. 8 agreed.")
    await expect(alert(page)).to_be_empty()


async def test_without_a_wallet_it_says_so(gateway: Gateway, url: str) -> None:
    await gateway.control("wallet", mode={"installed": False})
    async with open_page(url) as page:
        await expect(alert(page)).to_contain_text("No wallet is installed")
        await expect(page.get_by_role("button", name="Connect")).to_have_count(0)


async def test_a_wallet_without_the_method_says_so(gateway: Gateway, page: Page) -> None:
    await gateway.control("wallet", mode={"methods_off": ["runes_getBalance"]})
    await connect(page)
    await expect(alert(page)).to_have_text('This wallet cannot do it: "runes_getBalance" is not supported.')


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("429", "The wallet failed: Request failed with status code 429"),
        ("both-result-and-error", "The wallet failed: Internal error"),
        ("error-in-200", "The wallet failed: Received unknown response from provider."),
        ("float-amount", "The amount of SANDBOX•ALPHA•COIN is no string of digits."),
        ("missing-field", "The amount of SANDBOX•ALPHA•COIN is no string of digits."),
        ("wrong-type", "The wallet failed: Received unknown response from provider."),
        ("disconnect", "The wallet broke off."),
        ("not-json", "The wallet broke off."),
    ],
)
async def test_a_wallet_that_fails_or_talks_nonsense_shows_no_figure(
    gateway: Gateway, page: Page, fault: str, said: str
) -> None:
    await gateway.control("wallet", fail={"fault": fault, "times": 1, "route": "runes_getBalance"})
    await connect(page)
    await expect(alert(page)).to_contain_text(said)
    await expect(rows(page)).to_have_count(0)
    await page.get_by_role("button", name="Compare again").click()
    await expect(status(page)).to_have_text("Runes compared: 8. 8 agreed.")


async def test_a_silent_wallet_is_not_waited_for_for_ever(gateway: Gateway, page: Page) -> None:
    await page.clock.install()
    await gateway.control("wallet", fail={"fault": "wrong-id", "times": 1, "route": "runes_getBalance"})
    async with page.expect_response(lambda reply: "runes_getBalance" in (reply.request.post_data or "")):
        await connect(page)
    await page.clock.fast_forward(11_000)
    await expect(alert(page)).to_have_text("The wallet said nothing for 10 seconds.")


async def test_another_account_in_the_wallet_takes_the_figures_away(gateway: Gateway, page: Page) -> None:
    await connect(page)
    await expect(rows(page)).to_have_count(8)
    await gateway.control("wallet", mode={"account": "many"})
    await expect(alert(page)).to_contain_text("what it said is no longer shown")
    await expect(rows(page)).to_have_count(0)
    await expect(page.locator(".account")).to_be_empty()
    await connect(page)
    await expect(status(page)).to_have_text("Runes compared: 130. 130 agreed.")


async def test_figures_of_another_account_are_thrown_away_before_the_wallet_tells_of_the_change(
    gateway: Gateway, page: Page
) -> None:
    # The page may read both accounts.
    await connect(page)
    await expect(rows(page)).to_have_count(8)
    await gateway.control("wallet", mode={"account": "many"})
    await expect(alert(page)).to_contain_text("what it said is no longer shown")
    await connect(page)
    await expect(rows(page)).to_have_count(130)
    await expect(page.get_by_role("button", name="Compare again")).to_be_focused()
    # The stand-in looks for changes in vain, and tells of none.
    async with page.expect_event("requestfailed", lambda request: "_sandbox" in request.url):
        await page.route("**/_sandbox", lambda route: route.abort())
    await gateway.control("wallet", mode={"account": "holder"})
    await page.keyboard.press("Enter")
    await expect(alert(page)).to_have_text("Another account is selected in the wallet.")
    await expect(rows(page)).to_have_count(0)


async def test_an_account_that_was_selected_before_the_page_connects_is_no_change(gateway: Gateway, page: Page) -> None:
    await gateway.control("wallet", mode={"account": "many"})
    await connect(page)
    # The stand-in looks as it connects, and again and again; a look is dealt with before the next is made.
    for _ in range(3):
        async with page.expect_response(lambda reply: "_sandbox" in reply.url):
            pass
    await expect(status(page)).to_have_text("Runes compared: 130. 130 agreed.")
    await expect(alert(page)).to_be_empty()


async def test_an_account_that_the_indexer_does_not_know_holds_nothing_by_both(gateway: Gateway, page: Page) -> None:
    await gateway.control("wallet", mode={"account": "new"})
    await connect(page)
    await expect(status(page)).to_have_text("Both were read now, and neither lists a rune at this address.")
    await gateway.control("wallet", balance={"rune": "1:0", "amount": "5"})
    await page.get_by_role("button", name="Compare again").click()
    await expect(row(page, "UNCOMMON").locator(".amount")).to_have_text(["5", "0"])
    await expect(row(page, "UNCOMMON").locator(".verdict")).to_have_text("✗ disputed")


async def test_a_wallet_left_on_another_network_is_not_compared(gateway: Gateway, page: Page) -> None:
    await gateway.control("wallet", mode={"account": "testnet"})
    await connect(page)
    await expect(alert(page)).to_contain_text("network")
    await expect(rows(page)).to_have_count(0)


async def test_an_indexer_that_fails_is_neither_agreement_nor_zero(gateway: Gateway, url: str) -> None:
    await gateway.control("wallet", mode={"personality": "leaking"})
    await gateway.fail("xverse", "500")
    async with open_page(url) as page:
        await connect(page)
        await expect(status(page)).to_have_text("Runes compared: 8. 8 one source only.")
        widest = row(page, "WIDEST")
        await expect(widest.locator(".amount")).to_have_text([WIDEST])
        await expect(widest.locator(".unknown")).to_have_text("not known")
        await expect(widest.locator(".troubles")).to_contain_text("XVERSE")


async def test_a_gateway_that_is_down_leaves_the_wallet_alone_and_says_so() -> None:
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(open_sandbox(limits=False))
        async with AsyncExitStack() as running:
            gateway = await running.enter_async_context(serving(sandbox))
            page = await stack.enter_async_context(wallet_page(gateway.url, sandbox))
        await connect(page)
        await expect(alert(page)).to_contain_text("The gateway cannot be reached")
        await expect(page.get_by_text("as the wallet alone has them: not compared")).to_be_visible()
        await expect(row(page, "WIDEST").locator(".amount")).to_have_text(WIDEST)
        await expect(page.locator(".verdict")).to_have_count(0)


async def test_leaving_hands_the_permission_back(page: Page) -> None:
    await connect(page)
    await expect(rows(page)).to_have_count(8)
    await page.get_by_role("button", name="Disconnect").click()
    await expect(status(page)).to_have_text("Disconnected.")
    await expect(rows(page)).to_have_count(0)
    await expect(page.get_by_role("button", name="Connect")).to_be_focused()
    async with page.expect_response(lambda reply: "wallet_disconnect" in (reply.request.post_data or "")) as told:
        await connect(page)
        await page.get_by_role("button", name="Disconnect").click()
    assert (await told.value).status == 200
