"""What is expected of the schema's fields is complete: a new field stands in the table, or these fail."""

import pytest

from tests.callers.expectation import BALANCES, EXCHANGE, FIELDS, ROOTS, SUBSCRIPTIONS, Root
from tests.callers.selection import below, entities, fields_of, objects


def test_every_field_of_the_schema_has_an_expectation() -> None:
    expected = {f"{type_}.{field}" for type_, each in FIELDS.items() for field in each.fields}
    assert {f"{type_}.{field}" for type_ in objects() for field in fields_of(type_)} == expected


def test_every_way_into_the_schema_is_asked() -> None:
    ways = {f"_entities of {name}" for name in entities()} | (set(fields_of("Query")) - {"_entities", "portfolio"})
    assert {name for name in ROOTS if not name.startswith("portfolio of ")} == ways
    # With two scopes, one for each of its arguments.
    assert {root.scope for name, root in ROOTS.items() if name.startswith("portfolio of ")} == {BALANCES, EXCHANGE}
    assert set(fields_of("Subscription")) == set(SUBSCRIPTIONS)


@pytest.mark.parametrize("root", [*ROOTS.values(), *SUBSCRIPTIONS.values()], ids=[*ROOTS, *SUBSCRIPTIONS])
def test_what_lies_below_a_way_in_is_expected_to_be_read_with_its_scope(root: Root) -> None:
    for type_ in below(root.type, root.without):
        assert root.scope in FIELDS[type_].scopes, type_
