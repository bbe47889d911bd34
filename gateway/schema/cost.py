"""What a field costs, declared at the field: the calls it may need upstream, and how long its list may be.

Each declaration is published in the schema as `@cost` or `@listSize`, and is what operations are measured by.
A call weighs `CALL`, and every field 1, which `@cost` includes. Two things have no form of their own in federation's
directives, and are declared along with them: that keys share calls, and that an argument's items are the list's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Final

import strawberry
from strawberry.federation.schema_directives import Cost, FederationDirective, ImportedFrom, ListSize
from strawberry.federation.versions import FederationVersion
from strawberry.schema_directive import Location, schema_directive

from gateway.domain.address import Chain
from gateway.domain.provider import Provider
from gateway.schema.limits import DEFAULT_PAGE

CALL: Final = 100


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a provider: `calls` for every `together` different keys, and none for a key asked before.

    `together` is the `max_keys` of the capability's source. Keys that are addresses of another `chain` ask nothing.
    """

    capability: str
    calls: int = 1
    together: int = 1
    chain: Chain | None = None


RUNES = Question("runes_by_address", chain=Chain.BITCOIN)
INSCRIPTIONS = Question("inscriptions_by_address", chain=Chain.BITCOIN)
RUNE = Question("rune_by_id", together=10)
TOKENS = Question("tokens_by_owner", chain=Chain.SOLANA)
# One for each token program.
TOKEN_ACCOUNTS = Question("token_accounts_by_owner", calls=2, chain=Chain.SOLANA)
TOKEN_ACCOUNT = Question("token_account_by_address", together=100, chain=Chain.SOLANA)
WALLETS = Question("wallets_by_credential")


@dataclass(frozen=True, slots=True)
class Reference:
    """How a representation of an entity is resolved: by which of its fields, and what that asks."""

    key: str
    question: Question | None = None


REFERENCES: Mapping[str, Reference] = MappingProxyType(
    {
        "Account": Reference("address"),
        "Rune": Reference("id", RUNE),
        "TokenAccount": Reference("address", TOKEN_ACCOUNT),
        # All of a caller's wallets are in the one account that its credential opens.
        "ExchangeWallet": Reference("__typename", WALLETS),
    }
)


@schema_directive(locations=[Location.FIELD_DEFINITION], name="cost", print_definition=False)
class Asks(FederationDirective):
    """Published as `@cost`: the field asks a question for each object above it, or for each value of an argument."""

    imported_from: ClassVar[ImportedFrom] = Cost.imported_from
    minimum_version: ClassVar[FederationVersion] = Cost.minimum_version
    weight: int
    question: strawberry.Private[Question]
    # The type of the nearest object above, the field's own included, by whose address it asks.
    each: strawberry.Private[str | None] = None
    # The argument by whose values it asks.
    by: strawberry.Private[str | None] = None


def asks(question: Question, *, each: str | None = None, by: str | None = None) -> Asks:
    return Asks(weight=1 + CALL * question.calls, question=question, each=each, by=by)


@schema_directive(locations=[Location.FIELD_DEFINITION], name="listSize", print_definition=False)
class Listing(FederationDirective):
    """Published as `@listSize`; only an argument that is a number may be told there as what sizes a list."""

    imported_from: ClassVar[ImportedFrom] = ListSize.imported_from
    minimum_version: ClassVar[FederationVersion] = ListSize.minimum_version
    assumed_size: int
    slicing_arguments: list[str] | None = strawberry.UNSET
    sized_fields: list[str] | None = strawberry.UNSET
    require_one_slicing_argument: bool = False
    # The argument of which each item is one of the list's.
    items_of: strawberry.Private[str | None] = None


def sized_by(argument: str) -> Listing:
    """Say that a list has one item for each that an argument has; others assume a page of them."""
    return Listing(assumed_size=DEFAULT_PAGE, items_of=argument)


# A connection's lists have what `first` says.
PAGED: Final = Listing(assumed_size=DEFAULT_PAGE, slicing_arguments=["first"], sized_fields=["nodes", "edges"])
ONE_FOR_EACH_PROVIDER: Final = Listing(assumed_size=len(Provider))
