"""The command `gateway cache`: how much the replicas' store keeps and serves, and a way to make it forget."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import click

from gateway.app import SharedStore, exchange_credentials, fingerprints_of, open_store, read_settings, terms_of
from gateway.cli.journal import start_journal
from gateway.config import BadSettings, Settings
from gateway.domain import sources
from gateway.domain.address import Address, NotAnAddress
from gateway.domain.clock import SystemClock
from gateway.domain.exchange import Credential
from gateway.domain.token import AccountKey, Commitment
from gateway.readings.name import Names
from gateway.readings.tally import Found
from gateway.replicas.link import StoreLost

_COLUMNS = ("CAPABILITY", "READINGS", "BYTES", *(each.value.upper() for each in Found), "HIT RATE")
_config = click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A TOML file of settings; the environment outweighs it.",
)


@click.group()
def cache() -> None:
    """Look at the store that replicas share, or make it forget one address or one caller.

    There is no command that empties the store: it may be shared with others.
    """


@cache.command()
@_config
def stats(config: Path | None) -> None:
    """Print, by capability, how many readings are kept, and how often they were of use to all replicas."""
    click.echo(asyncio.run(_stats(_settings(config))))


@cache.command()
@_config
@click.option("--address", help="Forget what is kept of this address.")
@click.option("--caller", help="Forget what is kept of this caller's exchange account.")
def drop(config: Path | None, address: str | None, caller: str | None) -> None:
    """Forget one address, or one caller's exchange account: in the store, and within a second in every replica."""
    if (address is None) is (caller is None):
        raise click.UsageError("give --address or --caller.")
    settings = _settings(config)
    keys = _of_address(address) if address is not None else _of_caller(settings, caller or "")
    dropped = asyncio.run(_drop(settings, keys))
    click.echo(f"{dropped} {'reading' if dropped == 1 else 'readings'} dropped.")


def _settings(config: Path | None) -> Settings:
    start_journal(quiet=True)
    try:
        settings = read_settings(os.environ, config)
    except BadSettings as wrong:
        raise click.ClickException("\n".join(["these settings will not do:", *wrong.lines])) from None
    if settings.cache.url is None:
        raise click.ClickException(
            "GATEWAY_CACHE__URL names no store: each gateway keeps its readings in its own memory until it is "
            "restarted, and shows at /metrics how often they are of use."
        )
    return settings


def _of_address(text: str) -> list[object]:
    try:
        address = Address.parse(text.strip())
    except NotAnAddress as wrong:
        raise click.BadParameter(str(wrong), param_hint="--address") from None
    return [address, *(AccountKey(address, commitment) for commitment in Commitment)]


def _of_caller(settings: Settings, name: str) -> list[object]:
    credentials: Mapping[str, Credential] = exchange_credentials(settings, fingerprints_of(settings))
    if name not in credentials:
        raise click.BadParameter("no caller of that name has an exchange account.", param_hint="--caller")
    return [credentials[name]]


@asynccontextmanager
async def _store(settings: Settings) -> AsyncIterator[SharedStore]:
    async with open_store(settings, SystemClock(), joins=False) as shared:
        if shared is None or not shared.sharing.link.is_up:
            reason = shared.sharing.link.reason if shared else "none is named"
            raise click.ClickException(f"the store at GATEWAY_CACHE__URL cannot be asked: {reason}.")
        try:
            yield shared
        except StoreLost:
            raise click.ClickException(f"the store was lost: {shared.sharing.link.reason}.") from None


async def _drop(settings: Settings, keys: list[object]) -> int:
    names = Names(fingerprints_of(settings))
    async with _store(settings) as shared:
        return await shared.shelf.drop(
            [
                names.of(terms, key)
                for capability, terms in (await terms_of(settings)).items()
                for key in keys
                if isinstance(key, sources.key_type(capability))
            ]
        )


async def _stats(settings: Settings) -> str:
    async with _store(settings) as shared:
        sizes, counts = await shared.shelf.sizes(), await shared.shelf.counts()
        replicas = shared.sharing.pulse.replicas
    capabilities = sorted({*sizes, *(name.partition(":")[0] for name in counts)})
    rows = [_COLUMNS, *(_row(each, *sizes.get(each, (0, 0)), counts) for each in capabilities)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(_COLUMNS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([*lines, "", f"{replicas} {'replica' if replicas == 1 else 'replicas'} alive."])


def _row(capability: str, readings: int, size: int, counts: Mapping[str, int]) -> tuple[str, ...]:
    found = {each: counts.get(f"{capability}:{each}", 0) for each in Found}
    reads = found[Found.HIT] + found[Found.STALE] + found[Found.MISS]
    rate = f"{100 * found[Found.HIT] // reads} %" if reads else "-"
    return (capability, str(readings), str(size), *(str(count) for count in found.values()), rate)
