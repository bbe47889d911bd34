"""What serving loads: nothing that the settings have no use for, and all that they have, before the first question."""

import json
import os
import subprocess
import sys

# Opens what `gateway serve` opens, and tells the modules that are loaded by then.
SCRIPT = """
import asyncio, json, os, sys
import gateway.cli.main
from gateway.app import create_app, read_settings

async def serve():
    app = create_app(read_settings(os.environ))
    async with app.router.lifespan_context(app):
        print(json.dumps(list(sys.modules)))

asyncio.run(serve())
"""
# Nobody listens there.
SETTINGS = {"GATEWAY_XVERSE__URL": "http://127.0.0.1:9", "GATEWAY_SOLANA__URL": "http://127.0.0.1:9"}
STORE = {"GATEWAY_CACHE__URL": "redis://127.0.0.1:9", "GATEWAY_CACHE__SECRET": "x" * 32}
ISSUER = {
    "GATEWAY_JWT__ISSUER": "https://issuer.example",
    "GATEWAY_JWT__AUDIENCE": "balances",
    "GATEWAY_JWT__JWKS_URL": "http://127.0.0.1:9/keys",
}


def _loaded(**settings: str) -> set[str]:
    kept = {name: text for name, text in os.environ.items() if not name.upper().startswith("GATEWAY_")}
    command = [sys.executable, "-c", SCRIPT]
    environ = {**kept, **SETTINGS, **settings}
    done = subprocess.run(command, check=True, capture_output=True, timeout=60, env=environ)  # noqa: S603 - our own
    names: list[str] = json.loads(done.stdout.splitlines()[-1])
    return set(names)


def _of(loaded: set[str], *packages: str) -> set[str]:
    return {name for name in loaded for package in packages if f"{name}.".startswith(f"{package}.")}


def test_without_a_store_a_sandbox_or_an_issuer_nothing_of_theirs_is_loaded() -> None:
    assert _of(_loaded(), "redis", "gateway.sandbox", "aiohttp.web", "jwt", "cryptography") == set()


def test_what_a_store_needs_is_loaded_when_it_is_opened() -> None:
    loaded = _loaded(**STORE)
    assert {"redis.asyncio", "redis.exceptions", "redis.backoff", "aiocache.backends.redis"} <= loaded
    assert _of(loaded, "gateway.sandbox", "jwt") == set()


def test_what_an_issuer_needs_is_loaded_before_its_first_token() -> None:
    loaded = _loaded(**ISSUER)
    assert {"jwt", "cryptography"} <= loaded
    assert _of(loaded, "gateway.sandbox", "redis") == set()
