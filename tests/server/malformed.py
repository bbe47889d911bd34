"""Requests that are wrong in one or several of the ways in which a request can be, made by chance from a seed."""

from dataclasses import dataclass
from random import Random
from urllib.parse import quote

import msgspec

GOOD = "{ limits { maxDepth } }"
_JSON = "application/json"

# Each is wrong wherever it stands as a body.
_BODIES = (
    b"",
    b"null",
    b"true",
    b'"{ limits { maxDepth } }"',
    b"-0.1e7",
    b"[]",
    b"{}",
    b"[" * 60_000,
    b'{"a":' * 20_000,
    b'{"query": "\xc3\x28"}',
    b'{"query": "\\ud83d"}',
    b'{"query": "{ limits { maxDepth } }", "variables": {"v": 1e999}}',
    b'{"query": "{ limits { maxDepth } }", "variables": {"v": ' + b"9" * 6000 + b"}}",
    b'{"query": "{ limits { maxDepth } }", "variables": {"v": Infinity}}',
    b"{'query': '{ limits { maxDepth } }'}",
    b'{"query": "{ limits { maxDepth } }",}',
    b"\x00" * 100,
    b"\xff\xfe\x00\x00",
    b"\x1f\x8b\x08\x00",
    b"query=%7Blimits%7BmaxDepth%7D%7D",
)
_TYPES = ("", "text/plain", "application/graphql", "application/xml", "multipart/form-data; boundary=b", "json", "*/*")
_CHARSETS = ("utf-16", "latin-1", "utf-7", "utf-8-sig", "\x22", "koi8-r")
_WRONG_QUERY: tuple[object, ...] = (None, 0, -1.5, True, [], [GOOD], {}, {"query": GOOD}, "")
_WRONG_NAME: tuple[object, ...] = (0, True, [], {}, "Other", "\u0000", "limits")
_WRONG_OBJECT: tuple[object, ...] = ("", "{}", 0, False, [], [{}], "null")
_ACCEPTS = ("text/html", "image/*", "application/json;q=0", "application/json;charset=utf-16", "json", "a/b, */*;q=0")
_METHODS = ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY", "PROPFIND")
_GOOD_URL = f"query={quote(GOOD)}"
_URLS = (
    "",
    "query",
    "query=",
    "query=mutation%20%7Ba%7D",
    "query=subscription%20%7Ba%7D",
    f"{_GOOD_URL}&{_GOOD_URL}",
    f"{_GOOD_URL}%ff",
    f"{_GOOD_URL}&x={'x' * 20_000}",
    *(f"{_GOOD_URL}&variables={quote(wrong)}" for wrong in ("[]", "1", "{", "nul", "[" * 5000, '"', "\u00e9", "{}{}")),
    *(f"{_GOOD_URL}&extensions={quote(wrong)}" for wrong in ("[]", "true", "{]", '"{}"', "\u0000")),
    *(f"{_GOOD_URL}&operationName={quote(wrong)}" for wrong in ("null", "Other", "\u0000", "\u00e9" * 100)),
)


@dataclass(frozen=True, slots=True)
class Malformed:
    """One request, and what is wrong with it."""

    fault: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes | None


class Spoiler:
    """Makes malformed requests; the same seed makes the same ones."""

    def __init__(self, seed: int) -> None:
        self._chance = Random(seed)
        self._faults = (self._body, self._cut, self._members, self._type, self._accept, self._method, self._url)

    def make(self) -> Malformed:
        return self._chance.choice(self._faults)()

    def _post(self, fault: str, body: bytes, **headers: str) -> Malformed:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        accept = self._chance.choice((_JSON, "application/graphql-response+json", "*/*"))
        return Malformed(fault, "POST", "/graphql", {"Content-Type": _JSON, "Accept": accept, **named}, body)

    def _body(self) -> Malformed:
        return self._post("body", self._chance.choice(_BODIES))

    def _cut(self) -> Malformed:
        """Cut a good body short, or put a byte in it that no JSON has there."""
        whole = msgspec.json.encode({"query": GOOD, "variables": {"é": [1, {"b": None}]}})
        at = self._chance.randrange(1, len(whole))
        spoilt = whole[:at] if self._chance.random() < 0.5 else whole[:at] + b"\x80" + whole[at:]
        return self._post("cut", spoilt)

    def _members(self) -> Malformed:
        members: dict[str, object] = {"query": GOOD}
        wrong = {
            "query": _WRONG_QUERY,
            "operationName": _WRONG_NAME,
            "variables": _WRONG_OBJECT,
            "extensions": _WRONG_OBJECT,
        }
        for name in self._chance.sample(sorted(wrong), self._chance.randint(1, 4)):
            members[name] = self._chance.choice(wrong[name])
        return self._post("members", msgspec.json.encode(members))

    def _type(self) -> Malformed:
        wrong = self._chance.choice((*_TYPES, *(f"{_JSON}; charset={charset}" for charset in _CHARSETS)))
        return self._post("type", msgspec.json.encode({"query": GOOD}), Content_Type=wrong)

    def _accept(self) -> Malformed:
        return self._post("accept", msgspec.json.encode({"query": GOOD}), Accept=self._chance.choice(_ACCEPTS))

    def _method(self) -> Malformed:
        spoilt = self._post("method", msgspec.json.encode({"query": GOOD}))
        return Malformed("method", self._chance.choice(_METHODS), spoilt.path, spoilt.headers, spoilt.body)

    def _url(self) -> Malformed:
        path = f"/graphql?{self._chance.choice(_URLS)}"
        return Malformed("url", "GET", path, {"Accept": "application/graphql-response+json"}, None)
