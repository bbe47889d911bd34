"""Enumerations: the schema's are the domain's, and every value is described."""

from enum import StrEnum

import pytest
from graphql import GraphQLEnumType

from gateway.domain.address import Chain
from gateway.domain.amount import Precision
from gateway.domain.exchange import Exchange
from gateway.domain.problem import ProblemCode
from gateway.domain.provider import Provider
from gateway.domain.reading import Outcome, PositionKind, ServedFrom
from gateway.domain.reconciliation import Verdict
from gateway.domain.token import Commitment, TokenAccountState
from gateway.schema.enum import describe
from gateway.schema.rune import RuneOrder
from gateway.schema.schema import create_schema
from gateway.upstream.circuit import CircuitState

KINDS: list[type[StrEnum]] = [
    *(Chain, Precision, Exchange, ProblemCode, Provider, Outcome, PositionKind, ServedFrom),
    *(Commitment, TokenAccountState, CircuitState, RuneOrder, Verdict),
]
TYPES = create_schema().graphql.type_map


@pytest.mark.parametrize("kind", KINDS)
def test_an_enumeration_has_the_domains_values_each_described(kind: type[StrEnum]) -> None:
    shown = TYPES[kind.__name__]
    assert isinstance(shown, GraphQLEnumType)
    assert list(shown.values) == [member.value for member in kind]
    assert shown.description
    descriptions = [value.description for value in shown.values.values()]
    assert all(descriptions)
    assert len(set(descriptions)) == len(descriptions)


def test_no_enumeration_of_the_schema_is_forgotten_here() -> None:
    shown = {name for name, kind in TYPES.items() if isinstance(kind, GraphQLEnumType) and "__" not in name}
    assert shown == {kind.__name__ for kind in KINDS}


def test_a_value_without_words_keeps_the_schema_from_being_made() -> None:
    class Flavour(StrEnum):
        SWEET = "SWEET"
        SOUR = "SOUR"

    with pytest.raises(KeyError, match="SOUR"):
        describe(Flavour, "How it tastes.", SWEET="Like honey.")
