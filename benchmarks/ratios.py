"""Measures the gateway against what people would use instead, on the same question, and says which goals are met."""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp

from benchmarks import cold, warm
from benchmarks.comparison import Differ
from benchmarks.load import require_programs
from benchmarks.process import run
from benchmarks.questions import HOLDERS, RUNES, TOKEN_ACCOUNTS, Question, large, repeated, small
from benchmarks.report import Run, report
from benchmarks.rivals import FOLDER, Kind, Rival, floors, gateway, node, rivals
from benchmarks.server import Server, open_server
from benchmarks.upstream import Upstream, open_upstream
from benchmarks.versions import versions
from benchmarks.warm import Plan
from benchmarks.windows import Cores, Windows
from gateway.sandbox import credentials

_RESULT = Path(__file__).with_name("RATIOS.md")
_WHOLE = Plan(connections=(1, 16, 64), rounds=3, warming=4, seconds=2, again=60)
_QUICK = Plan(connections=(16,), rounds=1, warming=1, seconds=1, again=0)


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
    command = (
        node(),
        "node_modules/@graphql-mesh/compose-cli/esm/bin.js",
        "-c",
        "mesh.config.mjs",
        "-o",
        str(supergraph),
    )
    environ = {
        "XVERSE_URL": upstream.urls["xverse"],
        "XVERSE_KEY": credentials.XVERSE_API_KEY,
        "SOLANA_URL": upstream.urls["solana"],
        "SOLANA_KEY": credentials.SOLANA_API_KEY,
    }
    async with run(command, environ, folder=FOLDER) as process:
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


async def _measure(plan: Plan, *, quick: bool) -> Run:
    here, questions = cores(), (small(), large(), repeated())
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        connector = aiohttp.TCPConnector(limit=0)
        http = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        upstream = await stack.enter_async_context(open_upstream(http, here.rest))
        await upstream.order("xverse", crowd={"addresses": HOLDERS, "runes": RUNES})
        await upstream.order("solana", crowd={"tokenAccounts": TOKEN_ACCOUNTS})
        supergraph = await _compose(folder, upstream)
        ours = await stack.enter_async_context(open_server(gateway(upstream.urls), http, here.server))
        graphs = [each for each in rivals(upstream.urls, supergraph) if each.quick or not quick]
        beneath = [each for each in floors(await _bytes(questions, ours, folder)) if each.quick or not quick]
        async with _servers((*graphs, *beneath), http, here.server) as others:
            everyone = (ours, *others)
            await warm.compare(everyone, questions, every=12 if quick else 4)
            windows = Windows(here, [upstream.pid, *(server.pid for server in everyone)], plan.again)
            found = await warm.measure(everyone, questions, plan, windows, upstream)
        keepers = [each for each in rivals(upstream.urls, supergraph, keep_for=0) if each.kind is Kind.RIVAL]
        async with _servers((each for each in keepers if each.quick or not quick), http, here.server) as others:
            windows.pids = [upstream.pid, ours.pid, *(server.pid for server in others)]
            cold_run = await cold.measure(
                (ours, *others),
                windows,
                upstream,
                rounds=plan.rounds,
                seconds=plan.seconds,
                compared=4 if quick else 24,
            )
        named = [ours.rival, *graphs, *beneath]
        return Run(await versions(), plan, questions, named, found, cold_run, windows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round, fewer rivals; writes no file")
    quick: bool = parser.parse_args().quick
    require_programs()
    try:
        told = report(asyncio.run(_measure(_QUICK if quick else _WHOLE, quick=quick)))
    except Differ as differ:
        raise SystemExit(str(differ)) from None
    if not quick:
        _RESULT.write_text(told)
    sys.stdout.write(told)


if __name__ == "__main__":
    main()
