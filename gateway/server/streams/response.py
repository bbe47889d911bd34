"""A stream of answers as one HTTP response: told as it comes, alive while nothing happens, ended when it must be."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing, suppress
from http import HTTPStatus
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.types.execution import ExecutionResult

from gateway.schema.errors import CallerError
from gateway.server.answer import answer_of, refused_answer
from gateway.server.connection import CUT_SHORT
from gateway.server.streams.form import Form

# Seconds after which a stream says that it is alive; those in between close what is silent for a minute.
_HEARTBEAT = 10.0
# Seconds for which the end of a stream waits for a reader who is slow.
_LAST_WORDS = 1.0


class StreamResponse(Response):
    """Sends one part for each result, and takes the next result when the last one has been taken.

    `lost` ends, with what to say, when the caller may not go on listening. A stream is cut short where the
    gateway closes: some clients would take any other end for that of the subscription, and not come again.
    """

    def __init__(
        self,
        results: AsyncGenerator[ExecutionResult, None],
        form: Form,
        lost: Callable[[], Coroutine[Any, Any, CallerError]],
        closing: asyncio.Event,
        heartbeat: float = _HEARTBEAT,
    ) -> None:
        self.status_code = HTTPStatus.OK
        self.background = None
        # Nothing between the gateway and its caller may keep, change or gather what it says.
        self.init_headers(
            {
                "Content-Type": form.content_type,
                "Cache-Control": "no-store, no-transform",
                "X-Accel-Buffering": "no",
                "Vary": "Authorization, X-Max-Age",
            }
        )
        self._results = results
        self._form = form
        self._lost = lost
        self._closing = closing
        self._heartbeat = heartbeat

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        telling = asyncio.create_task(self._tell(send))
        losing = asyncio.create_task(self._lost())
        closing = asyncio.create_task(self._closing.wait())
        ends = {
            *(telling, losing, closing),
            asyncio.create_task(self._beat(send)),
            asyncio.create_task(_gone(receive)),
        }
        try:
            done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in ends:
                each.cancel()
            await asyncio.wait(ends)
        if telling in done:
            await telling
            await _end(send, self._form.complete)
        elif losing in done:
            await _end(send, self._form.failure(refused_answer(await losing)) + self._form.complete)
        elif closing in done:
            scope["extensions"][CUT_SHORT]["cut"]()
            await _gone(receive)

    async def _tell(self, send: Send) -> None:
        await _part(send, self._form.opening)
        async with aclosing(self._results):
            async for result in self._results:
                await _part(send, self._form.event(answer_of(result)))

    async def _beat(self, send: Send) -> None:
        while True:
            await asyncio.sleep(self._heartbeat)
            await _part(send, self._form.heartbeat)


async def _part(send: Send, part: bytes) -> None:
    await send({"type": "http.response.body", "body": part, "more_body": True})


async def _end(send: Send, part: bytes) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(_LAST_WORDS):
            await send({"type": "http.response.body", "body": part})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
