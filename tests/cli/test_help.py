"""What the command says of itself."""

import pytest

from gateway import __version__
from gateway.schema.schema import create_schema
from tests.cli.command import run


async def test_the_help_names_every_command_and_where_settings_come_from() -> None:
    told = await run("--help")
    assert (told.code, told.err) == (0, "")
    for word in ("serve", "sandbox", "schema", "errors", "check", "GATEWAY_HOST", "GATEWAY_XVERSE__API_KEY", "_FILE"):
        assert word in told.out
    assert (await run("-h")).out == told.out


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("serve", ["--sandbox", "--config", "--sandbox-port", "--fault", "SIGTERM"]),
        ("sandbox", ["--host", "--sandbox-port", "--fault", "--no-limits", "POST /_sandbox", "8101"]),
        ("schema", ["schema definition language"]),
        ("errors", ["error code", "Markdown"]),
        ("check", ["--config", "Exits with 1"]),
    ],
)
async def test_each_command_explains_its_options(command: str, words: list[str]) -> None:
    told = await run(command, "--help")
    assert told.code == 0
    for word in words:
        assert word in " ".join(told.out.split())


async def test_the_version_is_told() -> None:
    assert (await run("--version")).out == f"gateway, version {__version__}\n"


async def test_the_schema_is_printed_whole_without_any_settings() -> None:
    told = await run("schema", GATEWAY_PORT="not looked at")
    assert (told.code, told.err, told.out) == (0, "", create_schema().as_str() + "\n")
    assert "type Query" in told.out


@pytest.mark.parametrize("arguments", [["nothing"], ["serve", "--nothing"], ["sandbox", "--sandbox-port", "x"]])
async def test_what_is_no_command_or_option_is_refused(arguments: list[str]) -> None:
    told = await run(*arguments)
    assert told.code == 2
    assert "Usage:" in told.err
    assert "Traceback" not in told.err
