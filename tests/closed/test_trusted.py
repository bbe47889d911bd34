"""Trusted documents: those of a manifest run, by name or by text, and nothing else does."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.app import create_app, read_settings
from gateway.server.manifest import BadManifest, read_manifest
from tests.running import Gateway, running_gateway
from tests.server.wire import get, post

DEPTH = "query Depth { limits { maxDepth } }"
COST = "query Cost { limits { maxCost } }"
DIGEST = sha256(DEPTH.encode()).hexdigest()
ANSWER = {"limits": {"maxDepth": 15}}
# Longer than what the cache of documents takes.
LONG = f"query Long {{ limits {{ maxDepth }} }} #{'x' * 20_000}"


def _written(tmp_path: Path, manifest: object) -> Path:
    path = tmp_path / "manifest.json"
    path.write_text(manifest if isinstance(manifest, str) else json.dumps(manifest))
    return path


def _apollo(*operations: object) -> dict[str, object]:
    return {"format": "apollo-persisted-query-manifest", "version": 1, "operations": operations}


def _operation(name: str, body: str) -> dict[str, str]:
    return {"id": name, "name": "Some", "type": "query", "body": body}


async def _post(gateway: Gateway, **payload: Any) -> Any:
    return msgspec.json.decode((await post(gateway, json.dumps(payload).encode())).body)


async def test_a_trusted_document_runs_however_a_client_names_it(tmp_path: Path) -> None:
    path = _written(tmp_path, _apollo(_operation(DIGEST, DEPTH), _operation("long", LONG)))
    async with running_gateway(GATEWAY_PRODUCTION="true", GATEWAY_TRUSTED_DOCUMENTS=str(path)) as gateway:
        hashed = {"persistedQuery": {"version": 1, "sha256Hash": DIGEST}}
        assert (await _post(gateway, extensions=hashed))["data"] == ANSWER
        assert (await _post(gateway, extensions=hashed, query=DEPTH))["data"] == ANSWER
        for key in ("documentId", "id", "doc_id"):
            assert (await _post(gateway, **{key: DIGEST}))["data"] == ANSWER
        assert (await _post(gateway, documentId=f"sha256:{DIGEST}"))["data"] == ANSWER
        assert (await _post(gateway, query=DEPTH))["data"] == ANSWER
        assert (await _post(gateway, id="long"))["data"] == ANSWER
        reply = await get(gateway, f"/graphql?documentId={DIGEST}&operationName=Depth")
        assert msgspec.json.decode(reply.body)["data"] == ANSWER
        assert (await post(gateway, b"{}")).status == 400


async def test_what_is_not_in_the_manifest_is_refused_with_one_code(tmp_path: Path) -> None:
    path = _written(tmp_path, {"depth-1": DEPTH, "cost-1": COST})
    async with running_gateway(GATEWAY_TRUSTED_DOCUMENTS=str(path)) as gateway:
        assert (await _post(gateway, id="depth-1"))["data"] == ANSWER
        for payload in (
            {"query": "{ limits { maxDepth } }"},
            {"query": f"{DEPTH} "},
            {"query": "{ __schema { queryType { name } } }"},
            {"query": "{ _service { sdl } }"},
            {"query": COST, "documentId": "depth-1"},
            {"documentId": "nothing"},
            {"id": DEPTH},
            {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": DIGEST}}},
            {
                "query": "{ x }",
                "extensions": {"persistedQuery": {"version": 1, "sha256Hash": sha256(b"{ x }").hexdigest()}},
            },
        ):
            (error,) = (await _post(gateway, **payload))["errors"]
            assert error["extensions"]["code"] == "DOCUMENT_NOT_TRUSTED"
        # The page could ask nothing.
        assert (await get(gateway, "/graphql", {"Accept": "text/html"})).status == 406


async def test_a_trusted_document_is_held_to_the_limits_by_its_variables(tmp_path: Path) -> None:
    path = _written(tmp_path, {"a": "query ($a: [Address!]!) { accounts(addresses: $a) { id } }"})
    async with running_gateway(GATEWAY_TRUSTED_DOCUMENTS=str(path)) as gateway:
        (error,) = (await _post(gateway, id="a", variables={"a": ["x"] * 501}))["errors"]
        assert error["extensions"]["code"] == "LIMIT_EXCEEDED"


@pytest.mark.parametrize(
    ("manifest", "told"),
    [
        ("{", "not well-formed JSON"),
        ('"\\ud800"', "not well-formed JSON"),
        ([], "not an object"),
        ({}, "holds no documents"),
        (_apollo(), "holds no documents"),
        ({"format": "other", "version": 1, "operations": []}, "expected apollo-persisted-query-manifest, version 1"),
        ({"format": "apollo-persisted-query-manifest", "version": 2, "operations": []}, "version 1"),
        ({"format": "apollo-persisted-query-manifest", "version": 1}, "with operations"),
        (_apollo(_operation("a", DEPTH), {"id": "b"}), "operation 2: expected an id and a body"),
        (_apollo(_operation("a", DEPTH), _operation("a", COST)), "document a: stands there twice"),
        ({"good": DEPTH, "bad": 5}, "document bad: expected its text"),
        ({"good": DEPTH, "bad": "{ nothing }"}, "document bad: Cannot query field 'nothing'"),
        ({"good": DEPTH, "bad": "{"}, "document bad: Syntax Error"),
        ({"bad": "{ limits { maxDept } }"}, "Did you mean 'maxDepth'"),
        ({"bad": "{ _service { sdl } }"}, "document bad: Introspection is off"),
    ],
)
def test_a_manifest_that_will_not_do_stops_the_start_and_names_the_document(
    tmp_path: Path, manifest: object, told: str
) -> None:
    environ = {"GATEWAY_PRODUCTION": "true", "GATEWAY_TRUSTED_DOCUMENTS": str(_written(tmp_path, manifest))}
    with pytest.raises(BadManifest) as refused:
        create_app(read_settings(environ))
    assert any(told in line for line in refused.value.lines)
    assert not any("document good" in line for line in refused.value.lines)


def test_a_manifest_that_is_not_there_is_told(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(BadManifest, match="cannot be read"):
            read_manifest(path)


def test_the_same_document_may_stand_in_a_manifest_twice(tmp_path: Path) -> None:
    path = _written(tmp_path, _apollo(_operation("a", DEPTH), _operation("a", DEPTH), _operation("b", DEPTH)))
    assert read_manifest(path) == {"a": DEPTH, "b": DEPTH}
