"""The upstream asked without anyone between: the least calls that a cold question needs, all at once."""

import os
import socket
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median
from urllib.parse import urlsplit

from benchmarks.questions import Cold
from benchmarks.upstream import Upstream
from gateway.sandbox import credentials

_CHUNK = 1 << 16
_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Direct:
    """What the upstream takes by itself: its p50 in seconds, its own time on a core, and how many calls it was."""

    p50: float
    cpu: float
    calls: int


def ask_directly(upstream: Upstream, parts: Sequence[Cold], core: int) -> Direct:
    """Ask from the core of the server under test, over connections that are open: sent at once, read in turn."""
    here = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        with ExitStack() as stack:
            one, *_ = parts
            lines = [stack.enter_context(_connect(upstream.urls["xverse"])) for _ in one.holders]
            lines.append(stack.enter_context(_connect(upstream.urls["solana"])))
            _take(lines, one)
            before = upstream.cpu_seconds()
            seconds = [_take(lines, part) for part in parts]
            return Direct(median(seconds), (upstream.cpu_seconds() - before) / len(parts), len(lines))
    finally:
        os.sched_setaffinity(0, here)


def _connect(url: str) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", urlsplit(url).port or 80))
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return line


def _take(lines: Sequence[socket.socket], part: Cold) -> float:
    written = [*map(_balance, part.holders), _accounts(part.accounts)]
    started = time.perf_counter()
    for line, request in zip(lines, written, strict=True):
        line.sendall(request)
    for line in lines:
        _read(line)
    return time.perf_counter() - started


def _balance(holder: str) -> bytes:
    key = f"x-api-key: {credentials.XVERSE_API_KEY}"
    return f"GET /v2/runes/address/{holder}/balance HTTP/1.1\r\nhost: upstream\r\n{key}\r\n\r\n".encode()


def _accounts(accounts: Sequence[str]) -> bytes:
    listed = ",".join(f'"{each}"' for each in accounts)
    options = '{"encoding":"jsonParsed","commitment":"finalized"}'
    body = f'{{"jsonrpc":"2.0","id":1,"method":"getMultipleAccounts","params":[[{listed}],{options}]}}'
    key = f"authorization: {credentials.SOLANA_API_KEY}\r\ncontent-type: application/json"
    return f"POST / HTTP/1.1\r\nhost: upstream\r\n{key}\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode()


def _read(line: socket.socket) -> None:
    """Read one response to its end; end the benchmark where it is none."""
    taken = b""
    while _END not in taken:
        taken += _more(line)
    head, _, body = taken.partition(_END)
    first, *headers = head.decode().lower().split("\r\n")
    length = next((int(each.partition(":")[2]) for each in headers if each.startswith("content-length:")), None)
    if length is None or " 200 " not in f"{first} ":
        raise SystemExit(f"The upstream said {first}.")
    while len(body) < length:
        body += _more(line)


def _more(line: socket.socket) -> bytes:
    came = line.recv(_CHUNK)
    if not came:
        raise SystemExit("The upstream hung up.")
    return came
