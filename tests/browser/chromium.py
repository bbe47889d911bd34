"""The browser that people have: Debian's Chromium, without a window."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import pytest
from playwright.async_api import Browser, async_playwright

_CHROMIUM: Final = shutil.which("chromium")
# Root has no sandbox of its own to give; the rest keeps Chromium from calling home on its own account.
_FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def require(*, there: bool, missing: str) -> None:
    """Skip a test for want of something that a person may lack and CI may not."""
    if not there:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(missing)


@asynccontextmanager
async def open_browser() -> AsyncIterator[Browser]:
    require(there=_CHROMIUM is not None, missing="chromium is not installed")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=_CHROMIUM, args=_FLAGS)
        yield browser
        await browser.close()
