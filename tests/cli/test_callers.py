"""`gateway callers`: a key is made, shown once, and works once what is printed is stored."""

import re
import tomllib
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import pytest

from gateway.app import create_callers, read_settings
from gateway.domain.clock import SystemClock
from gateway.domain.exchange import Fingerprints
from gateway.server.callers import BadKey, Callers
from tests.cli.command import Ended, run

FIRST = sha256(b"first").hexdigest()
SECOND = sha256(b"second").hexdigest()


def _key(told: Ended, name: str) -> str:
    (key,) = set(re.findall(rf"^  ({re.escape(name)}\.\S+)$", told.out, re.MULTILINE))
    return str(key)


def _environ(told: Ended) -> dict[str, str]:
    """Read the first group of lines to store, as a person would copy it."""
    group = told.out.split("start it again:\n\n")[1].split("\n\n")[0]
    return dict(line.strip().split("=", 1) for line in group.splitlines())


def _toml(told: Ended) -> str:
    return told.out.split("(--config):\n\n")[1].split("\n\n")[0]


def _callers(environ: Mapping[str, str], config: Path | None) -> Callers:
    return create_callers(read_settings(environ, config), SystemClock(), Fingerprints())


async def _opens(key: str, environ: Mapping[str, str], config: Path | None = None) -> bool:
    try:
        caller = await _callers(environ, config).identify(f"Bearer {key}")
    except BadKey:
        return False
    return caller.name == key.partition(".")[0]


@pytest.mark.parametrize("name", ["web", "my-web_app2"])
async def test_a_new_key_opens_with_what_is_printed_to_store(name: str, tmp_path: Path) -> None:
    told = await run("callers", "new", name)
    assert (told.code, told.err) == (0, "")
    key, environ = _key(told, name), _environ(told)
    secret = key.partition(".")[2]
    assert environ == {f"GATEWAY_CALLERS__{name.upper()}__KEY_SHA256": sha256(secret.encode()).hexdigest()}
    assert await _opens(key, environ)
    config = tmp_path / "gateway.toml"
    config.write_text("\n".join(line.strip() for line in _toml(told).splitlines()))
    assert tomllib.loads(config.read_text())["callers"][name]
    assert await _opens(key, {}, config)
    # Shown once, and what is stored tells nothing of it.
    assert told.out.count(secret) == 1
    assert len(secret) == 43


async def test_no_two_keys_are_alike() -> None:
    keys = {_key(await run("callers", "new", "web"), "web") for _ in range(3)}
    assert len(keys) == 3


async def test_a_caller_that_has_a_key_gets_a_second_and_both_open() -> None:
    stored = {"GATEWAY_CALLERS__WEB__KEY_SHA256": FIRST}
    told = await run("callers", "new", "web", **stored)
    key, environ = _key(told, "web"), _environ(told)
    assert environ["GATEWAY_CALLERS__WEB__KEY_SHA256"] == FIRST
    assert (await _opens(key, environ), await _opens("web.first", environ)) == (True, True)
    # And then, as it says, only the new one.
    after = told.out.split("store only that:\n\n  ")[1].split("\n")[0]
    only = dict([after.split("=", 1)])
    assert (await _opens(key, only), await _opens("web.first", only)) == (True, False)


async def test_of_three_keys_the_oldest_goes(tmp_path: Path) -> None:
    config = tmp_path / "gateway.toml"
    config.write_text(f'[callers.web]\nkey_sha256 = "{FIRST}"\nnext_key_sha256 = "{SECOND}"\n')
    told = await run("callers", "new", "web", "--config", str(config))
    config.write_text("\n".join(line.strip() for line in _toml(told).splitlines()))
    opened = [await _opens(key, {}, config) for key in (_key(told, "web"), "web.second", "web.first")]
    assert opened == [True, True, False]


async def test_another_callers_key_is_left_alone() -> None:
    told = await run("callers", "new", "app", GATEWAY_CALLERS__WEB__KEY_SHA256=FIRST)
    assert set(_environ(told)) == {"GATEWAY_CALLERS__APP__KEY_SHA256"}


@pytest.mark.parametrize("name", ["Web", "a.b", "a__b", "x" * 64])
async def test_a_name_that_no_key_can_carry_is_refused(name: str) -> None:
    told = await run("callers", "new", "--", name)
    assert (told.code, told.out) == (2, "")
    assert "NAME has" in told.err


async def test_settings_that_will_not_do_are_told_and_no_key_is_made() -> None:
    told = await run("callers", "new", "web", GATEWAY_PORT="swordfish")
    assert (told.code, told.out) == (1, "")
    assert "GATEWAY_PORT: " in told.err
    assert "swordfish" not in told.err


async def test_the_help_says_what_a_key_is_for() -> None:
    told = await run("callers", "new", "--help")
    for word in ("NAME", "--config", "print it once", "both work"):
        assert word in " ".join(told.out.split())
