"""What a field costs, declared at the field: the calls it may need upstream, and how long its list may be.

Each declaration is published in the schema as `@cost` or `@listSize`, and is what operations are measured by.
A call weighs `CALL`, and every field 1, which `@cost` includes. Some things have no form of their own in federation's
directives, and are declared along with them: which keys share calls, and what a list has an item for.
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
from gateway.domain.token import Commitment
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
TOKEN_ACCOUNT_ITSELF = Question("token_account_itself", together=100, chain=Chain.SOLANA)
WALLETS = Question("wallets_by_credential")


@dataclass(frozen=True, slots=True)
class Reference:
    """How a representation of an entity is resolved: by which of its fields, and what that asks."""

    key: str
    question: Question | None = None
    commitment: str = ""


REFERENCES: Mapping[str, Reference] = MappingProxyType(
    {
        "Account": Reference("address"),
        "Rune": Reference("id", RUNE),
        "TokenAccount": Reference("address", TOKEN_ACCOUNT, Commitment.FINALIZED),
        # All of a caller's wallets are in the one account that its credential opens.
        "ExchangeWallet": Reference("__typename", WALLETS),
    }
)


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A question that a field asks for each object above it, or for each value of an argument.

    `each` is the type of the nearest object above, the field's own included, by whose address it asks.
    `by` is the argument by whose values it asks, of which it asks about `most`: more are refused.
    Where it asks only once it knows something, that is about the values of the argument `after`.
    `age` and `commitments` are what it accepts and wants where no argument of these names says so.
    """

    question: Question
    each: str | None = None
    by: str | None = None
    most: int | None = None
    after: str | None = None
    age: str = ""
    commitments: tuple[str, ...] = ("",)


@schema_directive(locations=[Location.FIELD_DEFINITION], name="cost", print_definition=False)
class Asks(FederationDirective):
    """Published as `@cost`, with the weight that the questions have where each is asked once."""

    imported_from: ClassVar[ImportedFrom] = Cost.imported_from
    minimum_version: ClassVar[FederationVersion] = Cost.minimum_version
    weight: int
    inquiries: strawberry.Private[tuple[Inquiry, ...]]


def asks_all(*inquiries: Inquiry) -> Asks:
    calls = sum(each.question.calls * len(each.commitments) for each in inquiries)
    return Asks(weight=1 + CALL * calls, inquiries=inquiries)


def asks(question: Question, *, each: str | None = None, by: str | None = None) -> Asks:
    return asks_all(Inquiry(question, each, by))


@schema_directive(locations=[Location.FIELD_DEFINITION], name="listSize", print_definition=False)
class Listing(FederationDirective):
    """Published as `@listSize`; only an argument that is a number may be told there as what sizes a list."""

    imported_from: ClassVar[ImportedFrom] = ListSize.imported_from
    minimum_version: ClassVar[FederationVersion] = ListSize.minimum_version
    assumed_size: int
    slicing_arguments: list[str] | None = strawberry.UNSET
    sized_fields: list[str] | None = strawberry.UNSET
    require_one_slicing_argument: bool = False
    # The argument of which each item is one of the list's; with `or_more`, the list has a page of items at least.
    items_of: strawberry.Private[str | None] = None
    or_more: strawberry.Private[bool] = False
    # Whether the list is of the accounts that the nearest field above with addresses asks about.
    of_accounts: strawberry.Private[bool] = False


def sized_by(argument: str, *, or_more: bool = False) -> Listing:
    """Say that a list has one item for each that an argument has; others assume a page of them."""
    return Listing(assumed_size=DEFAULT_PAGE, items_of=argument, or_more=or_more)


def at_most(size: int) -> Listing:
    return Listing(assumed_size=size)


# A connection's lists have what `first` says.
PAGED: Final = Listing(assumed_size=DEFAULT_PAGE, slicing_arguments=["first"], sized_fields=["nodes", "edges"])
# What nobody knows beforehand, such as how many assets there are, is taken for a page.
A_PAGE: Final = at_most(DEFAULT_PAGE)
ACCOUNTS_ASKED_ABOUT: Final = Listing(assumed_size=DEFAULT_PAGE, of_accounts=True)
ONE_FOR_EACH_PROVIDER: Final = at_most(len(Provider))

PORTFOLIO: Final = asks_all(
    Inquiry(RUNES, by="addresses"),
    Inquiry(TOKEN_ACCOUNTS, by="addresses", commitments=(Commitment.FINALIZED,)),
    Inquiry(TOKEN_ACCOUNT_ITSELF, by="addresses", commitments=(Commitment.FINALIZED,)),
    Inquiry(WALLETS, by="exchanges"),
)
# Both sources are read now, and Solana at two of its slots.
COMPARED_TOKENS: Final = asks_all(
    Inquiry(TOKEN_ACCOUNTS, by="owner", age="0", commitments=(Commitment.FINALIZED, Commitment.PROCESSED)),
    Inquiry(TOKENS, by="owner", age="0"),
)
# Names that one wallet may have looked up, once it is known what the indexer lists.
MOST_UNLISTED: Final = 100
COMPARED_RUNES: Final = asks_all(
    Inquiry(RUNES, by="address", age="0"), Inquiry(RUNE, by="wallet", most=MOST_UNLISTED, after="address")
)
