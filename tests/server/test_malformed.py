"""Five hundred malformed requests: each is refused as the caller's own fault, in JSON with a code, and asks nobody."""

from collections import Counter

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs
from yarl import URL

from tests.running import Gateway
from tests.server.malformed import Malformed, Spoiler
from tests.server.wire import GRAPHQL_TYPE, JSON_TYPE, Reply, get, post

pytestmark = pytest.mark.asyncio(loop_scope="module")
SEED, HOW_MANY = 20_261, 500
# As clients may tell these from each other: by what the draft, HTTP and the audits say of each.
STATUSES = {400, 403, 405, 406, 414, 415}


async def _send(gateway: Gateway, wrong: Malformed) -> Reply:
    # Sent as it is written, though it may be written wrongly.
    url = URL(f"{gateway.url}{wrong.path}", encoded=True)
    async with gateway.http.request(wrong.method, url, data=wrong.body, headers=wrong.headers) as response:
        return Reply(response.status, response.headers, await response.read())


async def _turned_away(gateway: Gateway) -> Counter[str]:
    """Count what the connection turned away, by why."""
    families = text_string_to_metric_families((await get(gateway, "/metrics")).body.decode())
    samples = next(each for each in families if each.name == "gateway_http_refused").samples
    return +Counter({each.labels["reason"]: int(each.value) for each in samples if each.name.endswith("_total")})


async def test_each_of_five_hundred_is_refused_in_json_with_a_code(standing: Gateway) -> None:
    spoiler = Spoiler(SEED)
    met: Counter[tuple[str, int]] = Counter()
    turned_away = await _turned_away(standing)
    with capture_logs() as lines:
        for number in range(HOW_MANY):
            wrong = spoiler.make()
            reply = await _send(standing, wrong)
            told = (number, wrong, reply.status, reply.body[:300])
            assert reply.status in STATUSES, told
            assert reply.headers["Content-Type"] in {JSON_TYPE, GRAPHQL_TYPE}, told
            answer = msgspec.json.decode(reply.body)
            assert set(answer) == {"errors"}, told
            for error in answer["errors"]:
                assert error["extensions"]["code"] in {"BAD_REQUEST", "LIMIT_EXCEEDED", "FORBIDDEN"}, told
                assert len(error["message"]) < 500, told
            met[wrong.fault, reply.status] += 1
    # Every way of being wrong was tried, and told from the others.
    assert {fault for fault, _ in met} == {"body", "cut", "members", "type", "accept", "method", "url"}
    assert {status for _, status in met} == STATUSES - {403}
    # Each has a line in the log, but for what the connection itself turns away: that is counted, and told together.
    events = Counter(line["event"] for line in lines)
    assert set(events) == {"http.request", "http.refused"}
    by_connection = await _turned_away(standing) - turned_away
    assert {line["reason"] for line in lines if line["event"] == "http.refused"} == set(by_connection)
    assert events["http.request"] + by_connection.total() == HOW_MANY
    assert not any(calls for calls in standing.sandbox.calls.values())


async def test_who_asks_well_is_answered_after_all_of_them(standing: Gateway) -> None:
    spoiler = Spoiler(SEED + 1)
    for _ in range(20):
        await _send(standing, spoiler.make())
    assert (await post(standing, b'{"query": "{ limits { maxDepth } }"}')).status == 200
