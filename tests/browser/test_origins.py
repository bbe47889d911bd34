"""What a page of another site can do in a real browser, where the operator has listed its origin and where not."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import Page
from structlog.testing import capture_logs

from tests.browser.chromium import open_browser
from tests.running import DEMO_KEY, Gateway, running_gateway

_ASK = """([url, key]) => fetch(url, {
  method: "POST",
  headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
  body: JSON.stringify({ query: "{ exchangeWallets { outcome } }" }),
}).then((reply) => reply.json(), () => "refused")"""
_GET = """(url) => fetch(url).then((reply) => reply.json(), () => "refused")"""
# All that a page can do without asking first: it is not told how any of them went.
_BLIND = """async (url) => {
  const loaded = (element) => new Promise((done) => {
    element.onload = element.onerror = done;
    element.src = url;
    document.body.append(element);
  });
  await loaded(document.createElement("img"));
  await loaded(document.createElement("script"));
  await loaded(document.createElement("iframe"));
  await fetch(url, { mode: "no-cors" }).catch(() => {});
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
    const body = new Blob(['{"query": "{ limits { maxDepth } }"}'], { type });
    await fetch(url, { mode: "no-cors", method: "POST", body }).catch(() => {});
  }
}"""


@pytest.fixture
async def elsewhere() -> AsyncIterator[Page]:
    """Give a page of another site; `localhost` is another site than `127.0.0.1`."""

    async def page(_: web.Request) -> web.Response:
        return web.Response(text="<title>elsewhere</title><body></body>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/", page)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    async with open_browser() as browser:
        opened = await browser.new_page()
        await opened.goto(f"http://localhost:{port}/")
        yield opened
    await runner.cleanup()


def _requests(lines: Any) -> list[tuple[str, int]]:
    return [(line["method"], line["status"]) for line in lines if line["event"] == "http.request"]


async def test_a_page_of_a_listed_origin_asks_with_a_key_and_reads_the_answer(elsewhere: Page) -> None:
    origin = await elsewhere.evaluate("location.origin")
    async with running_gateway(GATEWAY_CORS_ORIGINS=f'["{origin}"]') as gateway:
        url = f"{gateway.url}/graphql"
        answer = await elsewhere.evaluate(_ASK, [url, DEMO_KEY])
        assert answer["data"] == {"exchangeWallets": {"outcome": "FRESH"}}
        limits = await elsewhere.evaluate(_GET, f"{url}?query={{limits{{maxDepth}}}}")
        assert limits["data"] == {"limits": {"maxDepth": 15}}


async def test_a_page_of_another_origin_is_stopped_before_it_asks(elsewhere: Page, gateway: Gateway) -> None:
    with capture_logs() as lines:
        assert await elsewhere.evaluate(_ASK, [f"{gateway.url}/graphql", DEMO_KEY]) == "refused"
        assert await elsewhere.evaluate(_GET, f"{gateway.url}/graphql?query={{limits{{maxDepth}}}}") == "refused"
    assert _requests(lines) == [("OPTIONS", 405), ("GET", 403)]


async def test_nothing_that_a_page_sends_blindly_is_run(elsewhere: Page, gateway: Gateway) -> None:
    with capture_logs() as lines:
        await elsewhere.evaluate(_BLIND, f"{gateway.url}/graphql?query={{limits{{maxDepth}}}}")
    assert _requests(lines) == [("GET", 403)] * 4 + [("POST", 415)] * 3


async def test_a_script_that_got_into_the_page_is_not_run_and_cannot_tell_anyone(gateway: Gateway) -> None:
    async with open_browser() as browser:
        page = await browser.new_page()
        await page.goto(f"{gateway.url}/graphql")
        ran = await page.evaluate(
            """() => {
              const script = document.createElement("script");
              script.textContent = "window.ran = true";
              document.head.append(script);
              return window.ran === true;
            }"""
        )
        assert not ran
        away = gateway.sandbox.urls["xverse"]
        assert await page.evaluate(_GET, f"{away}/v2/runes/address/x/balance") == "refused"
    assert not any(gateway.sandbox.calls["xverse"].values())
