"""Values for every setting that may hold a secret, each to be known again wherever it turns up."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from gateway.sandbox import Sandbox, credentials
from tests.secrets.enumeration import NAME, Kind, Setting, all_settings

# The secret part of the canary's own key.
KEY_SECRET = "canary-of-the-callers-own-key"
# Where a setting takes no text but of one form; a new one that does not take the common form has a row here.
SHAPES: Mapping[str, str] = {
    "GATEWAY_CACHE__URL": "redis://user:{}@127.0.0.1:9/0",
    "GATEWAY_JWT__JWKS_URL": "http://127.0.0.1:9/keys?api-key={}",
    "GATEWAY_SFOX__FEED_URL": "ws://127.0.0.1:9/?api-key={}",
    "GATEWAY_SOLANA__WS_URL": "ws://127.0.0.1:9/?api-key={}",
}
# What the far end takes for true: with these the sandbox answers, and refuses all others.
BELIEVED: Mapping[str, str] = {
    "GATEWAY_XVERSE__API_KEY": credentials.XVERSE_API_KEY,
    "GATEWAY_SOLANA__API_KEY": credentials.SOLANA_API_KEY,
    "GATEWAY_BLOXROUTE__AUTHORIZATION": credentials.BLOXROUTE_AUTHORIZATION,
    f"GATEWAY_CALLERS__{NAME.upper()}__SFOX_TOKEN": credentials.SFOX_TOKEN,
}
# A name and a password in a URL are sent as Authorization, which all others send themselves.
_WITH_PASSWORD = ("GATEWAY_XVERSE__URL",)


@dataclass(slots=True)
class Canaries:
    """Settings with a canary in each that may hold one, and the canaries by the settings' names."""

    environ: dict[str, str] = field(default_factory=dict)
    by_name: dict[str, list[str]] = field(default_factory=dict)
    # Those of keys, which are no secrets as the others are.
    digests: list[str] = field(default_factory=list)

    def seen_in(self, text: str) -> list[str]:
        """Name the settings whose canaries stand in a text: as they are, escaped, in Base64 or hashed without a key."""
        return [
            name
            for name, canaries in self.by_name.items()
            for canary in canaries
            if any(f in text for f in forms(canary))
        ]

    def place(self, name: str, value: str, *canaries: str) -> None:
        self.environ[name] = value
        self.by_name[name] = list(canaries)


def forms(canary: str) -> list[str]:
    """Give what a canary may turn up as; Base64 is looked for at each of the three places a byte can have in it."""
    found = [canary, quote(canary, safe=""), sha256(canary.encode()).hexdigest()]
    for shift in range(3):
        encoded = base64.b64encode(b"x" * shift + canary.encode()).decode()
        # The ends depend on what stands beside it.
        found.append(encoded[4 if shift else 0 : -4])
    return found


def canaries(sandbox: Sandbox | None = None, *, believed: bool = False) -> Canaries:
    """Put a canary into every setting that may hold a secret; with a sandbox, the providers' URLs lead to it."""
    made = Canaries()
    for setting in all_settings():
        _place(made, setting, sandbox, believed=believed)
    made.by_name["the caller's key"] = [KEY_SECRET]
    return made


def _place(made: Canaries, setting: Setting, sandbox: Sandbox | None, *, believed: bool) -> None:
    name = setting.name
    canary = f"canary-{sha256(name.encode()).hexdigest()[:12]}-{name.lower().replace('_', '-')}"
    if setting.kind is Kind.HARMLESS:
        return
    if believed and name in BELIEVED:
        made.place(name, BELIEVED[name], BELIEVED[name])
    elif setting.pattern and "{64}" in setting.pattern:
        # The digest of a key; one key opens, and the others are of nobody.
        digest = sha256((KEY_SECRET if name.endswith("__KEY_SHA256") else canary).encode()).hexdigest()
        made.place(name, digest, digest)
        made.digests.append(digest)
    elif name in SHAPES:
        made.place(name, SHAPES[name].format(canary), canary)
    elif setting.kind is Kind.URL:
        base = sandbox.urls.get(name.split("_")[1].lower(), "") if sandbox else ""
        host = base.removeprefix("http://") or "127.0.0.1:9"
        password = f"user:password-{canary}@" if name in _WITH_PASSWORD else ""
        made.place(name, f"http://{password}{host}/?api-key={canary}", canary)
    else:
        made.place(name, canary, canary)


def in_files(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Put each value in a file of its own, and name that instead."""
    named = {}
    for name, value in environ.items():
        path = folder / name
        path.write_text(f"{value}\n")
        named[f"{name}_FILE"] = str(path)
    return named


def in_toml(environ: Mapping[str, str], path: Path) -> None:
    """Put all values in one file of settings."""
    tables: dict[str, dict[str, str]] = {}
    for name, value in environ.items():
        *table, key = name.removeprefix("GATEWAY_").lower().split("__")
        tables.setdefault(".".join(table), {})[key] = value
    lines = []
    # What stands in no table comes first.
    for table_name, values in sorted(tables.items()):
        lines += [f"[{table_name}]"] if table_name else []
        lines += [f"{key} = {_toml(value)}" for key, value in values.items()]
    path.write_text("\n".join(lines) + "\n")


def _toml(value: str) -> Any:
    return value if value.startswith("[") else f'"{value}"'
