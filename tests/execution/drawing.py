"""Draws operations from the schema, with arguments that mostly make sense."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Final, cast

from graphql import DocumentNode, GraphQLSchema, NameNode, NullValueNode, ObjectFieldNode, ValueNode
from hypothesis import strategies as st
from hypothesis_graphql import nodes, queries

from tests.execution import figures
from tests.execution.dressing import Dressing
from tests.execution.source import Fate
from tests.execution.twins import Question

_HOLDERS = [each.text for each in figures.HOLDERS.values()]
_OWNERS = [each.text for each in (*figures.OWNERS.values(), figures.STRANGER)]
_ACCOUNTS = [each.text for each in figures.ACCOUNTS.values()]
# Of a hundred arguments and callers so many make no sense.
_NONSENSE: Final = 3
_SEEDS: Final = 4
_HUNDRED: Final = 100

_AT_HAND = ("account", "accounts", "tokenAccount", "tokenAccounts", "exchangeWallets")

# What a field's arguments may be told without being refused: its own, and those of the same name anywhere.
_SENSIBLE: Mapping[tuple[str, str], Sequence[str | None]] = {
    ("tokenAccount", "address"): _ACCOUNTS,
    ("tokenAccounts", "addresses"): _ACCOUNTS,
    ("reconcileTokens", "owner"): [figures.OWNERS[each].text for each in (Fate.READ, Fate.EMPTY, Fate.BARE)],
    ("reconcileRunes", "address"): [figures.HOLDERS[each].text for each in (Fate.READ, Fate.EMPTY, Fate.BARE)],
    ("rune", "id"): ["840001:1", "840009:9"],
}
_MINTS = [each.text for each in figures.MINTS]


def _strings(*texts: str) -> st.SearchStrategy[Any]:
    return st.sampled_from(texts).map(nodes.String)


def _object(fields: Mapping[str, ValueNode]) -> ValueNode:
    return nodes.Object([ObjectFieldNode(name=NameNode(value=name), value=value) for name, value in fields.items()])


def _representation(name: str, key: str, *values: str) -> st.SearchStrategy[Any]:
    return _strings(*values).map(lambda value: _object({"__typename": nodes.String(name), key: value}))


_IDS = (*figures.RUNE_IDS, *(rune.id for rune in figures.RUNES))
_SCALARS: Mapping[str, st.SearchStrategy[Any]] = {
    "Address": _strings(*_HOLDERS, *_OWNERS, *_ACCOUNTS),
    "ID": _strings(*_IDS),
    "Int": st.sampled_from((1, 2, 3, 7, 50, 100, 0)).map(nodes.Int),
    "String": _strings("ALPHA•COIN", "sol", "BTC", "widest.rune"),
    "BigInt": _strings("0", "1", "340282366920938463463374607431768211455"),
    "_Any": st.one_of(
        _representation("Account", "address", *_HOLDERS, *_OWNERS),
        _representation("TokenAccount", "address", *_ACCOUNTS),
        _representation("Token", "mint", *_MINTS),
        _representation("Currency", "code", "BTC", "ETH"),
    ),
}


def documents(schema: GraphQLSchema) -> st.SearchStrategy[DocumentNode]:
    """Draw operations of all root fields, and as many of those alone that may be at hand."""

    def drawn(fields: Sequence[str] | None) -> Any:
        return queries(schema, fields=fields, custom_scalars=_SCALARS, print_ast=_itself)

    return st.one_of(drawn(None), drawn(_AT_HAND))


def events(schema: GraphQLSchema) -> tuple[GraphQLSchema, st.SearchStrategy[DocumentNode]]:
    """Draw what is asked of events: operations of a schema in which subscriptions are queries."""
    listening = GraphQLSchema(query=schema.subscription_type, types=[*schema.type_map.values()])
    fields = list(listening.query_type.fields) if listening.query_type else []
    one_each = [queries(listening, fields=[each], custom_scalars=_SCALARS, print_ast=_itself) for each in fields]
    return listening, st.one_of(*one_each)


def _itself(document: DocumentNode) -> Any:
    return document


def subscriptions(listening: GraphQLSchema, document: DocumentNode, seed: int) -> Sequence[Question]:
    """Write a drawn operation as a subscription, plainly and in some other ways; not all of them are valid."""
    found = []
    for number in range(_SEEDS):
        random = Random(seed * _SEEDS + number)
        dressing = Dressing(listening, random, _sense_of_event, zeal=1 if number else 0)
        text = dressing.text(document)
        found.append(Question(f"subscription{text.removeprefix('query')}", dressing.variables))
    return found


def _sense_of_event(random: Random, field: str, argument: str, value: ValueNode) -> ValueNode:
    if (field, argument) == ("runes", "address"):
        return nodes.String(random.choice(_HOLDERS))
    return _sense(random, field, argument, value)


def _sense(random: Random, field: str, argument: str, value: ValueNode) -> ValueNode:
    if random.randrange(_HUNDRED) < _NONSENSE:
        return value
    if argument == "after":
        return cast("ValueNode", nodes.Null)
    if argument == "mint" and not isinstance(value, NullValueNode):
        return nodes.String(random.choice(_MINTS))
    if argument == "wallet":
        rows = [{"runeName": nodes.String(rune.name), "amount": nodes.Int(9)} for rune in figures.RUNES[:2]]
        return nodes.List([_object(row) for row in rows])
    sensible = _SENSIBLE.get((field, argument))
    return value if sensible is None else _one_of(random, argument, sensible)


def _one_of(random: Random, argument: str, sensible: Sequence[str | None]) -> ValueNode:
    if argument == "addresses":
        return nodes.List([nodes.String(each) for each in random.choices(sensible, k=random.randrange(5))])
    return nodes.String(random.choice(sensible))


def questions(schema: GraphQLSchema, document: DocumentNode, seed: int) -> Sequence[Question]:
    """Write a document's operation plainly, and in some other ways; the same ones for the same seed."""
    found = []
    for number in range(_SEEDS):
        random = Random(seed * _SEEDS + number)
        dressing = Dressing(schema, random, _sense, zeal=1 if number else 0)
        text = dressing.text(document)
        is_for_anybody = "exchange" not in text.lower() or random.randrange(_HUNDRED) < _NONSENSE
        callers = figures.CALLERS if is_for_anybody else list(figures.HOLDING.values())
        caller = figures.ANONYMOUS if random.randrange(2) and is_for_anybody else random.choice(callers[:-1])
        if random.randrange(_HUNDRED) < _NONSENSE:
            caller = figures.NOBODY
        found.append(Question(text, dressing.variables, caller, random.choice((None, None, None, 4, 100)), None))
    return found
