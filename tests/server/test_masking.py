"""What nobody foresaw: the caller gets a reference, the log gets the rest under it."""

from typing import Any, cast

import aiohttp
from structlog.testing import capture_logs

from gateway.schema.limits import RequestLimits
from tests.server.crashing import INSIDE, CrashingParts, crashing_server, parts

HOLDER = "1AzvGNJwEgQvu6eFfeQDjcetPiRi3rfa22"


async def _ask(url: str, query: str) -> tuple[int, Any, str]:
    async with aiohttp.ClientSession() as http, http.post(url, json={"query": query}) as response:
        return response.status, await response.json(), await response.text()


def _assert_tells_nothing(text: str) -> None:
    for inside in (INSIDE, "RuntimeError", "Traceback", ".py", "swordfish", "gateway.readings"):
        assert inside not in text


async def test_a_fault_in_one_field_is_masked_and_spoils_only_that_field() -> None:
    query = f'{{ account(address: "{HOLDER}") {{ chain }} limits {{ maxDepth }} rune(id: "1:0") {{ id }} }}'
    async with crashing_server(parts()) as url:
        status, body, text = await _ask(url, query)
    assert status == 200
    assert body["data"] == {"account": {"chain": "BITCOIN"}, "limits": {"maxDepth": 15}, "rune": None}
    (error,) = body["errors"]
    assert error["extensions"]["code"] == "INTERNAL"
    _assert_tells_nothing(text)


async def test_a_fault_in_a_resolver_shows_a_reference_and_the_log_shows_the_fault_under_it() -> None:
    async with crashing_server(parts()) as url:
        with capture_logs() as lines:
            status, body, text = await _ask(url, "{ providers { provider } }")
    (error,) = body["errors"]
    reference = error["extensions"]["reference"]
    assert (status, body["data"]) == (200, None)
    assert error["extensions"]["code"] == "INTERNAL"
    assert error["message"] == f"Something unforeseen went wrong; the reference is {reference}."
    assert error["path"] == ["providers"]
    _assert_tells_nothing(text)
    (line,) = (line for line in lines if line["event"] == "request.crashed")
    assert (line["reference"], line["log_level"], str(line["exc_info"])) == (reference, "error", INSIDE)


async def test_a_fault_before_there_is_an_operation_is_a_500_in_the_same_form() -> None:
    async with crashing_server(parts(CrashingParts)) as url:
        with capture_logs() as lines:
            status, body, text = await _ask(url, "{ limits { maxDepth } }")
    (error,) = body["errors"]
    assert status == 500
    assert error["extensions"]["code"] == "INTERNAL"
    _assert_tells_nothing(text)
    (line,) = (line for line in lines if line["event"] == "request.crashed")
    assert line["reference"] in error["message"]


async def test_a_fault_in_a_provider_is_a_problem_of_its_own_figures_under_a_reference_in_the_log() -> None:
    query = f"""{{ account(address: "{HOLDER}") {{
        runes {{ outcome nodes {{ rune {{ id }} }} problem {{ code message reference }} }} }} }}"""
    async with crashing_server(parts()) as url:
        with capture_logs() as lines:
            status, body, text = await _ask(url, query)
    runes = body["data"]["account"]["runes"]
    assert (status, runes["outcome"], runes["nodes"]) == (200, "UNAVAILABLE", None)
    assert runes["problem"]["code"] == "INTERNAL"
    _assert_tells_nothing(text)
    (line,) = (line for line in lines if line["event"] == "reading.failed")
    assert (line["reference"], str(line["exc_info"])) == (runes["problem"]["reference"], INSIDE)


async def test_every_fault_has_a_reference_of_its_own() -> None:
    async with crashing_server(parts()) as url:
        bodies = [(await _ask(url, "{ providers { provider } }"))[1] for _ in range(3)]
    assert len({body["errors"][0]["extensions"]["reference"] for body in bodies}) == 3


async def test_a_fault_before_anything_is_executed_is_a_500_in_either_media_type() -> None:
    # What is asked for cannot be measured: the bound to measure it by is no number.
    limits = RequestLimits.model_construct(max_depth=cast("int", INSIDE))
    async with crashing_server(parts(), limits) as url, aiohttp.ClientSession() as http:
        for accept in ("application/json", "application/graphql-response+json"):
            asked = http.post(url, json={"query": "{ limits { maxDepth } }"}, headers={"Accept": accept})
            async with asked as response:
                body = await response.json(content_type=None)
                assert response.status == 500
                assert response.content_type == accept
            assert [error["extensions"]["code"] for error in body["errors"]] == ["INTERNAL"]
            assert "data" not in body
            _assert_tells_nothing(str(body))
