"""What every test of this folder asserts at its end: nothing crashed, nothing was told by a traceback."""

from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict


@pytest.fixture(autouse=True)
def journal(caplog: pytest.LogCaptureFixture) -> Iterator[list[EventDict]]:
    """Give the gateway's log lines; none of them, and none of a library's, may tell of a crash."""
    with capture_logs() as lines:
        yield lines
    assert [line for line in lines if "exc_info" in line or line["log_level"] in {"error", "critical"}] == []
    assert [record.getMessage() for record in caplog.get_records("call")] == []
