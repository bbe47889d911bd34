"""Lines of the log that are written many at once say what each would have said by itself."""

import asyncio
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from gateway.server.lines import Lines

_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_requests = st.tuples(_texts, _texts, st.integers(100, 599), st.one_of(st.none(), _texts), st.floats(0, 1000))


class _Paper:
    def __init__(self) -> None:
        self.written: list[str] = []

    @property
    def lines(self) -> list[dict[str, object]]:
        return [msgspec.json.decode(line) for line in "".join(self.written).split("\n") if line]


@given(st.lists(_requests, max_size=5))
def test_each_line_is_whole_whatever_stands_in_it(requests: list[tuple[str, str, int, str | None, float]]) -> None:
    async def run() -> None:
        for each in requests:
            lines.note(*each)
        lines.flush()

    paper = _Paper()
    lines = Lines(paper.written.append)
    asyncio.run(run())
    assert [(line["method"], line["path"], line["status"], line["caller"]) for line in paper.lines] == [
        each[:4] for each in requests
    ]
    for line, request in zip(paper.lines, requests, strict=True):
        assert line["milliseconds"] == round(request[4] * 1000, 1)
        assert (line["event"], line["level"]) == ("http.request", "info")


async def test_lines_wait_for_each_other_and_not_for_ever() -> None:
    paper = _Paper()
    lines = Lines(paper.written.append)
    before = datetime.now(UTC)
    lines.note("POST", "/graphql", 200, None, 0.1)
    lines.note("POST", "/graphql", 200, "demo", 0.2)
    assert paper.written == []
    while not paper.written:  # noqa: ASYNC110 - the timer tells nobody
        await asyncio.sleep(0.01)
    assert len(paper.written) == 1
    assert [line["caller"] for line in paper.lines] == [None, "demo"]
    for line in paper.lines:
        assert before.replace(microsecond=0) <= datetime.fromisoformat(str(line["timestamp"])) <= datetime.now(UTC)


async def test_many_lines_are_written_before_the_time_is_up() -> None:
    paper = _Paper()
    lines = Lines(paper.written.append)
    for _ in range(600):
        lines.note("POST", "/graphql", 200, None, 0.1)
    assert len(paper.lines) == 512
    lines.flush()
    assert len(paper.lines) == 600
    lines.flush()
    assert len(paper.written) == 2


async def test_paths_that_strangers_make_up_fill_no_memory() -> None:
    paper = _Paper()
    lines = Lines(paper.written.append)
    for number in range(2000):
        lines.note("GET", f"/{number}", 404, None, 0)
    lines.flush()
    assert [line["path"] for line in paper.lines] == [f"/{number}" for number in range(2000)]
    assert len(lines._asked) <= 512  # noqa: SLF001 - that it is bounded is told nowhere else


@pytest.mark.parametrize("caller", [None, "demo"])
def test_without_a_place_to_write_each_line_is_logged_by_itself(caller: str | None) -> None:
    with capture_logs() as logged:
        Lines().note("POST", "/graphql", 200, caller, 0.25)
    assert logged == [
        {
            "event": "http.request",
            "log_level": "info",
            "method": "POST",
            "path": "/graphql",
            "status": 200,
            "milliseconds": 250.0,
            "caller": caller,
        }
    ]
