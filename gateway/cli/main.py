"""The command `gateway`: serve, sandbox, schema, errors, check, callers and cache."""

import asyncio
import errno
import os
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

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
from gateway.schema.error_table import error_table
from gateway.schema.schema import create_schema
from gateway.server.crowd import ConnectionLimits
from gateway.server.lines import Write
from gateway.server.listening import Server, Stop, open_listener, within_descriptors
from gateway.server.page import PageSettings

if TYPE_CHECKING:
    from gateway.cli.imitations import Orders

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
    if (faults or latencies or modes) and not sandbox:
        raise click.UsageError("--fault, --latency and --mode are for the sandbox: give --sandbox too.")
    environ = closed_environ(os.environ, production=production, trusted_documents=trusted_documents)
    write_lines = start_journal()
    if sandbox:
        # The sandbox takes memory that nobody needs who reads the providers themselves.
        from gateway.cli import imitations  # noqa: PLC0415 - as said

        orders = imitations.Orders(sandbox_port, faults, latencies, modes)
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
    from gateway.cli import imitations  # noqa: PLC0415 - only who serves without it is to be spared it

    start_journal()
    asyncio.run(imitations.run_alone(imitations.Orders(sandbox_port, faults, latencies, modes, limits, host)))


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
    environ: Mapping[str, str], config: Path | None, orders: "Orders", write_lines: Write | None
) -> None:
    from gateway.cli import imitations  # noqa: PLC0415 - whose orders these are

    async with imitations.open_imitations(orders) as sandbox:
        settings = _settings(imitations.settings_over(environ, sandbox), config)
        page = PageSettings(sandbox=True, demo_key=imitations.DEMO_KEY)
        await _serve(settings, page, write_lines, imitations.greeting(sandbox))


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


async def _serve(settings: Settings, page: PageSettings, write_lines: Write | None, told: Sequence[str] = ()) -> None:
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
        click.echo("\n".join([*_greeting(f"http://{host}:{port}"), *told]))
        await server.serve(sockets=[listener])


def _greeting(url: str) -> list[str]:
    return [f"balance-gateway {__version__}", f"  open       {url}/graphql"]
