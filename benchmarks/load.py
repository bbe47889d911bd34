"""The load: wrk on a core of its own, sending the bodies of a question in turn over some connections."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.process import run
from benchmarks.questions import Question

_SCRIPT = Path(__file__).with_name("rotate.lua")


@dataclass(frozen=True, slots=True)
class Load:
    """What one stretch of load came to: answers of any kind, those with another status than 200, bytes, seconds."""

    requests: int
    failed: int
    bytes: int
    seconds: float
    p50: float
    p99: float

    @property
    def rate(self) -> float:
        """Requests per second that were answered with 200."""
        return (self.requests - self.failed) / self.seconds


def require_programs() -> None:
    """End the benchmark, saying what to install, where a program is missing."""
    for program, package in (("wrk", "wrk"), ("taskset", "util-linux")):
        if shutil.which(program) is None:
            raise SystemExit(f"The benchmark needs {program}: apt-get install {package} (Debian, Ubuntu).")


async def load(url: str, question: Question, *, connections: int, seconds: int, core: int) -> Load:
    """Send for so many seconds; ends the benchmark where nothing good comes back."""
    headers = [part for name, value in question.headers.items() for part in ("-H", f"{name}: {value}")]
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "60s", "-s", str(_SCRIPT)]
    with TemporaryDirectory() as folder:
        bodies = Path(folder) / "bodies"
        bodies.write_bytes(b"\n".join(question.bodies) + b"\n")
        async with run([*command, *headers, url], {"BODIES": str(bodies)}, core=core) as process:
            said, _ = await process.communicate()
    return _read(said.decode(), url)


def _read(said: str, url: str) -> Load:
    line = next((each for each in reversed(said.splitlines()) if each.startswith("{")), None)
    if line is None:
        raise SystemExit(f"wrk told nothing of {url}: {said}")
    told: Mapping[str, int] = json.loads(line)
    if told["errors"] and told["errors"] >= told["requests"]:
        raise SystemExit(f"All {told['errors']} requests to {url} failed.")
    times = (told[name] / 1e6 for name in ("microseconds", "p50", "p99"))
    return Load(told["requests"], told["errors"], told["bytes"], *times)
