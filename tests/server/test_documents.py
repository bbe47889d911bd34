"""Documents are parsed once, looked at before they are validated, and validated once."""

import pytest
from graphql import GraphQLSyntaxError

from gateway.schema.limits import RequestLimits
from gateway.schema.schema import create_schema
from gateway.server.documents import Documents, Known

SCHEMA = create_schema().graphql
DOUBLED = " ".join(f"fragment f{n} on Limits {{ ...f{n + 1} ...f{n + 1} }}" for n in range(60))
BOMB = f"{{ limits {{ ...f0 }} }} {DOUBLED} fragment f60 on Limits {{ maxDepth }}"


def documents() -> Documents:
    return Documents(SCHEMA, RequestLimits())


def known(text: str) -> Known:
    return documents().get(text)


def test_a_document_is_parsed_once_for_each_text() -> None:
    kept = documents()
    first = kept.get("{ limits { maxDepth } }")
    assert kept.get("{ limits { maxDepth } }") is first
    assert kept.get("{ limits { maxDepth }  }") is not first


def test_what_validation_said_is_remembered_with_the_document() -> None:
    kept = documents()
    found = kept.get("{ nothing }")
    assert found.errors is None
    errors = kept.validated(found)
    assert [error.message for error in errors] == ["Cannot query field 'nothing' on type 'Query'."]
    assert kept.validated(kept.get("{ nothing }")) is errors


def test_text_that_does_not_parse_is_refused_each_time() -> None:
    kept = documents()
    for _ in range(2):
        with pytest.raises(GraphQLSyntaxError):
            kept.get("{")


def test_a_thousand_documents_are_kept_and_the_longest_unused_goes_first() -> None:
    kept = documents()
    used, unused = kept.get("{ __typename } # used"), kept.get("{ __typename } # unused")
    for n in range(998):
        kept.get(f"{{ __typename }} # {n}")
    assert kept.get("{ __typename } # used") is used
    kept.get("{ __typename } # one more")
    assert kept.get("{ __typename } # used") is used
    assert kept.get("{ __typename } # unused") is not unused


def test_a_long_text_is_not_kept() -> None:
    kept = documents()
    text = f"{{ __typename }} # {'x' * 20_000}"
    assert kept.get(text) is not kept.get(text)


def test_a_document_with_many_mistakes_is_not_searched_for_all_of_them() -> None:
    kept = documents()
    errors = kept.validated(kept.get(f"{{ {' '.join(f'wrong{n}' for n in range(200))} }}"))
    assert len(errors) == 11
    assert errors[-1].message.startswith("Too many validation errors")


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        (f"{{ limits {{ {'maxDepth ' * 100} }} }}", None),
        (f"{{ limits {{ {'maxDepth ' * 101} }} }}", "maxMerges"),
        (f"{{ limits {{ {'maxDepth ' * 600} }} }}", "maxMerges"),
        (f"{{ {'limits { maxDepth } ' * 100} }}", "maxMerges"),
        (f"{{ __typename }} fragment unused on Limits {{ {'maxDepth ' * 600} }}", "maxMerges"),
        (
            BOMB,
            "maxFields",
        ),
    ],
)
def test_what_takes_long_to_validate_is_known_from_the_outline_wherever_it_stands(text: str, limit: str | None) -> None:
    found = known(text)
    assert (found.refusal and (found.refusal.extensions or {})["limit"]) == limit
    assert found.errors is None
