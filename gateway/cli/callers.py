"""The commands `gateway callers`: keys for those who may ask."""

import os
import secrets
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import click
from pydantic import TypeAdapter, ValidationError

from gateway.app import read_settings
from gateway.config import BadSettings
from gateway.server.caller_settings import CallerName, CallerSettings

_SECRET_BYTES = 32


@click.group()
def callers() -> None:
    """Make keys for callers, and exchange old ones for new ones."""


@callers.command()
@click.argument("name")
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The TOML file of settings that may have the caller already.",
)
def new(name: str, config: Path | None) -> None:
    """Make a key for the caller NAME: print it once, and what to store of it.

    Where the settings (the environment and --config) have the caller already, the new key is its second one: both work
    until the first is taken out. Nothing is stored here, and what is printed to store does not open anything.
    """
    _check(name)
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    stored = _to_store(_known(name, config), sha256(secret.encode()).hexdigest())
    click.echo("\n".join(_told(name, f"{name}.{secret}", stored)))


def _check(name: str) -> None:
    try:
        TypeAdapter(CallerName).validate_python(name)
    except ValidationError:
        raise click.UsageError("NAME has 1 to 63 of a-z, 0-9, - and _, and begins with a letter or a digit.") from None
    if "__" in name:
        raise click.UsageError("NAME has no two _ in a row: they part the names of settings.")


def _known(name: str, config: Path | None) -> CallerSettings | None:
    try:
        return read_settings(os.environ, config).callers.get(name)
    except BadSettings as wrong:
        raise click.ClickException("\n  ".join(["these settings will not do:", *wrong.lines])) from None


def _to_store(known: CallerSettings | None, digest: str) -> dict[str, str]:
    """Give the settings of a caller's keys, with the new one the last: the oldest of three has had its time."""
    if known is None:
        return {"key_sha256": digest}
    return {"key_sha256": known.digests[-1], "next_key_sha256": digest}


def _told(name: str, key: str, stored: dict[str, str]) -> Sequence[str]:
    prefix = f"GATEWAY_CALLERS__{name.upper()}__"
    lines = [
        f"The caller's key, shown this once and sent as `Authorization: Bearer {name}.…`:",
        "",
        f"  {key}",
        "",
        "Store this in the environment of the gateway, and start it again:",
        "",
        *(f"  {prefix}{setting.upper()}={value}" for setting, value in stored.items()),
        "",
        "or this in its TOML file (--config):",
        "",
        f"  [callers.{name}]",
        *(f'  {setting} = "{value}"' for setting, value in stored.items()),
        "",
    ]
    if len(stored) == 1:
        return [*lines, f"It may read balances; {prefix}SCOPES says what else."]
    return [
        *lines,
        "Both keys work from then on. Once the caller uses the new one, store only that:",
        "",
        f"  {prefix}KEY_SHA256={stored['next_key_sha256']}",
        "",
        f"without {prefix}NEXT_KEY_SHA256.",
    ]
