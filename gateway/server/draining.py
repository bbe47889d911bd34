"""The end of requests that a stopping gateway cannot wait for."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.server.reason import Reason, turned_away


class CutOff:
    """Answers a request that is ended from without, instead of leaving its caller with nothing."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False

        async def noted(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            # One that nobody asked for is a fault like any other; and of HTTP alone is known how to end it.
            if scope["type"] != "http" or task is None or not task.cancelling():
                raise
            if not has_begun:
                await turned_away(Reason.STOPPING)(scope, receive, send)
