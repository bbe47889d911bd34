"""Automatic persisted queries: a client sends a document once, and its hash from then on."""

import json
from hashlib import sha256
from typing import Any

import msgspec

from gateway.schema.errors import CallerError
from gateway.server.persisted import Automatic
from tests.running import Gateway
from tests.server.wire import JSON, Reply, get, post

QUERY = "query Depth { limits { maxDepth } }"
DEPTH = {"limits": {"maxDepth": 15}}


def _hashed(query: str, **more: Any) -> dict[str, Any]:
    digest = sha256(query.encode()).hexdigest()
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest, **more}}}


async def _post(gateway: Gateway, **payload: Any) -> Any:
    return msgspec.json.decode((await post(gateway, json.dumps(payload).encode())).body)


async def _get(gateway: Gateway, **parameters: Any) -> Reply:
    async with gateway.http.get(f"{gateway.url}/graphql", params=parameters) as response:
        return Reply(response.status, response.headers, await response.read())


async def test_a_hash_that_is_not_known_is_told_in_the_words_that_clients_wait_for(gateway: Gateway) -> None:
    answer = await _post(gateway, **_hashed(QUERY))
    (error,) = answer["errors"]
    assert (error["message"], error["extensions"]["code"]) == ("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")


async def test_once_sent_with_its_hash_a_document_runs_by_its_hash_over_post_and_get(gateway: Gateway) -> None:
    assert (await _post(gateway, query=QUERY, **_hashed(QUERY)))["data"] == DEPTH
    assert (await _post(gateway, **_hashed(QUERY), operationName="Depth"))["data"] == DEPTH
    assert (await _post(gateway, query=None, **_hashed(QUERY)))["data"] == DEPTH
    reply = await _get(gateway, extensions=json.dumps(_hashed(QUERY)["extensions"]), operationName="Depth")
    assert (reply.status, msgspec.json.decode(reply.body)["data"]) == (200, DEPTH)


async def test_a_document_may_be_sent_over_get_too(gateway: Gateway) -> None:
    extensions = json.dumps(_hashed(QUERY)["extensions"])
    assert (await _get(gateway, extensions=extensions)).code == "PERSISTED_QUERY_NOT_FOUND"
    assert (await _get(gateway, extensions=extensions, query=QUERY)).status == 200
    assert msgspec.json.decode((await _get(gateway, extensions=extensions)).body)["data"] == DEPTH


async def test_variables_belong_to_the_request_and_not_to_the_document(gateway: Gateway) -> None:
    query = "query ($yes: Boolean!) { limits { maxDepth @include(if: $yes) __typename } }"
    await _post(gateway, query=query, variables={"yes": True}, **_hashed(query))
    answer = await _post(gateway, variables={"yes": False}, **_hashed(query))
    assert answer["data"] == {"limits": {"__typename": "Limits"}}
    # A variable that is called as a document's name would be is a variable.
    by_id = "query ($id: ID!) { rune(id: $id) { id } }"
    await _post(gateway, query=by_id, variables={"id": "0:0"}, **_hashed(by_id))
    reply = await _get(
        gateway, extensions=json.dumps(_hashed(by_id)["extensions"]), variables=json.dumps({"id": "0:0"})
    )
    assert b"PERSISTED" not in reply.body


async def test_a_hash_of_another_text_is_refused_and_nothing_is_kept(gateway: Gateway) -> None:
    other = "{ limits { maxCost } }"
    (error,) = (await _post(gateway, query=other, **_hashed(QUERY)))["errors"]
    assert error["extensions"]["code"] == "BAD_REQUEST"
    for query in (QUERY, other):
        (error,) = (await _post(gateway, **_hashed(query)))["errors"]
        assert error["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"


async def test_what_is_not_valid_or_asks_too_much_is_not_kept(gateway: Gateway) -> None:
    aliases = " ".join(f"a{number}: limits {{ maxDepth }}" for number in range(101))
    for query in ("{ nothing }", "{", f"{{ {aliases} }}"):
        assert (await _post(gateway, query=query, **_hashed(query)))["errors"]
        (error,) = (await _post(gateway, **_hashed(query)))["errors"]
        assert error["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"


async def test_a_name_that_is_no_name_is_refused(gateway: Gateway) -> None:
    for persisted in (5, "x", {}, {"version": 2, "sha256Hash": "x"}, {"version": 1}, {"version": 1, "sha256Hash": 5}):
        (error,) = (await _post(gateway, query=QUERY, extensions={"persistedQuery": persisted}))["errors"]
        assert error["extensions"]["code"] == "BAD_REQUEST"


async def test_extensions_that_are_no_object_are_refused(gateway: Gateway) -> None:
    reply = await post(gateway, json.dumps({"documentId": "x", "extensions": [1]}).encode(), JSON)
    assert (reply.status, reply.code) == (400, "BAD_REQUEST")


async def test_a_document_that_is_known_runs_by_its_documents_id(gateway: Gateway) -> None:
    digest = sha256(QUERY.encode()).hexdigest()
    await _post(gateway, query=QUERY, **_hashed(QUERY))
    for name in (f"sha256:{digest}", digest, digest.upper()):
        assert (await _post(gateway, documentId=name))["data"] == DEPTH
    reply = await _get(gateway, documentId=f"sha256:{digest}")
    assert msgspec.json.decode(reply.body)["data"] == DEPTH


async def test_a_request_without_a_document_is_still_refused(gateway: Gateway) -> None:
    assert (await get(gateway, "/graphql")).status == 400
    assert (await post(gateway, b"{}")).status == 400


def _keeps(texts: Automatic, query: str) -> bool:
    try:
        return texts.text(None, sha256(query.encode()).hexdigest(), is_hash=True) == query
    except CallerError:
        return False


def test_only_so_many_texts_are_kept_and_the_least_used_goes_first() -> None:
    texts = Automatic()
    for number in range(1000):
        texts.learn(f"{{ q{number} }}")
    texts.learn("{ q5 }")
    assert _keeps(texts, "{ q0 }")
    texts.learn("{ another }")
    assert [_keeps(texts, query) for query in ("{ q0 }", "{ q1 }", "{ q2 }", "{ another }")] == [
        True,
        False,
        True,
        True,
    ]


def test_only_so_many_characters_are_kept() -> None:
    texts = Automatic()
    long = [f"{number}".ljust(250_000, "x") for number in range(40)]
    for text in long:
        texts.learn(text)
    kept = [_keeps(texts, text) for text in long]
    assert kept == [False] * 24 + [True] * 16
