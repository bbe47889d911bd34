"""Every form that an answer may take and every form that it may not: shown as it is, or refused and never as zero."""

import pytest
import structlog
import time_machine

from gateway.sandbox import Sandbox
from tests.matrix import bloxroute_form, sfox_form, solana_form, xverse_form
from tests.matrix.clock import NOW
from tests.matrix.play import play_to_the_end
from tests.matrix.stage import Stage
from tests.matrix.verdict import assert_drift, assert_figures, assert_kept_quiet

_TABLES = {
    "xverse": xverse_form.ROWS,
    "bloxroute": bloxroute_form.ROWS,
    "solana": solana_form.ROWS,
    "sfox": sfox_form.ROWS,
}


@pytest.mark.parametrize("table", _TABLES)
async def test_each_form_is_accepted_or_refused_with_its_name(
    table: str, stage: Stage, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    rows = _TABLES[table]
    with structlog.testing.capture_logs() as log, time_machine.travel(NOW, tick=False):
        seen = await play_to_the_end(rows, stage, sandbox)
    ends = {name: (each.end, each.calls) for name, each in seen.items()}
    assert ends == {row.name: (row.end, row.before + 1 + row.retries) for row in rows}
    assert_figures(rows, seen)
    assert_drift(rows, seen, log)
    assert_kept_quiet(seen, repr(log) + caplog.text)
