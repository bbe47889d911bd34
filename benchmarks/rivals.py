"""Who is measured: the gateway, what people would use instead, and the floors beneath both."""

import json
import platform
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path

from benchmarks.children import settings_over
from gateway.sandbox import credentials

FOLDER = Path(__file__).with_name("rivals")
_HOME = Path(__file__).parent.parent
# Made by `make bench`, of the packages that the gateway's users install.
_RUN = _HOME / ".venv-run" / "bin" / "python"
_PACKAGES = FOLDER / "node_modules"
_MACHINES = {"x86_64": "x64", "aarch64": "arm64"}
# Seconds for which everyone keeps answers: longer than a run.
KEEP_FOR = 3600
OURS = "balance-gateway"
UVICORN = "bare uvicorn"
MERCURIUS = "Mercurius, JIT"
APOLLO = "Apollo Server, DataLoader"
HIVE = "Hive Gateway + Mesh"


class Kind(Enum):
    """What a server is to the others."""

    OURS = auto()
    RIVAL = auto()
    # A rival that keeps whole answers: nothing of it is left when cold.
    RESPONSE_CACHE = auto()
    FLOOR = auto()


@dataclass(frozen=True, slots=True)
class Rival:
    """A server and how it is started; `port` names the variable that tells it where to listen."""

    name: str
    kind: Kind
    command: Sequence[str]
    environ: Mapping[str, str] = field(default_factory=dict)
    port: str = "PORT"
    folder: Path | None = None
    quick: bool = True

    def path(self, question: str) -> str:
        """Give where to ask: a floor has bytes for each question."""
        return f"/{question.rpartition(' ')[2]}" if self.kind is Kind.FLOOR else "/graphql"


def node() -> str:
    """Find the Node that came with the rivals, else the machine's; end the benchmark where the packages are missing."""
    if not _PACKAGES.is_dir():
        raise SystemExit(f"The rivals are not installed: npm ci in {FOLDER.parent.name}/{FOLDER.name}.")
    packaged = _PACKAGES / f"node-linux-{_MACHINES.get(platform.machine())}" / "bin" / "node"
    found = str(packaged) if packaged.is_file() else shutil.which("node")
    if found is None:
        raise SystemExit("The rivals need Node.")
    return found


def interpreter() -> str:
    """Give the Python that finds what the gateway needs and no more; this one, where that has not been made."""
    return str(_RUN) if _RUN.is_file() else sys.executable


def gateway(vendors: Mapping[str, str], **settings: str) -> Rival:
    """Give the gateway as its operators start it: closed, with its limits, its log and its metrics."""
    kept = {f"GATEWAY_{name}__FRESH_FOR": str(KEEP_FOR) for name in ("XVERSE", "SOLANA")}
    return Rival(
        OURS,
        Kind.OURS,
        (interpreter(), "-m", "gateway", "serve", "--production"),
        settings_over(vendors) | kept | settings,
        port="GATEWAY_PORT",
        folder=_HOME,
    )


def told(vendors: Mapping[str, str]) -> Mapping[str, str]:
    """Give what a rival is told of the upstream."""
    return {
        "XVERSE_URL": vendors["xverse"],
        "XVERSE_KEY": credentials.XVERSE_API_KEY,
        "SOLANA_URL": vendors["solana"],
        "SOLANA_KEY": credentials.SOLANA_API_KEY,
    }


def rivals(vendors: Mapping[str, str], supergraph: Path, *, keep_for: int = KEEP_FOR) -> Sequence[Rival]:
    """Give those who speak GraphQL, each as one of its experts would start it."""
    known = {**told(vendors), "NODE_ENV": "production", "KEEP_FOR": str(keep_for)}
    hive = ("node_modules/@graphql-hive/gateway/dist/bin.js", "supergraph", "-c", "gateway.config.mjs")
    over_mesh = known | {"SUPERGRAPH": str(supergraph)}
    jit, cache = {"JIT": "true"}, {"RESPONSE_CACHE": "true"}
    return [
        _on_node(MERCURIUS, ("mercurius.mjs",), known),
        _on_node(APOLLO, ("apollo.mjs",), known),
        _on_node(
            "Apollo Server, response cache", ("apollo.mjs",), known | cache, kind=Kind.RESPONSE_CACHE, quick=False
        ),
        _on_node("GraphQL Yoga", ("yoga.mjs",), known, quick=False),
        _on_node("GraphQL Yoga, graphql-jit", ("yoga.mjs",), known | jit, quick=False),
        _on_node("GraphQL Yoga, response cache", ("yoga.mjs",), known | cache, kind=Kind.RESPONSE_CACHE, quick=False),
        _on_node(HIVE, hive, over_mesh),
        _on_node(f"{HIVE}, response cache", hive, over_mesh | cache, kind=Kind.RESPONSE_CACHE, quick=False),
    ]


def floors(bodies: Mapping[str, Path]) -> Sequence[Rival]:
    """Give those who send bytes and know nothing; `bodies` has a file for each path."""
    known = {"BODIES": json.dumps({path: str(file) for path, file in bodies.items()})}
    uvicorn = (interpreter(), "-m", "uvicorn", "benchmarks.bare:app", "--loop", "uvloop", "--http", "httptools")
    quiet = ("--log-level", "warning", "--no-access-log", "--lifespan", "off")
    return [
        Rival(UVICORN, Kind.FLOOR, (*uvicorn, *quiet), known, port="UVICORN_PORT", folder=_HOME),
        _on_node("bare node:http", ("bare.mjs",), known, kind=Kind.FLOOR, quick=False),
    ]


def _on_node(
    name: str, arguments: Sequence[str], environ: Mapping[str, str], *, kind: Kind = Kind.RIVAL, quick: bool = True
) -> Rival:
    script, *others = arguments
    return Rival(name, kind, (node(), str(FOLDER / script), *others), environ, folder=FOLDER, quick=quick)
