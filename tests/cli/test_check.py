"""`gateway check`: which of the configured providers answer, in a table that holds no secret."""

from collections.abc import AsyncIterator, Mapping

import pytest

from gateway.sandbox import Sandbox, credentials, open_sandbox
from tests.cli.command import Ended, run
from tests.running import environ_over

SECRETS = (
    credentials.XVERSE_API_KEY,
    credentials.SOLANA_API_KEY,
    credentials.BLOXROUTE_AUTHORIZATION,
    credentials.SFOX_TOKEN,
    credentials.SFOX_OTHER_TOKEN,
    "a-wrong-key",
)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with open_sandbox(limits=False) as opened:
        yield opened


async def _check(settings: Mapping[str, str]) -> tuple[Ended, dict[str, str]]:
    """Run the check; give what it said, and the answers by provider and what it was asked."""
    told = await run("check", **settings)
    assert told.out.splitlines()[0].split() == ["PROVIDER", "ASKED", "CIRCUIT", "CALLS", "LEFT", "RESETS", "ANSWER"]
    for secret in SECRETS:
        assert secret not in told.out + told.err
    rows = [line.split(None, 1) for line in told.out.splitlines()[1:]]
    return told, {f"{provider} {' '.join(rest.split('  ')[0].split())}": rest for provider, rest in rows}


async def test_where_all_is_well_it_says_so_of_each_and_exits_with_0(sandbox: Sandbox) -> None:
    told, answers = await _check(environ_over(sandbox))
    assert (told.code, told.err) == (0, "")
    assert "NOT_CONFIGURED: off" in answers.pop("STORE -")
    assert set(answers) == {
        "XVERSE an example",
        "SOLANA_RPC an example",
        "BLOXROUTE an example",
        "SFOX caller demo",
        "SFOX caller other",
    }
    assert all(" ok, in " in answer for answer in answers.values())
    asked = {provider for provider, calls in sandbox.calls.items() if sum(calls.values()) > 0}
    assert asked == {"xverse", "solana", "bloxroute", "sfox"}


async def test_one_that_fails_is_told_with_its_reason_and_exits_with_1(sandbox: Sandbox) -> None:
    told, answers = await _check(environ_over(sandbox, GATEWAY_XVERSE__API_KEY="a-wrong-key"))
    assert told.code == 1
    assert "UPSTREAM_UNAUTHENTICATED" in answers["XVERSE an example"]
    assert " ok, in " in answers["SOLANA_RPC an example"]


async def test_one_callers_wrong_token_is_told_of_that_caller(sandbox: Sandbox) -> None:
    told, answers = await _check(environ_over(sandbox, GATEWAY_CALLERS__OTHER__SFOX_TOKEN="a-wrong-key"))
    assert told.code == 1
    assert " ok, in " in answers["SFOX caller demo"]
    assert "UPSTREAM_UNAUTHENTICATED" in answers["SFOX caller other"]


async def test_nobody_there_is_told_as_unavailable(sandbox: Sandbox) -> None:
    told, answers = await _check(environ_over(sandbox, GATEWAY_SOLANA__URL="http://127.0.0.1:1"))
    assert told.code == 1
    assert "UNAVAILABLE" in answers["SOLANA_RPC an example"]


async def test_what_is_off_is_told_and_is_no_failure(sandbox: Sandbox) -> None:
    environ = environ_over(sandbox, GATEWAY_XVERSE__API_KEY="", GATEWAY_BLOXROUTE__AUTHORIZATION="")
    environ |= {"GATEWAY_CALLERS__DEMO__SFOX_TOKEN": "", "GATEWAY_CALLERS__OTHER__SFOX_TOKEN": ""}
    told, answers = await _check(environ)
    assert told.code == 0
    for provider in ("XVERSE", "BLOXROUTE", "SFOX"):
        assert "NOT_CONFIGURED: off" in answers[f"{provider} -"]
    assert not sandbox.calls["xverse"]
