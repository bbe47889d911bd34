"""Every row of every error matrix: how it ends, what the caller is told, and how often the provider is asked."""

import pytest
import structlog
import time_machine

from gateway.sandbox import Sandbox
from tests.matrix import bloxroute, sfox, solana_error, solana_http, xverse
from tests.matrix.clock import NOW
from tests.matrix.play import play_in_no_time, play_to_the_end
from tests.matrix.stage import Stage
from tests.matrix.verdict import assert_drift, assert_figures, assert_kept_quiet

_TABLES = {
    "xverse": xverse.ROWS,
    "bloxroute": bloxroute.ROWS,
    "solana, by HTTP": solana_http.ROWS,
    "solana, by its errors": solana_error.ROWS,
    "sfox": sfox.ROWS,
}


@pytest.mark.parametrize("table", _TABLES)
async def test_without_time_for_another_try_each_row_ends_as_its_matrix_says(
    table: str, stage: Stage, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    rows = _TABLES[table]
    with structlog.testing.capture_logs() as log, time_machine.travel(NOW, tick=False):
        seen = await play_in_no_time(rows, stage, sandbox)
    ends = {name: (each.end, each.calls, each.retry_after) for name, each in seen.items()}
    assert ends == {row.name: (row.end, row.before + 1, row.retry_after) for row in rows}
    assert_figures(rows, seen)
    assert_drift(rows, seen, log)
    assert_kept_quiet(seen, repr(log) + caplog.text)


@pytest.mark.parametrize("table", _TABLES)
async def test_with_time_for_every_try_each_row_is_asked_again_as_often_as_its_matrix_says(
    table: str, stage: Stage, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    rows = _TABLES[table]
    with structlog.testing.capture_logs() as log, time_machine.travel(NOW, tick=False):
        seen = await play_to_the_end(rows, stage, sandbox)
    ends = {name: (each.end, each.calls) for name, each in seen.items()}
    assert ends == {row.name: (row.end, row.before + 1 + row.retries) for row in rows}
    assert_figures(rows, seen)
    assert_kept_quiet(seen, repr(log) + caplog.text)
