"""What an answer is written as, and with which status, is what the client prefers of the two media types."""

import msgspec
import pytest

from gateway.sandbox.addresses import RUNES_HOLDER
from gateway.server.preference import GRAPHQL, JSON, accepts_gzip, media_type
from tests.running import Gateway
from tests.server.wire import GRAPHQL_TYPE, JSON_TYPE, get, post, request
from tests.server.wire import JSON as POSTED

GOOD = b'{"query": "{ limits { maxDepth } }"}'

ACCEPTS = [
    ("", JSON),
    (" ,, ", JSON),
    ("*/*", JSON),
    ("application/*", JSON),
    ("application/json", JSON),
    ("Application/JSON", JSON),
    ("application/json; charset=utf-8", JSON),
    ("application/graphql-response+json", GRAPHQL),
    ('application/graphql-response+json;charset="UTF-8"', GRAPHQL),
    ("application/graphql-response+json, application/json", GRAPHQL),
    ("application/json, application/graphql-response+json", GRAPHQL),
    ("application/graphql-response+json, application/json;q=0.9", GRAPHQL),
    ("application/graphql-response+json;q=0.8, application/json;q=0.9", JSON),
    ("application/graphql-response+json;q=0.001, text/html", GRAPHQL),
    ("application/graphql-response+json; Q=0.5 , */*;q=0.1", GRAPHQL),
    ("application/json, */*", JSON),
    ("*/*, application/graphql-response+json", GRAPHQL),
    ("*/*, application/json;q=0", GRAPHQL),
    ("application/*;q=0.2, */*;q=0.9", JSON),
    ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", JSON),
    ("multipart/mixed;deferSpec=20220824,application/graphql-response+json,application/json;q=0.9", GRAPHQL),
    ("text/html", None),
    ("application/graphql", None),
    ("application/jsonevil", None),
    ("garbage", None),
    ("*/*;q=0", None),
    ("application/json;q=0, application/graphql-response+json;q=0.0", None),
    ("*/*, application/*;q=0", None),
    ("application/json;q=2", None),
    ("application/json;q=high", None),
    ("application/json;charset=utf-16", None),
]


@pytest.mark.parametrize(("accept", "chosen"), ACCEPTS)
def test_the_heavier_type_is_chosen_and_the_named_one_of_two_alike(accept: str, chosen: str | None) -> None:
    assert media_type([accept]) == chosen


def test_headers_that_come_more_than_once_are_one_list() -> None:
    assert media_type(["text/html", "application/graphql-response+json"]) == GRAPHQL
    assert media_type([]) == JSON


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("*", True),
        ("", False),
        ("gzip;q=0", False),
        ("*, gzip;q=0", False),
        ("br", False),
        ("identity", False),
        ("xgzip", False),
        ("*;q=0", False),
    ],
)
def test_gzip_is_for_those_who_name_it_and_do_not_weigh_it_nothing(header: str, *, wanted: bool) -> None:
    assert accepts_gzip([header]) is wanted


@pytest.mark.asyncio(loop_scope="module")
class TestAnswers:
    async def test_an_answer_has_the_type_that_was_asked_for_and_says_it_depends_on_it(self, standing: Gateway) -> None:
        for accept, written_as in ((JSON, JSON_TYPE), (GRAPHQL, GRAPHQL_TYPE)):
            reply = await post(standing, GOOD, {**POSTED, "Accept": accept})
            assert (reply.status, reply.headers["Content-Type"]) == (200, written_as)
            assert "Accept" in reply.headers["Vary"]
            assert msgspec.json.decode(reply.body)["data"] == {"limits": {"maxDepth": 15}}

    async def test_who_takes_neither_is_told_which_there_are(self, standing: Gateway) -> None:
        headers = {**POSTED, "Accept": "text/html"}
        for reply in (
            await post(standing, GOOD, headers),
            await get(standing, "/graphql?query={limits{maxDepth}}", headers),
        ):
            assert (reply.status, reply.code, reply.headers["Content-Type"]) == (406, "BAD_REQUEST", JSON_TYPE)

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            (b'{"query": "{"}', "GRAPHQL_PARSE_FAILED"),
            (b'{"query": "{ nothing }"}', "GRAPHQL_VALIDATION_FAILED"),
            (b'{"query": "query ($a: Address!) { account(address: $a) { id } }"}', "BAD_USER_INPUT"),
        ],
    )
    async def test_a_document_that_will_not_do_is_a_200_in_plain_json_and_a_400_in_graphqls_own(
        self, standing: Gateway, body: bytes, code: str
    ) -> None:
        for accept, status in ((JSON, 200), (GRAPHQL, 400)):
            reply = await post(standing, body, {**POSTED, "Accept": accept})
            assert (reply.status, reply.code) == (status, code)
            assert "data" not in msgspec.json.decode(reply.body)

    @pytest.mark.parametrize("body", [b"", b"{", b"1", b"{}", b'{"query": 1}', b'{"query": "{a}", "variables": []}'])
    async def test_a_request_that_is_not_well_formed_is_a_400_in_either(self, standing: Gateway, body: bytes) -> None:
        for accept, written_as in ((JSON, JSON_TYPE), (GRAPHQL, GRAPHQL_TYPE)):
            reply = await post(standing, body, {**POSTED, "Accept": accept})
            assert (reply.status, reply.code, reply.headers["Content-Type"]) == (400, "BAD_REQUEST", written_as)

    async def test_data_beside_errors_is_a_partial_success_in_graphqls_own_type(self, standing: Gateway) -> None:
        partial = f'{{ limits {{ maxDepth }} account(address: "{RUNES_HOLDER}") {{ runes(first: -1) {{ outcome }} }} }}'
        nothing = "{ exchangeWallets { outcome } }"
        for query in (partial, nothing):
            body = msgspec.json.encode({"query": query})
            for accept, status in ((JSON, 200), (GRAPHQL, 294)):
                reply = await post(standing, body, {**POSTED, "Accept": accept})
                answer = msgspec.json.decode(reply.body)
                assert (reply.status, "data" in answer, len(answer["errors"])) == (status, True, 1)

    async def test_other_methods_are_refused_whatever_is_accepted(self, standing: Gateway) -> None:
        reply = await request(standing, "PUT", "/graphql", {**POSTED, "Accept": "text/html"}, GOOD)
        assert (reply.status, reply.code, reply.headers["Allow"]) == (405, "BAD_REQUEST", "GET, POST")
