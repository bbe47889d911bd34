"""Bodies that nobody has sent before, as they may come: plain, odd, wrong, named by a hash, or too large."""

from collections.abc import AsyncIterator
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from gateway.execution.unhandled import Reason
from gateway.server.compiled import AT_HAND
from gateway.server.exposure import Exposure
from tests.execution import figures
from tests.execution.hard import HOLDER, OWNER
from tests.execution.source import Fate
from tests.execution.twins import same_references
from tests.execution.ways import Ways, asking
from tests.execution.wire import Servers, body
from tests.execution.world import World
from tests.readings.clock import StandingClock

pytestmark = pytest.mark.asyncio(loop_scope="module")

_TEXT: Final = (
    "query Holders($places: [Address!]!, $first: Int) { accounts(addresses: $places) "
    "{ address runes(first: $first) { outcome nodes { rune { name } } } } }"
)
_BARE: Final = figures.HOLDERS[Fate.BARE].text
_WALLETS: Final = "query ($first: Int) { exchangeWallets(first: $first) { outcome nodes { id } } }"
_QUERY: Final = msgspec.json.encode(_TEXT).decode()
_PLACES: Final = f'"places": ["{HOLDER}"]'


async def _warmed(ways: Ways) -> Ways:
    await ways.warm(_TEXT, {"places": [HOLDER, _BARE]})
    return ways


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ways() -> AsyncIterator[Ways]:
    with same_references(), capture_logs():
        async with Servers().over(World(StandingClock())) as server:
            yield await _warmed(Ways(server))


@pytest.mark.parametrize(
    "written",
    [
        f'{{"query": {_QUERY}, "variables": {{{_PLACES}}}, "n": NNN}}',
        f'{{"variables": {{"first": 1, {_PLACES}}}, "operationName": "Holders", "n": NNN, "query": {_QUERY}}}',
        f' \r\n\t{{"query":{_QUERY},"operationName":null,"extensions":null,"n":NNN,"variables":{{{_PLACES}}}}}  \n',
        # Of a member twice the last one counts, as on the whole way.
        f'{{"query": "{{ nothing }}", "n": NNN, "query": {_QUERY}, "variables": {{{_PLACES}}}}}',
        f'{{"query": {_QUERY}, "n": NNN, "variables": {{"places": 5, {_PLACES}}}, "variables": {{{_PLACES}}}}}',
        f'{{"query": {_QUERY}, "n": NNN, "variables": {{"places": 5, {_PLACES}}}}}',
        f'{{"query": {_QUERY}, "n": NNN, "variables": {{{_PLACES}, "unknown": {{"a": [1, 2.5, null]}}}}}}',
        f'{{"query": {_QUERY}, "n": NNN, "variables": {{{_PLACES}, "first": 2.0}}}}',
        f'{{"query": {_QUERY}, "n": NNN, "variables": {{"places": "{_BARE}"}}}}',
        f'{{"query": {_QUERY}, "n": NNN, "variables": {{"places": "\\u0062{_BARE[1:]}"}}}}',
        f'{{"query": {_QUERY}, "n": NNN, "variables": {{{_PLACES}, "\\ud83d\\ude00": "\\u0000"}}}}',
    ],
)
async def test_a_body_that_is_well_formed_is_answered_at_once_however_it_is_written(ways: Ways, written: str) -> None:
    answer = await ways.agree(lambda number: written.replace("NNN", str(number)).encode())
    assert answer.at_once
    assert b'"FRESH"' in answer.body


