"""`gateway check` as an operator runs it: circuits, calls left, and what each provider answers."""

import asyncio
import os
import re
import sys
from dataclasses import dataclass

from gateway.sandbox import Sandbox, credentials, open_sandbox
from tests.plane.vendor import refused, serve_vendor
from tests.running import environ_over


@dataclass(frozen=True, slots=True)
class Checked:
    """What the command left behind; `rows` holds each line's columns, the head's first."""

    code: int
    rows: list[list[str]]
    errors: str

    def row(self, provider: str, asked: str = "an example") -> list[str]:
        """Give circuit, calls left and answer; when a budget resets is told where there is one."""
        ((circuit, left, resets, answer),) = (row[2:] for row in self.rows if row[:2] == [provider, asked])
        assert re.fullmatch("-" if left == "-" else r"[0-9]{2}:[0-9]{2}:[0-9]{2}Z", resets)
        return [circuit, left, answer]


async def check(sandbox: Sandbox, *without: str, **environ: str) -> Checked:
    """Run the command over a sandbox, with some more settings and `without` others."""
    settings = {key: value for key, value in environ_over(sandbox, **environ).items() if key not in without}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "gateway",
        "check",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={key: value for key, value in os.environ.items() if not key.startswith("GATEWAY_")} | settings,
    )
    out, errors = await process.communicate()
    assert process.returncode is not None
    lines = out.decode().splitlines()
    starts = [lines[0].index(name) for name in ("PROVIDER", "ASKED", "CIRCUIT", "CALLS LEFT", "RESETS", "ANSWER")]
    ends = [*starts[1:], None]
    rows = [[line[start:end].strip() for start, end in zip(starts, ends, strict=True)] for line in lines]
    return Checked(process.returncode, rows, errors.decode())


async def test_circuits_and_calls_left_are_shown_for_each_provider_and_each_callers_account() -> None:
    async with open_sandbox(limits=False) as sandbox:
        checked = await check(
            sandbox,
            GATEWAY_XVERSE__BUDGET="7/hour",
            GATEWAY_BLOXROUTE__BUDGET="60/minute",
            GATEWAY_BLOXROUTE__COST="5",
        )
        assert checked.rows[0] == ["PROVIDER", "ASKED", "CIRCUIT", "CALLS LEFT", "RESETS", "ANSWER"]
        assert checked.row("XVERSE")[:2] == ["CLOSED", "6"]
        assert checked.row("SOLANA_RPC")[:2] == ["CLOSED", "-"]
        assert checked.row("BLOXROUTE")[:2] == ["CLOSED", "11"]
        assert checked.row("SFOX", "caller demo")[:2] == ["CLOSED", "4"]
        assert checked.row("SFOX", "caller other")[:2] == ["CLOSED", "4"]
        assert {row[-1][:7] for row in checked.rows[1:] if row[0] != "STORE"} == {"ok, in "}
        assert (checked.code, checked.errors) == (0, "")


async def test_a_provider_that_fails_fails_the_check_and_one_that_keeps_failing_is_let_be() -> None:
    more = {}
    for name in ("THREE", "FOUR", "FIVE", "SIX"):
        more[f"GATEWAY_CALLERS__{name}__KEY_SHA256"] = "0" * 64
        more[f"GATEWAY_CALLERS__{name}__SFOX_TOKEN"] = f"token of {name}"
    async with open_sandbox(limits=False) as sandbox, serve_vendor(refused(503)) as vendor:
        # No retry fits this deadline: each caller's question is one call.
        checked = await check(sandbox, GATEWAY_SFOX__URL=vendor.url, GATEWAY_REQUEST_TIMEOUT="0.9", **more)
        rows = [row[2:] for row in checked.rows if row[0] == "SFOX"]
        assert [circuit for circuit, *_ in rows] == ["CLOSED"] * 4 + ["OPEN"] * 2
        failed = "UNAVAILABLE: The provider is down or unreachable."
        assert [answer for *_, answer in rows] == [f"{failed} (HTTP status 503)"] * 5 + [
            f"{failed} (every circuit is open)"
        ]
        assert checked.row("XVERSE")[0] == "CLOSED"
        assert (checked.code, len(vendor.asked)) == (1, 5)


async def test_accounts_that_tokens_name_are_asked_too() -> None:
    async with open_sandbox(limits=False) as sandbox:
        checked = await check(
            sandbox,
            GATEWAY_JWT__ACCOUNT_CLAIM="account",
            GATEWAY_EXCHANGE_ACCOUNTS__DESK__SFOX_TOKEN=credentials.SFOX_TOKEN,
            GATEWAY_EXCHANGE_ACCOUNTS__LOST__SFOX_TOKEN="withdrawn-token",
        )
        assert checked.row("SFOX", "account desk")[2].startswith("ok, in ")
        assert checked.row("SFOX", "account lost")[2].startswith("UPSTREAM_UNAUTHENTICATED")
        assert checked.code == 1


async def test_a_penalty_shows_as_no_calls_left() -> None:
    async with open_sandbox(limits=False) as sandbox, serve_vendor(refused(429)) as vendor:
        checked = await check(
            sandbox, GATEWAY_XVERSE__URL=vendor.url, GATEWAY_XVERSE__BUDGET="7/hour", GATEWAY_REQUEST_TIMEOUT="0.5"
        )
        circuit, left, answer = checked.row("XVERSE")
        assert (circuit, left, answer.partition(":")[0]) == ("CLOSED", "0", "RATE_LIMITED")
        assert checked.code == 1


async def test_the_next_host_answers_for_one_that_is_down() -> None:
    async with open_sandbox(limits=False) as sandbox, serve_vendor(refused(503)) as vendor:
        checked = await check(sandbox, GATEWAY_XVERSE__URL=f"{vendor.url},{sandbox.urls['xverse']}")
        assert (checked.row("XVERSE")[2][:7], checked.code) == ("ok, in ", 0)
        assert len(vendor.asked) == 1


async def test_a_provider_that_is_off_is_not_asked_and_fails_nothing() -> None:
    async with open_sandbox(limits=False) as sandbox:
        checked = await check(sandbox, "GATEWAY_XVERSE__API_KEY")
        assert checked.row("XVERSE", "-") == ["-", "-", "NOT_CONFIGURED: off"]
        assert checked.code == 0
        assert not sandbox.calls["xverse"]
