"""A schema that says back what its scalars made of an argument."""

from collections.abc import Mapping
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from gateway.domain.address import Address
from gateway.schema.errors import BadScalar
from gateway.schema.scalars import SCALARS, BigInt, ExactDecimal, Timestamp


def _whole(value: BigInt) -> BigInt:
    return value


def _decimal(value: ExactDecimal) -> ExactDecimal:
    return value


def _instant(value: Timestamp) -> Timestamp:
    return value


def _address(value: Address) -> Address:
    return value


def _addresses(values: list[Address]) -> list[Address]:
    return values


@strawberry.type
class Echo:
    """One field for each scalar, and one for a list."""

    whole: BigInt = strawberry.field(resolver=_whole)
    decimal: ExactDecimal = strawberry.field(resolver=_decimal)
    instant: Timestamp = strawberry.field(resolver=_instant)
    address: Address = strawberry.field(resolver=_address)
    addresses: list[Address] = strawberry.field(resolver=_addresses)


class _Quiet(strawberry.Schema):
    def process_errors(self, errors: object, execution_context: ExecutionContext | None = None) -> None:
        """Leave the log alone: refusals are what the tests are about."""


_SCHEMA = _Quiet(Echo, config=StrawberryConfig(scalar_map=SCALARS))
TYPES = {"whole": "BigInt!", "decimal": "Decimal!", "instant": "DateTime!", "address": "Address!"}


class Refused(Exception):
    """What a scalar, or the language itself, said instead of an answer; a crash comes through as itself."""


def of_literal(field: str, literal: str) -> Any:
    """Give a field a literal, as a person would type it."""
    return _run(field, f"{{ {field}(value: {literal}) }}", None)


def of_variable(field: str, value: object) -> Any:
    """Give a field a variable, as a program would send it."""
    return _run(field, f"query ($v: {TYPES[field]}) {{ {field}(value: $v) }}", {"v": value})


def of_variables(values: object) -> Any:
    return _run("addresses", "query ($v: [Address!]!) { addresses(values: $v) }", {"v": values})


def _run(field: str, query: str, variables: Mapping[str, Any] | None) -> Any:
    result = _SCHEMA.execute_sync(query, variable_values=dict(variables or {}))
    if result.errors:
        (error,) = result.errors
        cause: Exception | None = error
        while isinstance(cause, GraphQLError):
            cause = cause.original_error
        if isinstance(cause, BadScalar | None):
            raise Refused(error.message)
        raise cause
    assert result.data is not None
    return result.data[field]