@pytest.mark.parametrize(
    "written",
    [
        *("", "NNN", "[NNN]", "null", '"NNN"', "{", "{}", '{"query": NNN}', '{"query": "", "n": NNN}'),
        f'{{"query": {_QUERY}, "variables": {{{_PLACES}}}, "n": NNN',
        f'{{"query": {_QUERY}, "variables": {{{_PLACES}}}, "n": NNN}} x',
        f'{{"query": {_QUERY}, "variables": {{{_PLACES}}}, "n": NNN, }}',
        f"{{'query': {_QUERY}, 'n': NNN}}",
        f'\ufeff{{"query": {_QUERY}, "variables": {{{_PLACES}}}, "n": NNN}}',
        f'{{"query": {_QUERY}, "variables": [NNN]}}',
        f'{{"query": {_QUERY}, "variables": "NNN"}}',
        f'{{"query": {_QUERY}, "n": NNN}}',
        f'{{"query": {_QUERY}, "variables": {{{_PLACES}}}, "operationName": NNN}}',
        f'{{"query": {_QUERY}, "variables": {{{_PLACES}}}, "operationName": "NNN"}}',
        f'{{"query": {_QUERY}, "variables": {{{_PLACES}}}, "operationName": "", "n": NNN}}',
        f'{{"query": {_QUERY}, "variables": {{{_PLACES}}}, "extensions": [NNN]}}',
        f'{{"query": [{_QUERY}], "variables": {{{_PLACES}}}, "n": NNN}}',
        f'{{"query": {_QUERY}, "variables": {{{_PLACES}, "first": NaN}}, "n": NNN}}',
        f'{{"query": {_QUERY}, "variables": {{{_PLACES}, "first": 01}}, "n": NNN}}',
        f'{{"query": {_QUERY}, "variables": {{{_PLACES}, "first": 1e999}}, "n": NNN}}',
        f'{{"query": {_QUERY}, "variables": {{{_PLACES}, "first": 1{"0" * 5000}}}, "n": NNN}}',
        f'{{"query": {_QUERY}, "variables": {{{_PLACES}, "first": "2"}}, "n": NNN}}',
        f'{{"query": {_QUERY}, "variables": {{{_PLACES}, "first": 1001}}, "n": NNN}}',
        f'{{"query": {_QUERY}, "variables": {{{_PLACES}, "first": -1}}, "n": NNN}}',
        f'{{"query": {_QUERY}, "variables": {{"places": null}}, "n": NNN}}',
        f'{{"query": {_QUERY}, "variables": {{"places": ["\\ud800"]}}, "n": NNN}}',
        f'{{"query": {_QUERY}, "variables": {{"places": ["{HOLDER}x"]}}, "n": NNN}}',
        f'{{"query": {_QUERY}, "variables": {{"places": {"[" * 300}{"]" * 300}}}, "n": NNN}}',
        f'{{"query": {_QUERY}, "variables": {{"places": {"[" * 3000}{"]" * 3000}}}, "n": NNN}}',
        f'{{"query": {_QUERY}, "variables": {{{_PLACES}, "x": {"[" * 99999}{"]" * 99999}}}, "n": NNN}}',
        f'{{"query": {_QUERY}, "variables": {{{_PLACES}}}, "extensions": {{"persistedQuery": NNN}}}}',
        (
            f'{{"query": {_QUERY}, "variables": {{{_PLACES}}}, "extensions": {{"persistedQuery": '
            '{"version": 1, "sha256Hash": "NNN"}}}'
        ),
        f'{{"variables": {{{_PLACES}}}, "documentId": "sha256:NNN"}}',
    ],
)
async def test_a_body_that_is_not_as_it_should_be_goes_the_whole_way(ways: Ways, written: str) -> None:
    answer = await ways.agree(lambda number: written.replace("NNN", str(number)).encode())
    assert not answer.at_once


