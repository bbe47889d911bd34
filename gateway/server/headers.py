"""Headers that every answer has, whatever made it."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# The page's own files, workers among them, which take their policy from the answer that they came in.
_PAGE_FILES = "/graphiql/"
_NOTHING = "default-src 'none'; frame-ancestors 'none'"
_ALWAYS = {
    # What is no script shall not be run as one, whatever is in it.
    "X-Content-Type-Options": "nosniff",
    # A URL may hold a query, and a query holds addresses.
    "Referrer-Policy": "no-referrer",
    # No other site's page may frame, embed or keep a hand on what comes from here; CORS says who may read it.
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# What an answer has that is no page, in this order.
ALWAYS = {**_ALWAYS, "Content-Security-Policy": _NOTHING}
_POLICY = b"content-security-policy"
_RAW = [(name.lower().encode(), value.encode()) for name, value in _ALWAYS.items()]


class ResponseHeaders:
    """Adds what an answer has not said itself; `page_policy` is the Content-Security-Policy of the page."""

    def __init__(self, app: ASGIApp, page_policy: str) -> None:
        self._app = app
        self._page_policy = page_policy.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def completed(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = dict(message["headers"])
                policy = _POLICY, self._policy(scope["path"], told.get(b"content-type", b""))
                more = [each for each in (*_RAW, policy) if each[0] not in told]
                message["headers"] = [*message["headers"], *more]
            await send(message)

        await self._app(scope, receive, completed)

    def _policy(self, path: str, content_type: bytes) -> bytes:
        is_page = content_type.startswith(b"text/html") or path.startswith(_PAGE_FILES)
        return self._page_policy if is_page else _NOTHING.encode()
