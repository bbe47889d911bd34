"""Puts the types together into one Federation 2 schema, and resolves entities one by one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import strawberry
from graphql import GraphQLError, GraphQLSchema
from strawberry import federation
from strawberry.extensions import SchemaExtension
from strawberry.federation.schema import FederationAny
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

import gateway.schema.enum  # noqa: F401 - gives the domain's enumerations their place in the schema
from gateway.domain.address import Address
from gateway.schema.account import Account
from gateway.schema.context import Context
from gateway.schema.errors import BadScalar, bad_input
from gateway.schema.exchange import Currency, ExchangeWallet
from gateway.schema.executor import GatewayExecutor
from gateway.schema.hooks import Runner
from gateway.schema.query import Query
from gateway.schema.rune import Rune
from gateway.schema.scalars import SCALARS, parse_address, parse_currency_code
from gateway.schema.subscription import Subscription
from gateway.schema.token import Token
from gateway.schema.token_account import TokenAccount


@dataclass(frozen=True, slots=True)
class _Entity:
    """An entity, the field that is its key, and how that field's text is read."""

    origin: Any
    key: str
    parse: Callable[[str], object] = str


_ENTITIES: Mapping[str, _Entity] = {
    "Account": _Entity(Account, "address", parse_address),
    "Rune": _Entity(Rune, "id"),
    "Token": _Entity(Token, "mint", parse_address),
    "TokenAccount": _Entity(TokenAccount, "address", parse_address),
    "ExchangeWallet": _Entity(ExchangeWallet, "id"),
    "Currency": _Entity(Currency, "code", parse_currency_code),
}


class GatewaySchema(federation.Schema):
    """Resolves each representation by itself: what is wrong with one spoils no other."""

    @property
    def graphql(self) -> GraphQLSchema:
        """The schema as graphql-core knows it."""
        return self._schema

    def create_extensions_runner(
        self, execution_context: ExecutionContext, extensions: list[SchemaExtension]
    ) -> Runner:
        return Runner(execution_context, extensions)

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Leave errors alone: Strawberry would log them whole, and the server logs what is worth it."""

    def entities_resolver(
        self, info: strawberry.Info[Context, None], representations: list[FederationAny]
    ) -> list[FederationAny]:
        return [self._entity(info, representation) for representation in representations]

    def _entity(self, info: strawberry.Info[Context, None], representation: object) -> Any:
        try:
            return _resolve(info, representation)
        except GraphQLError as error:
            return error


def _resolve(info: strawberry.Info[Context, None], representation: object) -> Any:
    if not isinstance(representation, Mapping):
        raise bad_input("A representation is an object.")
    name = representation.get("__typename")
    entity = _ENTITIES.get(name) if isinstance(name, str) else None
    if entity is None:
        raise bad_input("A representation names one of this graph's entities in __typename.")
    value = representation.get(entity.key)
    # A representation written into the query may hold a variable, which has been read by its own scalar already.
    value = value.text if isinstance(value, Address) else value
    # Nothing here needs another subgraph's field, so one more is a router's mistake, and may contradict the key.
    if representation.keys() != {"__typename", entity.key} or not isinstance(value, str):
        raise bad_input(f"A representation of {name} has its key, {entity.key}, as a string, and nothing more.")
    try:
        parsed = entity.parse(value)
    except BadScalar as wrong:
        raise bad_input(str(wrong)) from None
    return entity.origin.resolve_reference(info, parsed)


def create_schema(
    extensions: Sequence[Callable[[], SchemaExtension]] = (),
    kind: type[GatewaySchema] = GatewaySchema,
    *,
    subscription: type = Subscription,
) -> GatewaySchema:
    return kind(
        query=Query,
        subscription=subscription,
        types=[entity.origin for entity in _ENTITIES.values()],
        extensions=extensions,
        execution_context_class=GatewayExecutor,
        config=StrawberryConfig(scalar_map=SCALARS),
        # The newest version that every composition tool on npm accepts.
        federation_version="2.9",
    )
