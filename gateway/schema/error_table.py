"""Tells client authors, in Markdown, what each error code means and what can be done about it."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import cast

from graphql import GraphQLEnumType

from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.domain.provider import Provider
from gateway.schema.errors import ErrorCode
from gateway.schema.schema import create_schema

# What each code means, and what a client does about it.
_REQUEST: Mapping[ErrorCode, tuple[str, str]] = MappingProxyType(
    {
        ErrorCode.BAD_REQUEST: (
            "This is not a GraphQL request: its body, its headers or its method.",
            "Mend the client.",
        ),
        ErrorCode.GRAPHQL_PARSE_FAILED: ("The document is not GraphQL.", "Mend the document."),
        ErrorCode.GRAPHQL_VALIDATION_FAILED: (
            "The document does not fit the schema.",
            "Mend the document; generate its types from `schema.graphql`.",
        ),
        ErrorCode.INTROSPECTION_OFF: (
            "This gateway does not tell its schema.",
            "Work from `schema.graphql`, or ask the gateway's operator.",
        ),
        ErrorCode.PERSISTED_QUERY_NOT_FOUND: (
            "No document of this hash is known here, or no longer.",
            "Send the document with its hash, as Apollo Client does by itself.",
        ),
        ErrorCode.DOCUMENT_NOT_TRUSTED: (
            "This gateway runs only the documents of its manifest, and this is none of them.",
            "Have the document added to the manifest.",
        ),
        ErrorCode.BAD_USER_INPUT: (
            "A value is not what its field takes, such as an address with a wrong checksum.",
            "Show the message to whoever gave the value.",
        ),
        ErrorCode.LIMIT_EXCEEDED: (
            "The request asks for more than `limits` allows; nothing was read.",
            "Ask for less at once.",
        ),
        ErrorCode.UNAUTHENTICATED: (
            "This needs a caller's key, or the key that was sent opens nothing.",
            "Send `Authorization: Bearer <name>.<secret>`.",
        ),
        ErrorCode.FORBIDDEN: (
            "The caller is known, and lacks the scope that the message names.",
            "Ask the gateway's operator for the scope.",
        ),
        ErrorCode.RATE_LIMITED: (
            "The caller's budget holds less (`remaining`) than the operation costs (`cost`).",
            "Ask again after `retryAfter` seconds, or ask for less.",
        ),
        ErrorCode.UNAVAILABLE: (
            "Who is asking cannot be found out for now: the keys of the token's issuer cannot be read.",
            "Ask again after `Retry-After` seconds.",
        ),
        ErrorCode.OVERLOADED: (
            "The gateway has as much to do as it can, or is stopping.",
            "Ask again after `Retry-After` seconds.",
        ),
        ErrorCode.INTERNAL: (
            "Something unforeseen went wrong in the gateway.",
            "Tell its operator the `reference`: it names the line in the log.",
        ),
    }
)

_INTRODUCTION = """\
# Error codes

<!-- Written by `make schema`, out of the code. -->

Codes do not change between releases: a code may be added, and none is taken away or given another meaning before a
major version (before 1.0, a minor one). Messages are for people, and may change at any time.

Every error has its code in `errors[].extensions.code`. Trouble with a provider is no error of the request: it stands in
the data, as the `problem` of a reading whose `outcome` is `STALE` or `UNAVAILABLE`, beside what other providers told.
Only where a field has no reading of its own (`rune`, `Rune.inscriptionId`, an `ExchangeWallet` among `_entities`) is it
an error, at that field's path: its extensions then hold the fields of `Problem`, `provider` among them.
"""


def error_table() -> str:
    """Write the whole page; raises `KeyError` for a code that nothing is said of."""
    request = ((code.value, *_REQUEST[code]) for code in ErrorCode)
    return "\n".join(
        (
            _INTRODUCTION,
            "## Of a request\n",
            *_rows(("code", "what it means", "what to do"), request),
            "\n## Of a provider\n",
            *_rows(("code", "what it means", "may asking again help?"), _upstream()),
        )
    )


def _upstream() -> Iterable[tuple[str, str, str]]:
    described = cast("GraphQLEnumType", create_schema().graphql.type_map[ProblemCode.__name__])
    for code in ProblemCode:
        # Who was asked makes no difference to whether asking again may help.
        again = UpstreamError(code, Provider.XVERSE).retryable
        yield code.value, described.values[code.value].description or "", "yes" if again else "no"


def _rows(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterable[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for code, *words in rows:
        yield f"| `{code}` | {' | '.join(words)} |"
