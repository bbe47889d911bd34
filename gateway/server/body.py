"""Bodies: read whole before anything is done for them, bounded one by one and together."""

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.server.reason import MAX_BODY, Reason, turned_away

# Past this many bytes a body is a large one, and so many of those may be here at once.
LARGE_BODY, MOST_LARGE = 32 * 1024, 128


class BodyLimit:
    """Reads a body whole before anything is done for it, and turns away those of more than `MAX_BODY` bytes.

    Large ones are few at once. The time that a body may take is the connection's to tell.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._large = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = _Body()
        try:
            body.check(Headers(scope=scope))
            while body.is_coming and not body.has_gone:
                body.add(await receive())
                if body.is_large and not body.is_counted:
                    self._count(body)
            if not body.has_gone:
                await self._app(scope, replayed({"type": "http.request", "body": bytes(body.read)}, receive), send)
        except _Refused as refused:
            scope["state"]["traffic"].refused(refused.why)
            await turned_away(refused.why, refused.headers)(scope, receive, send)
        finally:
            self._large -= body.is_counted

    def _count(self, body: "_Body") -> None:
        if self._large >= MOST_LARGE:
            raise _Refused(Reason.OVERLOADED)
        self._large += 1
        body.is_counted = True


class _Refused(Exception):
    """Ends the reading of a body."""

    def __init__(self, why: Reason, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.headers = headers


class _Body:
    """A body as it comes."""

    def __init__(self) -> None:
        self.read = bytearray()
        self.is_coming = True
        self.has_gone = False
        self.is_counted = False

    @property
    def is_large(self) -> bool:
        return len(self.read) > LARGE_BODY

    def check(self, headers: Headers) -> None:
        """Refuse what its headers already say is too much, or cannot be read."""
        if headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
            raise _Refused(Reason.BODY_COMPRESSED, {"Accept-Encoding": "identity"})
        length = headers.get("content-length", "0")
        if length.isdigit() and int(length[:20]) > MAX_BODY:
            raise _Refused(Reason.BODY_TOO_LARGE)

    def add(self, message: Message) -> None:
        self.has_gone = message["type"] == "http.disconnect"
        self.read += message.get("body", b"")
        self.is_coming = message.get("more_body", False)
        if len(self.read) > MAX_BODY:
            raise _Refused(Reason.BODY_TOO_LARGE)


def replayed(first: Message, receive: Receive) -> Receive:
    """Put a message that was read already before those to come."""
    read = [first]

    async def receive_again() -> Message:
        return read.pop() if read else await receive()

    return receive_again