@pytest.mark.parametrize("wrong", [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\x00"])
async def test_a_body_that_is_no_text_goes_the_whole_way(ways: Ways, wrong: bytes) -> None:
    content = asking(_TEXT, {"places": [HOLDER]}, x="WRONG")
    answer = await ways.agree(lambda number: content(number).replace(b"WRONG", wrong))
    assert not answer.at_once
    assert answer.status == b"HTTP/1.1 400 Bad Request"


@pytest.mark.parametrize(
    ("places", "at_once"), [(1, True), (499, True), (500, True), (501, False), (1999, False), (2001, False)]
)
async def test_what_passes_a_limit_is_refused_by_the_whole_way(ways: Ways, places: int, *, at_once: bool) -> None:
    answer = await ways.agree(asking(_TEXT, {"places": [HOLDER] * places, "first": 1}))
    assert answer.at_once is at_once
    assert (b"LIMIT_EXCEEDED" in answer.body) is not at_once


@pytest.mark.parametrize(("values", "at_once"), [(1999, True), (2000, False)])
async def test_values_that_nothing_asks_for_count_as_well(ways: Ways, values: int, *, at_once: bool) -> None:
    answer = await ways.agree(asking(_TEXT, {"places": [HOLDER], "unknown": [0] * values}))
    assert answer.at_once is at_once
    assert (b"LIMIT_EXCEEDED" in answer.body) is not at_once


async def test_a_body_may_be_as_large_as_what_comes_in_one_piece(ways: Ways) -> None:
    for size in (16 * 1024, 64 * 1024, 200 * 1024):
        assert (await ways.agree(asking(_TEXT, {"places": [HOLDER]}, more="x" * size))).at_once
    assert all(len(each) <= 128 * 1024 for each in ways.server.bodies)
    too_large = await ways.agree(asking(_TEXT, {"places": [HOLDER]}, more="x" * 256 * 1024))
    assert too_large.status == f"HTTP/1.1 413 {HTTPStatus.REQUEST_ENTITY_TOO_LARGE.phrase}".encode()


@pytest.mark.parametrize("text", ["{ nothing }", "{", "", f'{{ reconcileTokens(owner: "{OWNER}") {{ verdict }} }}'])
async def test_a_document_that_is_wrong_or_asks_for_what_is_never_at_hand_goes_the_whole_way(
    ways: Ways, text: str
) -> None:
    for _ in range(3):
        assert not (await ways.agree(asking(text, {}))).at_once


async def test_what_is_not_at_hand_goes_the_whole_way(ways: Ways) -> None:
    places = [HOLDER, figures.HOLDERS[Fate.DOWN].text]
    answer = await ways.agree(asking(_TEXT, {"places": places}))
    assert not answer.at_once
    assert b'"UNAVAILABLE"' in answer.body


async def test_each_body_is_answered_by_its_own_variables(ways: Ways) -> None:
    for places in ([HOLDER], [_BARE], [_BARE, HOLDER], [OWNER], []):
        answer = await ways.agree(asking(_TEXT, {"places": places}))
        assert answer.at_once
        told = msgspec.json.decode(answer.body)
        assert [each["address"] for each in told["data"]["accounts"]] == places
        asked = sum(each != OWNER for each in places)
        assert told["extensions"]["cost"]["upstreamCalls"] == asked


async def test_wallets_are_each_callers_own_whatever_the_body(ways: Ways) -> None:
    holding, other = figures.HOLDING[Fate.READ], figures.HOLDING[Fate.BARE]
    for caller in (holding, other):
        for first in range(1, 4):
            await ways.agree(asking(_WALLETS, {"first": first}), caller)
    found = [await ways.agree(asking(_WALLETS, {"first": 9}), caller) for caller in (holding, other, holding)]
    assert [each.at_once for each in found] == [True] * 3
    assert found[0].body == found[2].body != found[1].body
    for caller in (figures.ANONYMOUS, figures.PENNILESS, figures.NOBODY):
        assert not (await ways.agree(asking(_WALLETS, {"first": 9}), caller)).at_once


async def test_a_document_is_known_by_its_hash_as_soon_as_it_was_sent_with_it(ways: Ways) -> None:
    def named(number: int, **more: Any) -> bytes:
        name = {"persistedQuery": {"version": 1, "sha256Hash": sha256(_TEXT.encode()).hexdigest()}}
        return msgspec.json.encode(
            {"variables": {"places": [HOLDER], "first": 1}, "extensions": {**name, "n": number}, **more}
        )

    assert b"PersistedQueryNotFound" in (await ways.agree(named)).body
    assert (await ways.agree(lambda number: named(number, query=_TEXT))).at_once
    assert (await ways.agree(named)).at_once


async def test_a_text_that_was_never_run_is_not_taken_for_seen(ways: Ways) -> None:
    text = f"query Unseen($places: [Address!]!) {{ accounts(addresses: $places) {{ id }} }} # {HOLDER}"
    counts = ways.server.world.runs._counts  # noqa: SLF001 - told to metrics alone
    # Refused each time, so that it is valid and was not run.
    for _ in range(3):
        assert not (await ways.agree(asking(text, {"places": [HOLDER] * 501}))).at_once
    seen, at_once = counts[Reason.FIRST_SEEN], counts[AT_HAND]
    assert (await ways.agree(asking(text, {"places": [HOLDER]}))).at_once
    assert counts[Reason.FIRST_SEEN] == seen + 1
    # Besides the answer, that of the middle way, and that by which its connection's head became known.
    assert counts[AT_HAND] == at_once + 3


async def test_how_an_answer_was_made_is_told_where_that_is_wanted() -> None:
    async with Servers(Exposure(explains=True)).over(World(StandingClock())) as server:
        ways = await _warmed(Ways(server))
        answer = await ways.agree(asking(_TEXT, {"places": [_BARE]}))
        assert answer.at_once
        assert msgspec.json.decode(answer.body)["extensions"]["execution"] == AT_HAND


async def test_of_a_manifest_only_its_documents_are_answered(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_bytes(msgspec.json.encode({"holders": _TEXT, "type": "{ __typename }"}))
    async with Servers(Exposure(trusted_documents=manifest)).over(World(StandingClock())) as server:
        ways = await _warmed(Ways(server))
        sent = {"places": [_BARE]}
        assert (await ways.agree(asking(_TEXT, sent))).at_once
        assert (await ways.agree(lambda number: body("", sent, documentId="holders", n=number, query=None))).at_once
        other = await ways.agree(asking(_TEXT.replace("Holders", "Others"), sent))
        assert not other.at_once
        assert b"DOCUMENT_NOT_TRUSTED" in other.body
