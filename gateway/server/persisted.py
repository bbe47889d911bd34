"""Documents that requests name by hash: trusted ones from a manifest, or any that a client has once sent."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any, Protocol

from graphql import GraphQLError
from strawberry.extensions import SchemaExtension

from gateway.schema.errors import CallerError, ErrorCode
from gateway.server.documents import Documents
from gateway.server.manifest import BadManifest

# Where clients put a document's name, besides `extensions.persistedQuery`: the working group's draft, and Relay's two.
DOCUMENT_NAMES = ("documentId", "id", "doc_id")
_PREFIX = "sha256:"
# Texts that clients have sent, and the characters of all of them together.
_MOST_TEXTS, _MOST_CHARACTERS = 1000, 4 * 1024 * 1024


class Persisted(Protocol):
    """Where the texts of named documents come from."""

    def text(self, query: str | None, name: str | None, *, is_hash: bool) -> str | None:
        """Give the text to run for what a request sent; raises `CallerError`.

        `is_hash` tells that the name stands where only the text's SHA-256 may.
        """
        ...

    def learn(self, query: str) -> None:
        """Keep the text of a document that was found valid."""
        ...


def with_name(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """Move a document's name from the top of a request to its extensions, where execution finds it."""
    extensions = payload.get("extensions") or {}
    name = next((payload[each] for each in DOCUMENT_NAMES if isinstance(payload.get(each), str)), None)
    if name is None or not isinstance(extensions, dict):
        return payload
    return {**payload, "extensions": {"documentId": name, **extensions}}


def named(extensions: Mapping[str, Any]) -> tuple[str | None, bool]:
    """Find the name of a request's document, and whether it is given as the text's hash."""
    asked = extensions.get("persistedQuery")
    if asked is not None:
        match asked:
            case {"version": 1, "sha256Hash": str(digest)}:
                return digest, True
        raise CallerError(ErrorCode.BAD_REQUEST, "extensions.persistedQuery has version 1 and a sha256Hash.")
    name = extensions.get("documentId")
    return (name if isinstance(name, str) else None), False


class Named(SchemaExtension):
    """Puts the text in the place of a document's name, before anything is parsed; made anew for each request."""

    def __init__(self, persisted: Persisted) -> None:
        self._persisted = persisted

    def on_operation(self) -> Iterator[None]:
        context = self.execution_context
        name, is_hash = named(context.operation_extensions or {})
        context.query = self._persisted.text(context.query or None, name, is_hash=is_hash)
        yield

    def on_execute(self) -> Iterator[None]:
        # What has come this far is valid, and within all limits.
        context = self.execution_context
        if context.query is not None and named(context.operation_extensions or {})[1]:
            self._persisted.learn(context.query)
        yield


class Trusted:
    """The documents of a manifest, by their names; nothing else runs."""

    def __init__(self, texts: Mapping[str, str], documents: Documents) -> None:
        """Parse and validate all of them; raises `BadManifest`, which names those that will not do."""
        self._by_name = dict(texts)
        self._texts = frozenset(self._by_name.values())
        wrong = [f"document {name}: {each}" for name, text in texts.items() for each in _faults(text, documents)]
        if wrong:
            raise BadManifest(wrong)

    def text(self, query: str | None, name: str | None, *, is_hash: bool) -> str | None:  # noqa: ARG002 - see `Persisted`
        if query is None and name is None:
            return None
        known = query
        if name is not None:
            known = self._by_name.get(name) or self._by_name.get(name.removeprefix(_PREFIX))
        if known not in self._texts or query not in (None, known):
            message = "This gateway runs only the documents of its manifest, and this is none of them."
            raise CallerError(ErrorCode.DOCUMENT_NOT_TRUSTED, message)
        return known

    def learn(self, query: str) -> None:
        """Learn nothing: what is trusted is known from the start."""


def _faults(text: str, documents: Documents) -> list[str]:
    try:
        errors = documents.keep(text)
    except GraphQLError as error:
        errors = [error]
    return [" ".join(str(error.message).split()) for error in errors]


class Automatic:
    """Documents that clients have sent once, by their SHA-256, as Apollo Client does it; the least used go first."""

    def __init__(self) -> None:
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._characters = 0

    def text(self, query: str | None, name: str | None, *, is_hash: bool) -> str | None:
        if query is not None:
            if is_hash and name is not None and _digest(query) != name.lower():
                raise CallerError(ErrorCode.BAD_REQUEST, "The sha256Hash is not that of the query.")
            return query
        if name is None:
            return None
        key = name.removeprefix(_PREFIX).lower()
        if key not in self._texts:
            # In these words, for clients know them by heart.
            raise CallerError(ErrorCode.PERSISTED_QUERY_NOT_FOUND, "PersistedQueryNotFound")
        self._texts.move_to_end(key)
        return self._texts[key]

    def learn(self, query: str) -> None:
        key = _digest(query)
        if key in self._texts:
            return
        self._texts[key] = query
        self._characters += len(query)
        while len(self._texts) > _MOST_TEXTS or self._characters > _MOST_CHARACTERS:
            self._characters -= len(self._texts.popitem(last=False)[1])


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
