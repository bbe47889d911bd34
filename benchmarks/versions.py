"""What was measured, exactly: interpreters with how they were built, packages, the processor."""

import asyncio
import json
import platform
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from benchmarks.rivals import FOLDER, interpreter, node

_OURS = ("strawberry-graphql", "graphql-core", "starlette", "uvicorn", "uvloop", "httptools", "aiohttp", "msgspec")

# Asked of the interpreter that the gateway runs on.
_TELL_BUILD = """
import platform, sys, sysconfig
how = "built without profile-guided optimisation, which would make it 1.3 to 1.45 times as fast"
if "--enable-optimizations" in str(sysconfig.get_config_var("CONFIG_ARGS")):
    how = "built with profile-guided optimisation"
elif sys.base_prefix == "/usr":
    how = "as the distribution builds it"
print(f"{platform.python_implementation()} {platform.python_version()}, {how}")
"""


async def versions() -> Mapping[str, str]:
    """Name everything that a figure may depend on."""
    packages: Mapping[str, Mapping[str, str]] = json.loads((FOLDER / "package.json").read_text())
    node_version = await _said(node(), "--version")
    return {
        "Python": await _said(interpreter(), "-c", _TELL_BUILD),
        "the gateway's packages": ", ".join(f"{name} {version(name)}" for name in _OURS) + _beside(),
        "Node": f"{node_version} from {'npm' if str(FOLDER) in node() else 'this machine'}",
        "the rivals' packages": ", ".join(f"{name} {pinned}" for name, pinned in packages["dependencies"].items()),
        "processor": f"{_processor()}; one core for the server, another for the load and the upstream",
    }


def _beside() -> str:
    is_alone = interpreter() != sys.executable
    return "; nothing else installed" if is_alone else "; with the developers' packages, of which structlog loads rich"


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


async def _said(*command: str) -> str:
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    return said.decode().strip()
