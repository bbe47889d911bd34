"""Runes, and what an address owns of them."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Self, TypeAlias

import strawberry
from strawberry.federation import type as federated

from gateway.domain import rune as runes
from gateway.domain.address import Address
from gateway.domain.caller import Scope
from gateway.domain.reading import Reading as DomainReading
from gateway.loaders.loaders import Ask
from gateway.schema.amount import Amount, dressed
from gateway.schema.context import Context, Info
from gateway.schema.cost import INSCRIPTIONS, asks
from gateway.schema.enum import describe
from gateway.schema.errors import bad_input, upstream_trouble
from gateway.schema.page import PageInfo, SortKey
from gateway.schema.reading import Reading

Inscriptions: TypeAlias = DomainReading[Mapping[str, str]]


@federated(keys=["id"], description="A Runes protocol token.")
class Rune:
    """A rune, dressed; `holder` is the address through which it was found."""

    id: strawberry.ID = strawberry.field(description="`block:tx` of its etching.")
    name: str = strawberry.field(description="Spaced name, with U+2022 bullets.")
    symbol: str = strawberry.field(description="One Unicode code point; `¤` where the etching set none.")
    divisibility: int = strawberry.field(description="How many decimal digits one whole unit has.")
    known_inscription: strawberry.Private[str | None]
    holder: strawberry.Private[Address | None]

    @strawberry.field(
        description="The inscription that etched it. Null where the provider tells none.",
        directives=[asks(INSCRIPTIONS, each="Account")],
    )
    async def inscription_id(self, info: Info) -> strawberry.ID | None:
        return (await Rune.inscriptions([self], info.context))[0]

    @classmethod
    async def inscriptions(cls, runes: "Sequence[Rune]", context: Context) -> list[strawberry.ID | None]:
        """Ask for what balances leave out: only Xverse's v1 tells it, and only by holder."""
        holders = [rune.holder if rune.known_inscription is None else None for rune in runes]
        loader = context.loaders.inscriptions_by_address
        asked = list(dict.fromkeys(holder for holder in holders if holder))
        told = dict(zip(asked, await loader.load_all(asked) if asked else [], strict=True))
        return [
            rune.inscription(told.get(holder) if holder else None) for rune, holder in zip(runes, holders, strict=True)
        ]

    def inscription(self, told: Inscriptions | None) -> strawberry.ID | None:
        """Find this rune's among what was told of its holder's; raises a problem, for there is nowhere to show it."""
        if self.known_inscription is not None:
            return strawberry.ID(self.known_inscription)
        if told is None:
            return None
        if told.value is None and told.problem is not None:
            raise upstream_trouble(told.problem)
        found = told.value.get(self.id) if told.value else None
        return None if found is None else strawberry.ID(found)

    @classmethod
    def of(cls, rune: runes.Rune, holder: Address | None = None) -> Self:
        return cls(
            id=strawberry.ID(rune.id),
            name=rune.name,
            symbol=rune.symbol,
            divisibility=rune.divisibility,
            known_inscription=rune.inscription_id,
            holder=holder,
        )

    @classmethod
    async def by_id(cls, info: Info, id_: str) -> Self | None:
        """Find a rune; None where there is no such rune, an error where that could not be found out."""
        info.context.require(Scope.BALANCES_READ)
        if not runes.is_rune_id(id_):
            raise bad_input("A rune's id has the form block:tx.")
        reading = await info.context.loaders.rune_by_id.load(Ask(id_))
        if reading.value is None and reading.problem is not None:
            raise upstream_trouble(reading.problem)
        return None if reading.value is None else cls.of(reading.value)

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Self | None:  # noqa: A002 - the key's own name
        return await cls.by_id(info, id)


@federated(shareable=True, description="Sums over all unconfirmed transactions; chained ones count each time.")
class PendingRuneAmounts:
    """Pending sums, dressed."""

    incoming: Amount = strawberry.field(description="What unconfirmed transactions bring.")
    outgoing: Amount = strawberry.field(description="What unconfirmed transactions take.")
    net: Amount = strawberry.field(description="Incoming less outgoing; may be negative.")

    @classmethod
    def of(cls, pending: runes.PendingRuneAmounts) -> Self:
        return cls(
            incoming=Amount.of(pending.incoming),
            outgoing=Amount.of(pending.outgoing),
            net=Amount.of(pending.net),
        )


