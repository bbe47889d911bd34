"""The command `gateway`: serve, sandbox, schema, errors, check, callers and cache."""

import asyncio
import errno
import os
import socket
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import click
import uvloop

from gateway import __version__
from gateway.app import StoreMissing, open_store, read_settings
from gateway.cli import collector
from gateway.cli.cache import cache
from gateway.cli.callers import callers
from gateway.cli.checkup import check_providers
from gateway.cli.exposure import build_app, closed_environ, production_option, trusted_documents_option
from gateway.cli.journal import start_journal
from gateway.config import BadSettings, Settings
from gateway.domain.clock import SystemClock
from gateway.sandbox import Sandbox, credentials, open_sandbox
from gateway.schema.error_table import error_table
from gateway.schema.schema import create_schema
from gateway.server.crowd import ConnectionLimits
from gateway.server.lines import Write
from gateway.server.listening import Server, Stop, open_listener, within_descriptors
from gateway.server.page import PageSettings

# The sandbox's demo caller: a key that opens nothing but the sandbox's own demo account.
DEMO_NAME, DEMO_SECRET = "demo", "sandbox-secret"
DEMO_KEY = f"{DEMO_NAME}.{DEMO_SECRET}"
SANDBOX_PORT = 8101
# Seconds at the most that requests under way have when the gateway is told to stop: a request's own time, if less.
_LONGEST_GRACE = 10

_config = click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A TOML file of settings; the environment outweighs it.",
)
_sandbox_port = click.option(
    "--sandbox-port",
    type=click.IntRange(0, 65532),
    default=SANDBOX_PORT,
    show_default=True,
    help="The sandbox's first port; its four providers and a wallet take five in a row. 0 picks free ones.",
)
_fault = click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="PROVIDER:NAME",
    help="Start with a provider failing, such as sfox:429; may be given more than once.",
)
_latency = click.option(
    "--latency",
    "latencies",
    multiple=True,
    metavar="PROVIDER:MS",
    help="Make a provider slow: milliseconds, as in sfox:800, or median and 99th percentile, as in sfox:80-900.",
)
_mode = click.option(
    "--mode",
    "modes",
    multiple=True,
    metavar="PROVIDER:NAME=VALUE",
    help="Give a provider a lasting personality, such as xverse:v2=false or solana:batches=shuffled.",
)


@dataclass(frozen=True, slots=True)
class SandboxOrders:
    """How the sandbox starts."""

    port: int
    faults: Sequence[str]
    latencies: Sequence[str]
    modes: Sequence[str]
    limits: bool = True
    host: str = "127.0.0.1"

    @property
    def are_any(self) -> bool:
        return bool(self.faults or self.latencies or self.modes)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gateway")
def main() -> None:
    """Say over one GraphQL endpoint what Bitcoin addresses, Solana accounts and exchange accounts hold.

    Settings come from the environment: GATEWAY_HOST, GATEWAY_PORT, GATEWAY_XVERSE__API_KEY and so on. Any of them may
    end in _FILE and name a file that holds the value. The README lists them all.
    """


main.add_command(cache)


