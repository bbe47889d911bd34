"""The schema as a whole: described throughout, free of floats, keyed for federation, and the one that is published."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLFloat,
    ObjectTypeDefinitionNode,
    StringValueNode,
    get_introspection_query,
    is_scalar_type,
    parse,
)

from gateway.schema.schema import create_schema
from tests.running import DEMO_KEY, Gateway

PUBLISHED = Path(__file__).parents[2] / "schema.graphql"
SCHEMA = create_schema()
ANSWER = SCHEMA.execute_sync(get_introspection_query(input_value_deprecation=True))
TYPES: list[dict[str, Any]] = ANSWER.data["__schema"]["types"] if ANSWER.data else []
# What federation and the language bring along is described by them.
OURS = [kind for kind in TYPES if "__" not in kind["name"] and not kind["name"].startswith("_")]
KEYS = {
    "Account": "address",
    "Rune": "id",
    "Token": "mint",
    "TokenAccount": "address",
    "ExchangeWallet": "id",
    "Currency": "code",
}


def places(kind: dict[str, Any]) -> list[tuple[str, str | None]]:
    """List a type, its fields, their arguments, its input fields and its values, with the words for each."""
    name = kind["name"]
    found = [(name, kind["description"])]
    for field in kind["fields"] or ():
        if field["name"].startswith("_"):
            continue
        found.append((f"{name}.{field['name']}", field["description"]))
        found += [(f"{name}.{field['name']}({each['name']})", each["description"]) for each in field["args"]]
    for each in (kind["inputFields"] or []) + (kind["enumValues"] or []):
        found.append((f"{name}.{each['name']}", each["description"]))
    return found


def definitions() -> dict[str, ObjectTypeDefinitionNode]:
    document = parse(SCHEMA.as_str())
    return {each.name.value: each for each in document.definitions if isinstance(each, ObjectTypeDefinitionNode)}


def keys(of: ObjectTypeDefinitionNode) -> list[str]:
    arguments = [
        each for directive in of.directives or () if directive.name.value == "key" for each in directive.arguments or ()
    ]
    return [each.value.value for each in arguments if isinstance(each.value, StringValueNode)]


@pytest.mark.parametrize("kind", OURS, ids=[kind["name"] for kind in OURS])
def test_everything_in_the_schema_is_described_in_words(kind: dict[str, Any]) -> None:
    assert [place for place, words in places(kind) if not (words or "").strip()] == []


def test_the_descriptions_that_are_checked_are_many() -> None:
    assert len([place for kind in OURS for place in places(kind)]) > 150


def test_no_figure_anywhere_is_a_float() -> None:
    kinds = SCHEMA.graphql.type_map
    assert GraphQLFloat.name not in kinds
    scalars = {name for name, kind in kinds.items() if is_scalar_type(kind) and "_" not in name}
    assert scalars <= {"BigInt", "Decimal", "DateTime", "Address", "ID", "String", "Int", "Boolean", "FieldSet"}
    assert scalars >= {"BigInt", "Decimal", "DateTime", "Address"}


def test_every_entity_has_its_key_and_nothing_else_has_one() -> None:
    assert {name: keys(node) for name, node in definitions().items() if keys(node)} == {
        name: [key] for name, key in KEYS.items()
    }


def test_values_may_be_shared_between_subgraphs_and_entities_may_not() -> None:
    shared = {
        name
        for name, node in definitions().items()
        if any(directive.name.value == "shareable" for directive in node.directives or ())
    }
    assert shared == {"Amount", "PageInfo", "PendingRuneAmounts", "Problem", "Position", "Provenance"}


def test_a_gateway_of_gateways_can_read_the_schema_and_its_entities() -> None:
    result = SCHEMA.execute_sync("{ _service { sdl } }")
    assert result.errors is None
    assert result.data == {"_service": {"sdl": SCHEMA.as_str()}}
    (union,) = [kind for kind in TYPES if kind["name"] == "_Entity"]
    assert {each["name"] for each in union["possibleTypes"]} == set(KEYS)


async def test_every_entity_is_found_by_its_key_alone(gateway: Gateway) -> None:
    wallets = await gateway.ask("{ exchangeWallets { nodes { id } } }", key=DEMO_KEY)
    known = {
        "Account": "bc1pdkk5ughajfurnz9zmzdak0pqhmt9lhza7pz96vsmy3y6dj72alkq2zhlxt",
        "Rune": "840123:17",
        "Token": "5xyucW429fmKFNh1UoEH7qtDo38dPPB3ztUuiqjWq3R",
        "TokenAccount": "Ao7Gmmo61F91H7sxUSNAr9aMT2sGAyY7H8S1LZErczyK",
        "ExchangeWallet": wallets.data["exchangeWallets"]["nodes"][0]["id"],
        "Currency": "BTC",
    }
    spread = " ".join(f"... on {name} {{ {name.lower()}: {key} }}" for name, key in KEYS.items())
    answer = await gateway.ask(
        f"query ($of: [_Any!]!) {{ _entities(representations: $of) {{ __typename {spread} }} }}",
        {"of": [{"__typename": name, KEYS[name]: key} for name, key in known.items()]},
        key=DEMO_KEY,
    )
    assert answer.data["_entities"] == [{"__typename": name, name.lower(): key} for name, key in known.items()]


def test_the_published_schema_is_the_one_that_is_served() -> None:
    told = subprocess.run([sys.executable, "-m", "gateway", "schema"], capture_output=True, check=True, text=True)
    assert told.stderr == ""
    assert PUBLISHED.read_text() == told.stdout, "run `make schema`"
