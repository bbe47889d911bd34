"""One operation over a transport that streams; of what comes, the first is taken."""

from collections.abc import Mapping
from contextlib import aclosing
from typing import Any, Literal

import msgspec

from tests.running import Answer, Gateway

How = Literal["WEBSOCKET", "EVENTS", "PARTS"]
_ACCEPT = {"EVENTS": "text/event-stream", "PARTS": 'multipart/mixed;subscriptionSpec="1.0"'}


async def first(gateway: Gateway, how: How, query: str, variables: Mapping[str, Any], key: str | None) -> Answer:
    """Ask, and give the first answer; a refusal is one."""
    asked = {"query": query, "variables": variables}
    if how == "WEBSOCKET":
        return await _over_websocket(gateway, asked, key)
    headers = {"Accept": _ACCEPT[how], **({"Authorization": f"Bearer {key}"} if key else {})}
    async with gateway.http.post(f"{gateway.url}/graphql", json=asked, headers=headers) as response:
        async with aclosing(_answers(response.content.iter_any())) as answers:
            body = await anext(answers)
        return Answer(response.status, response.headers, body.get("payload", body))


async def _answers(chunks: Any) -> Any:
    """Find each line that is an answer, in either form."""
    read = b""
    async for chunk in chunks:
        *lines, read = (read + chunk).split(b"\n")
        for line in lines:
            text = line.removeprefix(b"data: ").strip()
            if text.startswith(b"{") and text != b"{}":
                yield msgspec.json.decode(text)


async def _over_websocket(gateway: Gateway, asked: Mapping[str, Any], key: str | None) -> Answer:
    # Nothing is shown in the handshake: browsers cannot.
    async with gateway.http.ws_connect(f"{gateway.url}/graphql", protocols=["graphql-transport-ws"]) as socket:
        payload = {"Authorization": f"Bearer {key}"} if key else {}
        await socket.send_json({"type": "connection_init", "payload": payload})
        assert (await socket.receive_json())["type"] == "connection_ack"
        await socket.send_json({"type": "subscribe", "id": "1", "payload": asked})
        message = await socket.receive_json(loads=msgspec.json.decode)
        body = {"errors": message["payload"]} if message["type"] == "error" else message["payload"]
        return Answer(101, {}, body)