@main.command()
@_config
@click.option("--sandbox", is_flag=True, help="Start imitations of the providers beside it, and read those.")
@_sandbox_port
@_fault
@_latency
@_mode
@production_option
@trusted_documents_option
def serve(
    *,
    production: bool,
    trusted_documents: str | None,
    config: Path | None,
    sandbox: bool,
    sandbox_port: int,
    faults: Sequence[str],
    latencies: Sequence[str],
    modes: Sequence[str],
) -> None:
    """Serve the gateway over the providers that the settings name, or over its sandbox.

    Stop it with Ctrl+C or SIGTERM: requests under way have a few seconds to end.
    """
    orders = SandboxOrders(sandbox_port, faults, latencies, modes)
    if orders.are_any and not sandbox:
        raise click.UsageError("--fault, --latency and --mode are for the sandbox: give --sandbox too.")
    environ = closed_environ(os.environ, production=production, trusted_documents=trusted_documents)
    write_lines = start_journal()
    if sandbox:
        uvloop.run(_serve_on_sandbox(environ, config, orders, write_lines))
    else:
        settings = _settings(environ, config)
        uvloop.run(_serve(settings, PageSettings(), write_lines))


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on; it knows no secrets.")
@_sandbox_port
@_fault
@_latency
@_mode
@click.option("--limits/--no-limits", default=True, show_default=True, help="Keep the providers' own rate limits.")
def sandbox(
    *,
    host: str,
    sandbox_port: int,
    faults: Sequence[str],
    latencies: Sequence[str],
    modes: Sequence[str],
    limits: bool,
) -> None:
    """Start imitations of Xverse, Solana RPC, bloXroute and sFOX, to build against without the internet.

    Each provider listens on a port of its own and speaks as the vendor does, with its errors, limits and oddities.
    GET /_sandbox on a provider's port counts its calls by route; POST /_sandbox changes a balance, adds latency or
    makes the next calls fail: the README shows how.
    """
    start_journal()
    asyncio.run(_run_sandbox(SandboxOrders(sandbox_port, faults, latencies, modes, limits, host)))


@main.command()
def schema() -> None:
    """Print the schema in GraphQL's schema definition language."""
    click.echo(create_schema().as_str())


@main.command()
def errors() -> None:
    """Print what each error code means, in Markdown."""
    click.echo(error_table())


@main.command()
@_config
def check(*, config: Path | None) -> None:
    """Read the settings, ask the store and each configured provider once, and print a table of what answers.

    Exits with 1 where one that is configured does not answer as it should.
    """
    start_journal(quiet=True)
    settings = _settings(os.environ, config)
    report = asyncio.run(check_providers(settings))
    click.echo(report.table())
    sys.exit(0 if report.is_well else 1)


main.add_command(callers)


def _settings(environ: Mapping[str, str], config: Path | None) -> Settings:
    try:
        return read_settings(environ, config)
    except BadSettings as wrong:
        raise click.ClickException(
            "these settings will not do:\n" + "\n".join(f"  {each}" for each in wrong.lines)
        ) from None


async def _serve_on_sandbox(
    environ: Mapping[str, str], config: Path | None, orders: SandboxOrders, write_lines: Write | None
) -> None:
    async with _open_sandbox(orders) as sandbox:
        settings = _settings(_over_sandbox(environ, sandbox), config)
        await _serve(settings, PageSettings(sandbox=True, demo_key=DEMO_KEY), write_lines, sandbox)


def _over_sandbox(environ: Mapping[str, str], sandbox: Sandbox) -> dict[str, str]:
    """Point every provider at the sandbox, and let the demo caller in; other settings stay as they are."""
    sections = ("XVERSE", "SOLANA", "BLOXROUTE", "SFOX", f"CALLERS__{DEMO_NAME.upper()}")
    kept = {
        key: value
        for key, value in environ.items()
        if not key.upper().startswith(tuple(f"GATEWAY_{section}__" for section in sections))
    }
    return kept | {
        "GATEWAY_XVERSE__URL": sandbox.urls["xverse"],
        "GATEWAY_XVERSE__API_KEY": credentials.XVERSE_API_KEY,
        # The sandbox keeps no count for these two.
        "GATEWAY_XVERSE__BUDGET": "none",
        "GATEWAY_SOLANA__BUDGET": "none",
        "GATEWAY_SOLANA__URL": sandbox.urls["solana"],
        "GATEWAY_SOLANA__WS_URL": sandbox.feeds["solana"],
        "GATEWAY_SOLANA__API_KEY": credentials.SOLANA_API_KEY,
        "GATEWAY_BLOXROUTE__URL": sandbox.urls["bloxroute"],
        "GATEWAY_BLOXROUTE__AUTHORIZATION": credentials.BLOXROUTE_AUTHORIZATION,
        "GATEWAY_SFOX__URL": sandbox.urls["sfox"],
        "GATEWAY_SFOX__FEED_URL": sandbox.urls["sfox"].replace("http", "ws", 1) + "/ws",
        "GATEWAY_CALLERS__DEMO__KEY_SHA256": sha256(DEMO_SECRET.encode()).hexdigest(),
        "GATEWAY_CALLERS__DEMO__SCOPES": '["balances:read", "exchange:read"]',
        "GATEWAY_CALLERS__DEMO__SFOX_TOKEN": credentials.SFOX_TOKEN,
    }


