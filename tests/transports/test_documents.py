"""What is closed over HTTP is closed over a WebSocket: documents, introspection, names, places."""

from hashlib import sha256
from pathlib import Path

import msgspec

from gateway.server.exposure import Exposure
from tests.running import running_gateway
from tests.transports.board import LISTEN, serving
from tests.transports.socket import Socket, listening
from tests.transports.stream import streamed

RUNES = '{ account(address: "1AzvGNJwEgQvu6eFfeQDjcetPiRi3rfa22") { runes { outcome } } }'


def _closed(manifest: Path | None = None) -> Exposure:
    return Exposure.of(production=True, introspection=None, trusted_documents=manifest)


def _hashed(text: str) -> dict[str, object]:
    digest = sha256(text.encode()).hexdigest()
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest}}}


async def _ask(socket: Socket, **payload: object) -> None:
    await socket.send(type="subscribe", id="1", payload=payload)


async def test_only_trusted_documents_run_by_their_names_or_their_exact_text(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_bytes(msgspec.json.encode({"figures": LISTEN}))
    async with serving(exposure=_closed(manifest)) as served, listening(served) as socket:
        served.board.tell(1)
        for asked in ({"query": LISTEN}, {"documentId": "figures"}, {"extensions": {"documentId": "figures"}}):
            await _ask(socket, **asked)
            assert await socket.figure() == 1
            await socket.send(type="complete", id="1")
        for refused in ({"query": LISTEN + " "}, {"query": "{ __typename }"}, {"documentId": "others"}):
            await _ask(socket, **refused)
            assert await socket.error() == "DOCUMENT_NOT_TRUSTED"
        async with streamed(served, LISTEN + " ") as stream:
            assert (await stream.event())["errors"][0]["extensions"]["code"] == "DOCUMENT_NOT_TRUSTED"


async def test_a_subscription_is_sent_once_with_its_hash_and_then_listened_to_by_its_hash() -> None:
    async with serving() as served, listening(served) as socket:
        served.board.tell(1)
        await _ask(socket, **_hashed(LISTEN))
        assert await socket.error() == "PERSISTED_QUERY_NOT_FOUND"
        for asked in ({"query": LISTEN, **_hashed(LISTEN)}, _hashed(LISTEN)):
            await _ask(socket, **asked)
            assert await socket.figure() == 1
            await socket.send(type="complete", id="1")


async def test_in_production_neither_the_schema_is_told_nor_a_name() -> None:
    async with serving(exposure=_closed()) as served, listening(served) as socket:
        await socket.subscribe("{ __schema { types { name } } }")
        assert await socket.error() == "INTROSPECTION_OFF"
        await socket.subscribe("subscription { figur }")
        message = await socket.hear()
        assert message["payload"][0]["message"] == "Cannot query field 'figur' on type '…'."


async def test_a_query_over_a_websocket_takes_a_place_among_all_operations() -> None:
    async with running_gateway(GATEWAY_TRAFFIC__OPERATIONS="1") as gateway:
        await gateway.fail("xverse", "hang")
        async with gateway.http.ws_connect(f"{gateway.url}/graphql", protocols=["graphql-transport-ws"]) as socket:
            await socket.send_json({"type": "connection_init"})
            assert await socket.receive_json() == {"type": "connection_ack"}
            for id_, query in (("first", RUNES), ("second", "{ __typename }")):
                await socket.send_json({"type": "subscribe", "id": id_, "payload": {"query": query}})
            refused = await socket.receive_json()
            assert (refused["id"], refused["payload"][0]["extensions"]["code"]) == ("second", "OVERLOADED")
