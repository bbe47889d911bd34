"""What a client asks for, read from a posted body or from a URL as GraphQL over HTTP lays down, and nothing looser."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import parse_qsl

import msgspec
from cross_web import HTTPException
from starlette.requests import ClientDisconnect, Request
from strawberry.http import GraphQLRequestData

from gateway.server.persisted import DOCUMENT_NAMES, with_name
from gateway.server.preference import JSON, is_utf_8, taken_apart

_NAMES = ("query", "operationName", "variables", "extensions")
_PARAMETERS = (*_NAMES, *DOCUMENT_NAMES)
_OBJECTS = ("variables", "extensions")


async def read_post(request: Request) -> GraphQLRequestData:
    """Read a posted request; raises `HTTPException` for one that is not well-formed."""
    _check_type(request)
    try:
        body = await request.body()
    except ClientDisconnect:
        raise HTTPException(400, "The request ended before its body did.") from None
    return read_body(body)


def read_body(body: bytes) -> GraphQLRequestData:
    """Read what was posted; raises `HTTPException` for what is not well-formed."""
    asked = decode_json(body, "The body")
    if not isinstance(asked, dict):
        raise HTTPException(400, "The body is a JSON object with a query.")
    return as_asked(asked)


def read_get(request: Request) -> GraphQLRequestData:
    """Read a request from its URL; raises `HTTPException` for one that is not well-formed."""
    try:
        # Bytes that nobody escaped are read as what they would have been escaped from.
        text = request.scope["query_string"].decode()
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise HTTPException(400, "The URL's parameters are not UTF-8.") from None
    known = [(name, value) for name, value in pairs if name in _PARAMETERS]
    asked: dict[str, Any] = dict(known)
    if len(asked) < len(known):
        raise HTTPException(400, "A parameter stands in the URL more than once.")
    for name in _NAMES[1:]:
        # What is empty is as good as left out; a query is not left out.
        if asked.get(name) == "":
            del asked[name]
    for name in _OBJECTS:
        if name in asked:
            asked[name] = decode_json(asked[name], f"The parameter {name}")
    return as_asked(asked)


def names_a_document(request: Request) -> bool:
    """Say whether a URL holds a query, or names one."""
    return not {"query", "extensions", *DOCUMENT_NAMES}.isdisjoint(request.query_params)


def decode_json(text: str | bytes, what: str) -> object:
    """Decode JSON; raises `HTTPException` in which `what` is named."""
    # Not every wrong body is a decode error: bad UTF-8 and deep nesting have errors of their own.
    try:
        return cast("object", msgspec.json.decode(text))
    except (msgspec.DecodeError, UnicodeError, RecursionError, ValueError):
        raise HTTPException(400, f"{what} is not well-formed JSON in UTF-8.") from None


def _check_type(request: Request) -> None:
    """Take JSON in UTF-8 and nothing else: a browser sends no such body to another site without asking first."""
    media, rest = taken_apart(", ".join(request.headers.getlist("content-type")))
    if media != JSON or not is_utf_8(rest):
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"The body's Content-Type is {JSON}, in UTF-8.")
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The body is sent as it is, without a Content-Encoding.")


def as_asked(given: Mapping[str, Any]) -> GraphQLRequestData:
    """Read a request's members; raises `HTTPException` for one that is not of its kind."""
    members = with_name(given)
    for name in ("query", "operationName"):
        if not isinstance(members.get(name), str | None):
            raise HTTPException(400, f"{name} is a string.")
    for name in _OBJECTS:
        if not isinstance(members.get(name), dict | None):
            raise HTTPException(400, f"{name} is a JSON object.")
    # Whether a query is missing is found out later: an extension may name one that is known already.
    query, operation, variables, extensions = (members.get(name) for name in _NAMES)
    return GraphQLRequestData(query, variables, operation, extensions)
