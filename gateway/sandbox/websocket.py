"""A feed's connection over a real WebSocket: what comes in is heard, what waits goes out, pings wait for their turn."""

import asyncio
from contextlib import suppress
from typing import Final

from aiohttp import WSMsgType, web

from gateway.sandbox.feed import Connection, Ended, Feed, Pong, Said
from gateway.sandbox.wire import Refusal

_LARGEST_MESSAGE: Final = 64 * 1024
# Seconds that a caller has to answer a close frame.
_CLOSE_SECONDS: Final = 0.5


async def attend(feed: Feed, request: web.Request) -> web.StreamResponse:
    """Open a connection, and stay with it to its end."""
    try:
        connection = feed.open(request.remote or "")
    except Refusal as refusal:
        reply = refusal.reply
        return web.Response(
            status=reply.status, body=reply.body, headers={"Content-Type": reply.media} if reply.media else {}
        )
    socket = web.WebSocketResponse(autoping=False, timeout=_CLOSE_SECONDS, max_msg_size=_LARGEST_MESSAGE)
    sending: asyncio.Task[None] | None = None
    try:
        await socket.prepare(request)
        sending = asyncio.create_task(_send(connection, socket, request))
        async for message in socket:
            if message.type is WSMsgType.PING:
                connection.put(Pong(message.data))
            elif message.type is WSMsgType.TEXT:
                feed.hear(connection, message.data)
    finally:
        feed.leave(connection)
        if sending is not None:
            sending.cancel()
    return socket


async def _send(connection: Connection, socket: web.WebSocketResponse, request: web.Request) -> None:
    # A caller who has gone is noticed by the side that listens.
    with suppress(ConnectionError):
        while True:
            match await connection.waiting.get():
                case Said(text, late):
                    await asyncio.sleep(late)
                    await socket.send_str(text)
                case Pong(echo):
                    await socket.pong(echo)
                case Ended(code):
                    if code is not None:
                        await socket.close(code=code)
                    elif request.transport is not None:
                        request.transport.close()
                    return
