"""Compressed answers, for whoever asks and has no secret to lose by it."""

from starlette.datastructures import Headers
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipResponder, IdentityResponder
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.domain.caller import Scope as CallerScope
from gateway.server.preference import accepts_gzip

# Bytes under which an answer fits one packet anyway.
LEAST = 1024
# Beyond this, zlib takes twice the time for a few bytes in a hundred.
LEVEL = 5
# Streams among them, whose pieces compression would gather.
_LEFT_ALONE = (*DEFAULT_EXCLUDED_CONTENT_TYPES, "multipart/mixed")


class Compression:
    """Compresses what a caller gets who may not read an exchange account; stands where the caller is known.

    An answer repeats what was asked (aliases, messages), and the size of a compressed answer tells how much of that
    also stands elsewhere in it (BREACH). Balances on chains are public; an exchange account is not.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app_for(scope)(scope, receive, send)

    def _app_for(self, scope: Scope) -> ASGIApp:
        if scope["type"] != "http" or CallerScope.EXCHANGE_READ in scope["caller"].scopes:
            return self._app
        if accepts_gzip(Headers(scope=scope).getlist("accept-encoding")):
            return GZipResponder(self._app, LEAST, LEVEL, exclude_content_types=_LEFT_ALONE)
        # Says to caches that another caller may get it compressed.
        return IdentityResponder(self._app, LEAST, exclude_content_types=_LEFT_ALONE)
