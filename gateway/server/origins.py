"""Whose pages may ask: the origins that the operator lists (CORS), and none by way of a link or an image (CSRF)."""

from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp

from gateway.schema.errors import ErrorCode
from gateway.server.refusal import error_response

# Seconds for which a browser may remember what it was allowed.
_REMEMBERED = 3600
# What a page may read of an answer besides the headers that every page may.
_SHOWN = ("Age", "Retry-After", "WWW-Authenticate")


class Cors(CORSMiddleware):
    """Answers the browsers of listed origins; keys travel in headers, so cookies are never let through."""

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        # Whatever header a listed origin's page sends, it could as well send from a server.
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=("GET", "POST"),
            allow_headers=("*",),
            expose_headers=_SHOWN,
            max_age=_REMEMBERED,
        )

    def preflight_response(self, request_headers: Headers) -> Response:
        """Refuse in the form of every other refusal."""
        response = super().preflight_response(request_headers)
        if response.status_code == 200:  # noqa: PLR2004 - OK, as Starlette writes it too
            return response
        headers = {name: value for name, value in response.headers.items() if not name.startswith("content-")}
        message = "This origin, method or header is not allowed; GATEWAY_CORS_ORIGINS lists the origins that are."
        return error_response(response.status_code, ErrorCode.FORBIDDEN, message, headers)


def is_from_another_site(headers: Headers, allowed: Collection[str]) -> bool:
    """Say whether a page elsewhere made a browser send this GET, other than a page of an allowed origin.

    Browsers say so themselves, and no page can make them say otherwise. A GET within one origin has no `Origin`.
    """
    origin = headers.get("origin")
    if origin in allowed:
        return False
    site = headers.get("sec-fetch-site")
    return origin is not None if site is None else site not in {"same-origin", "none"}