@strawberry.type(
    description="What one address owns of one rune: the figures of the wallet method runes_getBalance, and more."
)
class RuneBalance:
    """A balance, dressed."""

    rune: Rune = strawberry.field(description="Of which rune.")
    amount: Amount = strawberry.field(description="Confirmed transactions only.")
    spendable: Amount | None = strawberry.field(
        description="What can be spent now: confirmed, less what unconfirmed transactions already spend. "
        "Null where the provider does not say."
    )
    projected: Amount | None = strawberry.field(
        description="What it will be once everything in the mempool confirms. Null where the provider does not say."
    )
    pending: PendingRuneAmounts | None = strawberry.field(
        description="What is under way. Null where the provider does not say."
    )

    @classmethod
    def of(cls, balance: runes.RuneBalance, holder: Address | None) -> Self:
        return cls(
            rune=Rune.of(balance.rune, holder),
            amount=Amount.of(balance.confirmed),
            spendable=dressed(balance.spendable),
            projected=dressed(balance.projected),
            pending=PendingRuneAmounts.of(balance.pending) if balance.pending else None,
        )


@strawberry.input(description="Which runes to list; all that is given must hold.")
class RuneFilter:
    """A choice among an address's runes, made by the gateway: the provider is asked for all of them."""

    ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Rune ids, `block:tx`.")
    names: list[str] | None = strawberry.field(default=None, description="Spaced or not, any case.")
    non_zero: bool | None = strawberry.field(
        default=None, description="True leaves out runes whose confirmed amount is zero; false keeps only those."
    )

    def chooses(self) -> Callable[[runes.RuneBalance], bool]:
        """Give the choice; what is looked for is made ready once, and not for each rune."""
        ids = None if self.ids is None else frozenset(self.ids)
        names = None if self.names is None else frozenset(runes.unspaced(name) for name in self.names)

        def lets_through(balance: runes.RuneBalance) -> bool:
            if ids is not None and balance.rune.id not in ids:
                return False
            if names is not None and runes.unspaced(balance.rune.name) not in names:
                return False
            return self.non_zero is None or self.non_zero is not balance.confirmed.is_zero

        return lets_through


class RuneOrder(StrEnum):
    """An order; ties are broken by rune id."""

    NAME = "NAME"
    AMOUNT_DESC = "AMOUNT_DESC"


describe(
    RuneOrder,
    "How to sort runes.",
    NAME="By name without spacers; the default.",
    AMOUNT_DESC="Largest confirmed amount in whole units first.",
)


def sort_key(balance: runes.RuneBalance, order: RuneOrder | None) -> SortKey:
    name = runes.unspaced(balance.rune.name)
    if order is RuneOrder.AMOUNT_DESC:
        # One scale for all runes makes whole units comparable as integers.
        amount = balance.confirmed
        return -amount.integer * 10 ** (runes.MAX_DIVISIBILITY - amount.places), name, balance.rune.id
    return name, balance.rune.id


@strawberry.type(description="One rune in a list.")
class RuneEdge:
    """An edge."""

    cursor: str = strawberry.field(description="Its place in the list: give it as `after`.")
    node: RuneBalance = strawberry.field(description="The balance.")


@strawberry.type(description="Runes of one address, as they were read.")
class RuneConnection(Reading):
    """A page of runes with the reading it is cut from."""

    nodes: list[RuneBalance] | None = strawberry.field(
        description="Null when the outcome is UNAVAILABLE, never to mean none."
    )
    edges: list[RuneEdge] | None = strawberry.field(description="The same with cursors.")
    page_info: PageInfo = strawberry.field(description="Where this page stands.")
    total_count: int | None = strawberry.field(
        description="All that match the filter, not only this page. Null when the outcome is UNAVAILABLE."
    )