@asynccontextmanager
async def _open_sandbox(orders: SandboxOrders) -> AsyncIterator[Sandbox]:
    opening = open_sandbox(
        host=orders.host,
        port=orders.port,
        limits=orders.limits,
        faults=orders.faults,
        latencies=orders.latencies,
        modes=orders.modes,
    )
    async with AsyncExitStack() as stack:
        try:
            sandbox = await stack.enter_async_context(opening)
        except ValueError as wrong:
            raise click.ClickException(str(wrong)) from None
        except OSError as taken:
            hint = "choose others with --sandbox-port"
            raise click.ClickException(f"the sandbox cannot listen: {taken}; {hint}") from None
        yield sandbox


async def _run_sandbox(orders: SandboxOrders) -> None:
    async with _open_sandbox(orders) as sandbox:
        click.echo("\n".join(_sandbox_lines(sandbox)))
        await asyncio.Event().wait()


def _sandbox_lines(sandbox: Sandbox) -> list[str]:
    keys = {
        "xverse": f"x-api-key: {credentials.XVERSE_API_KEY}",
        "solana": f"Authorization: {credentials.SOLANA_API_KEY} (or none)",
        "bloxroute": f"Authorization: {credentials.BLOXROUTE_AUTHORIZATION}",
        "sfox": f"Authorization: Bearer {credentials.SFOX_TOKEN}",
        "wallet": "(none: the person is asked)",
    }
    return [f"  {name:<10} {url}   {keys[name]}" for name, url in sandbox.urls.items()]


def _listen(settings: Settings) -> socket.socket:
    """Take the port before anything else is opened, so that a taken one is told plainly."""
    try:
        return open_listener(settings.host, settings.port)
    except OSError as trouble:
        place = f"{settings.host}:{settings.port}"
        if trouble.errno == errno.EADDRINUSE:
            raise click.ClickException(
                f"{place} is taken; choose another with GATEWAY_PORT (PORT for make run)"
            ) from None
        raise click.ClickException(f"cannot listen on {place}: {trouble.strerror}") from None


async def _check_store(settings: Settings) -> None:
    """Find out before anything is opened whether a store that the operator requires is there."""
    try:
        async with open_store(settings, SystemClock(), joins=False):
            pass
    except StoreMissing as missing:
        raise click.ClickException(str(missing)) from None


async def _serve(
    settings: Settings, page: PageSettings, write_lines: Write | None, sandbox: Sandbox | None = None
) -> None:
    if settings.cache.required:
        await _check_store(settings)
    app = build_app(settings, page, write_lines)
    with _listen(settings) as listener:
        port = listener.getsockname()[1]
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        traffic = settings.traffic
        limits = ConnectionLimits(connections=traffic.connections, keep_alive=traffic.keep_alive)
        stop = Stop(min(settings.request_timeout + 1, _LONGEST_GRACE), traffic.drain_for)
        server = Server(app, within_descriptors(limits), stop)
        collector.settle_collector()
        click.echo("\n".join(_greeting(f"http://{host}:{port}", sandbox)))
        await server.serve(sockets=[listener])


def _greeting(url: str, sandbox: Sandbox | None) -> list[str]:
    lines = [f"balance-gateway {__version__}", f"  open       {url}/graphql"]
    if sandbox is not None:
        lines += [f"  key        Authorization: Bearer {DEMO_KEY}", "It reads its sandbox:", *_sandbox_lines(sandbox)]
    return lines
