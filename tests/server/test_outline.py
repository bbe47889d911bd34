"""The outline of a document: depth, aliases, fields and repeats, counted without following what may not end."""

import pytest
from graphql import get_introspection_query, parse
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.server.outline import ENDLESS, Outline, Shape


def outline(text: str) -> Outline:
    return Outline(parse(text))


def shape(text: str) -> Shape:
    document = parse(text)
    return Outline(document).shape(document.definitions[0])  # type: ignore[arg-type]  # the operation comes first


def nested(levels: int) -> str:
    return "{ a " * levels + "}" * levels


def doubled(levels: int, inner: str = "id") -> str:
    """Fragments of which each is spread twice by the one before."""
    bodies = [f"fragment f{n} on A {{ ...f{n + 1} ...f{n + 1} }}" for n in range(levels)]
    return " ".join([*bodies, f"fragment f{levels} on A {{ {inner} }}"])


@pytest.mark.parametrize("levels", [1, 2, 15, 16, 190])
def test_depth_is_how_deeply_fields_are_nested(levels: int) -> None:
    assert shape(nested(levels)).depth == levels


def test_depth_is_that_of_the_deepest_branch() -> None:
    assert shape("{ a { b } c { d { e } } f }").depth == 3


def test_fragments_and_conditions_add_no_depth_of_their_own_and_hide_none() -> None:
    assert shape("{ a { ... { ... on A { b } } } }").depth == 2
    assert shape("{ a { ...f } } fragment f on A { b { ...g } } fragment g on A { c }").depth == 3
    chain = " ".join(f"fragment f{n} on A {{ a {{ ...f{n + 1} }} }}" for n in range(90))
    assert shape(f"{{ ...f0 }} {chain} fragment f90 on A {{ a }}").depth == 91


def test_introspection_has_a_depth_of_its_own_also_through_fragments() -> None:
    assert shape(get_introspection_query()).depth == 0
    assert shape(get_introspection_query()).introspected == 15
    spread = shape("{ a { b } __schema { types { ...f } } } fragment f on __Type { fields { type { name } } }")
    assert (spread.depth, spread.introspected) == (2, 5)


def test_every_renamed_field_is_an_alias_wherever_it_stands() -> None:
    assert shape("{ a: x b: x { c: y } ... { d: x } ...f } fragment f on A { e: x }").aliases == 5
    assert shape("{ t: __typename s: __schema { a: types { b: name } } }").aliases == 4
    assert shape("{ x y { z } }").aliases == 0


def test_a_fragment_counts_as_often_as_it_is_spread() -> None:
    found = shape("{ one { ...f } two { ...f ...f } } fragment f on A { a: x b: x }")
    assert (found.fields, found.aliases) == (2 + 3 * 2, 6)


@given(st.integers(0, 39))
@settings(max_examples=40)
def test_short_of_beyond_counting_the_count_is_exact(levels: int) -> None:
    assert shape(f"{{ ...f0 }} {doubled(levels)}").fields == 2**levels
    assert shape(f"{{ ...f0 }} {doubled(levels, 'x: id')}").aliases == 2**levels


@pytest.mark.parametrize("levels", [41, 60, 90])
def test_a_bomb_is_counted_without_being_walked(levels: int) -> None:
    bomb = shape(f"{{ a {{ ...f0 }} }} {doubled(levels)}")
    assert (bomb.fields, bomb.depth) == (ENDLESS, 2)


@pytest.mark.parametrize(
    "cycle",
    [
        "fragment f on A { ...f }",
        "fragment f on A { id ...g } fragment g on A { ...f }",
        "fragment f on A { a { b { ...f } } }",
        "fragment f on A { a { ...g } b { ...g } } fragment g on A { a { ...f } ...h } fragment h on A { c { ...g } }",
    ],
)
def test_fragments_that_spread_themselves_come_to_an_end(cycle: str) -> None:
    found = outline(f"{{ a {{ ...f }} }} {cycle}")
    assert found.fields < 50
    assert found.merges < 50


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("{ a b c }", 0),
        ("{ a a }", 1),
        ("{ a a a a }", 6),
        ("{ x: a x: b y: a }", 1),
        ("{ a { b } a { b } a { c } }", 3 + 1),
        ("{ a ...f } fragment f on A { a }", 1),
        ("{ a ... { a ... on A { a } } }", 3),
        ("{ ...f ...f ...f } fragment f on A { a }", 0),
        ("{ a } fragment f on A { b b }", 1),
        ("{ ...nowhere a }", 0),
    ],
)
def test_what_validation_has_to_compare_is_what_has_one_name_in_one_place(text: str, pairs: int) -> None:
    assert outline(text).merges == pairs


def test_every_operation_and_fragment_is_looked_at_used_or_not() -> None:
    assert outline("query A { a } query B { b c d } fragment f on A { e f }").fields == 3
    assert outline("query A { a } fragment f on A { e f g h }").fields == 4
