"""The wallet's page as a person runs it: built, served by Vite beside a gateway over its sandbox, open in Chromium."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from playwright.async_api import ConsoleMessage, Page, Request

from gateway.sandbox import Sandbox
from tests.browser.chromium import open_browser, require

EXAMPLE: Final = Path(__file__).parents[2] / "examples" / "wallet"
_VITE: Final = EXAMPLE / "node_modules" / "vite" / "bin" / "vite.js"
_WHERE: Final = re.compile(r"http://127\.0\.0\.1:\d+")
_STYLES: Final = re.compile(r"\x1b\[[0-9;]*m")
# What the browser itself says of answers that are no success: the page has to say it in its own words.
_REPORTED: Final = ("Failed to load resource", "WebSocket connection to")


@asynccontextmanager
async def served_page(gateway_url: str, sandbox: Sandbox) -> AsyncIterator[str]:
    """Serve the built page over a gateway and the sandbox's wallet; gives its URL."""
    node = shutil.which("node")
    built = (EXAMPLE / "dist" / "index.html").exists() and _VITE.exists()
    require(
        there=node is not None and built, missing="the wallet's page is not built: `make wallet` builds it, with npm"
    )
    assert node is not None
    process = await asyncio.create_subprocess_exec(
        *(node, str(_VITE), "preview", "--host", "127.0.0.1", "--port", "0"),
        cwd=EXAMPLE,
        env={"GATEWAY_URL": gateway_url, "SANDBOX_WALLET_URL": sandbox.urls["wallet"], "NO_COLOR": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield await _url(process)
    finally:
        process.terminate()
        await process.communicate()


async def _url(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    async for line in process.stdout:
        found = _WHERE.search(_STYLES.sub("", line.decode()))
        if found:
            return found[0]
    raise AssertionError("Vite ended without saying where it listens")


@asynccontextmanager
async def open_page(url: str) -> AsyncIterator[Page]:
    """Open the page; afterwards nothing may have failed in it, nor been asked of another host."""
    async with open_browser() as browser:
        page = await browser.new_page(viewport={"width": 1100, "height": 1000})
        complaints: list[str] = []

        def hear(line: ConsoleMessage) -> None:
            if line.type in ("error", "warning") and not line.text.startswith(_REPORTED):
                complaints.append(line.text)

        def see(request: Request) -> None:
            if not request.url.startswith((f"{url}/", "data:")):
                complaints.append(request.url)

        page.on("console", hear)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", see)
        await page.goto(url)
        await page.locator("html[data-ready]").wait_for()
        yield page
        assert complaints == []


@asynccontextmanager
async def wallet_page(gateway_url: str, sandbox: Sandbox) -> AsyncIterator[Page]:
    """Serve the page and open it."""
    async with served_page(gateway_url, sandbox) as url, open_page(url) as page:
        yield page
