"""The same of the process as operators run it: no canary in what it writes, wherever its settings come from."""

import json
from pathlib import Path

import aiohttp
import pytest

from gateway.sandbox import Sandbox, open_sandbox
from tests.cli.command import run
from tests.secrets.canaries import Canaries, canaries, in_files, in_toml
from tests.secrets.enumeration import NAME
from tests.secrets.process import Writing, writing
from tests.secrets.questions import EVERYTHING, KEY, refused
from tests.secrets.witness import Witness

MORE = {
    "GATEWAY_PORT": "0",
    "GATEWAY_REQUEST_TIMEOUT": "1",
    f"GATEWAY_CALLERS__{NAME.upper()}__SCOPES": '["balances:read", "exchange:read"]',
}
FAULTS = (None, "401", "html", "disconnect", "error-in-200")


def _crashing(sandbox: Sandbox, *, believed: bool) -> Canaries:
    """Give settings with which one provider's calls crash: its host has a name that no name of a host can be."""
    made = canaries(sandbox, believed=believed)
    name = "GATEWAY_BLOXROUTE__URL"
    (canary,) = made.by_name[name]
    made.place(name, f"http://{'a' * 64}.example/?api-key={canary}", canary)
    return made


async def _drive(sandbox: Sandbox, seen: Writing, witness: Witness) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    async with aiohttp.ClientSession() as http:
        for fault in FAULTS:
            for url in sandbox.urls.values() if fault else ():
                async with http.post(f"{url}/_sandbox", json={"fail": {"fault": fault}}) as told:
                    assert told.status == 200
            async with http.post(f"{seen.url}/graphql", json={"query": EVERYTHING}, headers=headers) as response:
                assert "problem" in await witness.response(response)
        async for response in refused(http, seen.url):
            await witness.response(response)


@pytest.mark.parametrize(("source", "terminal"), [("environment", False), ("files", True), ("toml", False)])
async def test_no_canary_is_written(source: str, *, terminal: bool, tmp_path: Path) -> None:
    async with open_sandbox(limits=False) as sandbox:
        made = _crashing(sandbox, believed=source != "files")
        settings, arguments = {**made.environ, **MORE}, ["serve"]
        if source == "files":
            settings = in_files(settings, tmp_path)
        elif source == "toml":
            in_toml(settings, tmp_path / "gateway.toml")
            settings, arguments = {}, ["serve", "--config", str(tmp_path / "gateway.toml")]
        witness = Witness(made)
        async with writing(*arguments, terminal=terminal, settings=settings) as seen:
            await _drive(sandbox, seen, witness)
    witness.look("output", seen.out)
    witness.look("log", seen.log)
    assert witness.seen == []
    # It has crashed, and said so with a traceback that shows no variables.
    assert "'idna' codec" in seen.log
    assert "Traceback (most recent call last)" in seen.log
    assert "locals" not in seen.log
    if not terminal:
        assert {"http.request", "reading.failed"} <= {json.loads(line)["event"] for line in seen.log.splitlines()}


async def test_the_check_tells_no_canary() -> None:
    async with open_sandbox(limits=False) as sandbox:
        for believed in (True, False):
            made = _crashing(sandbox, believed=believed)
            told = await run("check", **made.environ, GATEWAY_REQUEST_TIMEOUT="1")
            assert "INTERNAL: Something unforeseen went wrong in the gateway. (unforeseen Unicode" in told.out
            assert '"event": "check.crashed"' in told.err
            assert made.seen_in(told.out + told.err) == []


async def test_a_start_that_fails_tells_no_canary(tmp_path: Path) -> None:
    made = canaries()
    broken = tmp_path / "broken.toml"
    broken.write_text('[xverse]\napi_key = "canary-in-a-broken-file\n')
    for arguments, more in (
        (["serve"], {"GATEWAY_PRT": made.environ["GATEWAY_XVERSE__API_KEY"]}),
        (["serve"], {"GATEWAY_HOST": "192.0.2.1", "GATEWAY_PORT": "0"}),
        (["serve", "--trusted-documents", "/nowhere"], {"GATEWAY_PORT": "0"}),
        (["serve", "--config", str(broken)], {}),
        (["check", "--config", str(broken)], {}),
    ):
        told = await run(*arguments, **{**made.environ, **more})
        assert (told.code, told.out) == (1, "")
        assert "Error: " in told.err
        assert "Traceback" not in told.err
        assert made.seen_in(told.err) == []
        assert "canary-in-a-broken-file" not in told.err
