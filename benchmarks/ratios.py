"""Measures the gateway against what people would use instead, on the same question, and says which goals are met."""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp

from benchmarks import cold, warm
from benchmarks.cold import ColdRun
from benchmarks.comparison import Differ
from benchmarks.load import require_programs
from benchmarks.process import run
from benchmarks.questions import HOLDERS, RUNES, TOKEN_ACCOUNTS, Question, large, new, repeated, small
from benchmarks.report import Run, report
from benchmarks.rivals import FOLDER, Kind, Rival, floors, gateway, node, rivals, told
from benchmarks.server import Server, open_server
from benchmarks.upstream import Upstream, open_upstream
from benchmarks.versions import versions
from benchmarks.warm import Plan
from benchmarks.windows import Cores, Windows

_RESULT = Path(__file__).with_name("RATIOS.md")
_WHOLE = Plan(connections=(1, 16, 64), rounds=3, warming=4, seconds=2, longest=8, again=60)
_QUICK = Plan(connections=(16,), rounds=1, warming=1, seconds=1, longest=2, again=0)


def cores() -> Cores:
    """Choose two of the cores that are allowed; end the benchmark where there is one."""
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) == 1:
        raise SystemExit("The benchmark needs two cores: one for the server, one for all else.")
    os.sched_setaffinity(0, set(allowed[1:]))
    return Cores(allowed[0], allowed[1])


@asynccontextmanager
async def _servers(chosen: Iterable[Rival], http: aiohttp.ClientSession, core: int) -> AsyncIterator[Sequence[Server]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(open_server(rival, http, core)) for rival in chosen]


async def _compose(folder: Path, upstream: Upstream) -> Path:
    """Let Mesh make a supergraph of the two APIs."""
    supergraph = folder / "supergraph.graphql"
    program = "node_modules/@graphql-mesh/compose-cli/esm/bin.js"
    command = (node(), program, "-c", "mesh.config.mjs", "-o", str(supergraph))
    async with run(command, told(upstream.urls), folder=FOLDER) as process:
        await process.communicate()
    if not supergraph.is_file():
        raise SystemExit("Mesh composed no supergraph.")
    return supergraph


async def _bytes(questions: Sequence[Question], ours: Server, folder: Path) -> dict[str, Path]:
    """Write the gateway's answers to files, for the floors to send."""
    files = {}
    for question in questions:
        path = f"/{question.name.rpartition(' ')[2]}"
        files[path] = folder / path[1:]
        files[path].write_bytes(await ours.ask_bytes(question, question.bodies[0]))
    return files


@dataclass(frozen=True, slots=True)
class Stage:
    """What all servers share, and the gateway, which stays up throughout."""

    cores: Cores
    folder: Path
    http: aiohttp.ClientSession
    upstream: Upstream
    supergraph: Path
    ours: Server


@asynccontextmanager
async def _stage() -> AsyncIterator[Stage]:
    here = cores()
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http,
        open_upstream(http, here.rest) as upstream,
        open_server(gateway(upstream.urls), http, here.server) as ours,
    ):
        await upstream.order("xverse", crowd={"addresses": HOLDERS, "runes": RUNES})
        await upstream.order("solana", crowd={"tokenAccounts": TOKEN_ACCOUNTS})
        with TemporaryDirectory() as name:
            folder = Path(name)
            yield Stage(here, folder, http, upstream, await _compose(folder, upstream), ours)


async def _measure(plan: Plan, *, quick: bool) -> Run:
    # No goal is about what is new.
    questions = (small(), large(), repeated()) if quick else (small(), large(), new(), repeated())
    async with _stage() as stage:
        windows = Windows(stage.cores, (), plan.longest, plan.again)
        graphs = _chosen(rivals(stage.upstream.urls, stage.supergraph), quick=quick)
        beneath = _chosen(floors(await _bytes(questions, stage.ours, stage.folder)), quick=quick)
        async with _servers((*graphs, *beneath), stage.http, stage.cores.server) as others:
            everyone = (stage.ours, *others)
            windows.pids = [stage.upstream.pid, *(server.pid for server in everyone)]
            await warm.compare(everyone, questions, every=12 if quick else 4)
            found = await warm.measure(everyone, questions, plan, windows, stage.upstream)
        cold_run = await _measure_cold(stage, windows, plan, quick=quick)
    named = [stage.ours.rival, *graphs, *beneath]
    return Run(await versions(), plan, questions, named, found, cold_run, windows)


async def _measure_cold(stage: Stage, windows: Windows, plan: Plan, *, quick: bool) -> ColdRun:
    """Measure with rivals that keep nothing: other processes, because they take no order for one request.

    The goals of a cold request are the gateway's own, so a quick run takes one rival to read it beside.
    """
    keepers = _chosen(rivals(stage.upstream.urls, stage.supergraph, keep_for=0), quick=quick)
    forgetful = [each for each in keepers if each.kind is Kind.RIVAL][: 1 if quick else None]
    async with _servers(forgetful, stage.http, stage.cores.server) as others:
        everyone = (stage.ours, *others)
        windows.pids = [stage.upstream.pid, *(server.pid for server in everyone)]
        return await cold.measure(everyone, windows, stage.upstream, plan, compared=4 if quick else 24)


def _chosen(offered: Iterable[Rival], *, quick: bool) -> list[Rival]:
    return [each for each in offered if each.quick or not quick]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round, fewer rivals; writes no file")
    quick: bool = parser.parse_args().quick
    require_programs()
    try:
        written = report(asyncio.run(_measure(_QUICK if quick else _WHOLE, quick=quick)))
    except Differ as differ:
        raise SystemExit(str(differ)) from None
    if not quick:
        _RESULT.write_text(written)
    sys.stdout.write(written)


if __name__ == "__main__":
    main()
