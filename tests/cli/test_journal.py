"""The log: JSON in a pipe, plain lines on a terminal, and no variables in a traceback in either."""

import json
import os
import subprocess
import sys

import pytest

# Logs an event, and a fault whose frame holds a secret.
SCRIPT = """
import logging, structlog
from gateway.cli.journal import start_journal
start_journal(quiet={quiet})
log = structlog.get_logger()
log.info("something.happened", figure=1)
logging.getLogger("aiocache").info("a key of the cache")
logging.getLogger("library").error("a library's trouble")
def failing():
    key = "sword" + "fish"
    raise RuntimeError(len(key))
try:
    failing()
except RuntimeError:
    log.exception("something.crashed", reference="abc")
"""


def _run(stderr: int, *, quiet: bool) -> str:
    command = [sys.executable, "-c", SCRIPT.format(quiet=quiet)]
    done = subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=stderr, timeout=30)  # noqa: S603 - our own
    return (done.stderr or b"").decode()


@pytest.mark.parametrize("quiet", [False, True])
def test_in_a_pipe_each_line_is_a_json_object(*, quiet: bool) -> None:
    told = _run(subprocess.PIPE, quiet=quiet)
    lines = [json.loads(line) for line in told.splitlines()]
    expected = [("error", "a library's trouble"), ("error", "something.crashed")]
    assert [(line["level"], line["event"]) for line in lines] == (
        expected if quiet else [("info", "something.happened"), *expected]
    )
    assert "RuntimeError: 9" in lines[-1]["exception"]
    assert all(line["timestamp"].endswith("Z") for line in lines)
    assert "swordfish" not in told


def test_on_a_terminal_lines_are_for_a_person() -> None:
    reader, terminal = os.openpty()
    try:
        _run(terminal, quiet=False)
        told = os.read(reader, 1 << 16).decode()
    finally:
        os.close(reader)
        os.close(terminal)
    for words in ("something.happened", "something.crashed", "RuntimeError: 9", "a library's trouble"):
        assert words in told
    assert "swordfish" not in told
    assert not told.startswith("{")
