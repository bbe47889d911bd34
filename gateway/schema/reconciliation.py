"""Two sources held against each other, asset by asset."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Self

import strawberry

from gateway.domain import reconciliation as reconciliations
from gateway.domain.address import Address, Chain
from gateway.domain.caller import Scope
from gateway.domain.provider import Provider as Who
from gateway.domain.reading import Provenance as DomainProvenance
from gateway.domain.reading import Reading as DomainReading
from gateway.domain.reading import ServedFrom
from gateway.domain.reconciliation import Verdict, problems_of
from gateway.domain.rune import Rune as DomainRune
from gateway.domain.rune_comparison import Balances, reconcile_runes, unlisted
from gateway.domain.token import AccountKey, Commitment
from gateway.domain.token_comparison import OwnerReadings, reconcile_tokens
from gateway.domain.wallet import OPERATION, NotAWalletRune, WalletAnswer, WalletRune
from gateway.loaders.loaders import Ask
from gateway.schema.amount import Amount
from gateway.schema.asset import Asset, dressed_asset
from gateway.schema.context import Context, Info
from gateway.schema.enum import describe
from gateway.schema.errors import CallerError, ErrorCode, bad_input, upstream_trouble
from gateway.schema.reading import Problem, Provenance
from gateway.schema.wallet import WalletRuneBalanceInput

# Both sources are read for the comparison: figures of different ages would differ by their ages.
_NOW = 0
# Names that one request may have looked up at the indexer, ten to a call.
_MOST_UNLISTED = 100

describe(
    Verdict,
    "What two sources say of each other. It is about one moment: before acting on it, ask again.",
    AGREED="The same figure, to the last digit, or to one part in ten to the fifteenth where one source computes in "
    "floating point. A source that was read and does not list the asset says zero.",
    DISPUTED="Different figures that no lag explains.",
    SINGLE_SOURCE="The other source could not be read; that is neither agreement nor zero. `problems` says why.",
    NOT_COMPARABLE="Different figures, and both may be right: one is stale, the balance is moving or pending, or the "
    "sources count different things (native SOL with wrapped, a mint with interest or a multiplier, an address that "
    "is not the wallet's taproot address).",
)


@strawberry.type(description="What one source says of an asset.")
class Observation:
    """An observation, dressed."""

    amount: Amount = strawberry.field(
        description="The confirmed figure; zero where the source was read and does not list the asset."
    )
    provenance: Provenance = strawberry.field(description="Whose figure it is.")


@strawberry.type(description="Two or more providers' figures for the same asset, side by side.")
class Reconciliation:
    """A reconciliation, dressed."""

    asset: Asset = strawberry.field(description="What the figures count.")
    verdict: Verdict = strawberry.field(description="What they say of each other.")
    observations: list[Observation] = strawberry.field(
        description="One for each source that was read. Solana RPC has two where the newest slot and the finalized one "
        "differ, the finalized one first."
    )
    problems: list[Problem] = strawberry.field(description="Why a source is missing from the observations, or stale.")

    @classmethod
    def of(cls, found: reconciliations.Reconciliation, now: datetime, holder: Address) -> Self:
        return cls(
            asset=dressed_asset(found.asset, holder),
            verdict=found.verdict,
            observations=[
                Observation(amount=Amount.of(each.amount), provenance=Provenance.of(each.provenance, now))
                for each in found.observations
            ],
            problems=[Problem.of(problem) for problem in found.problems],
        )

    @classmethod
    async def of_tokens(cls, info: Info, owner: Address) -> list[Self]:
        """Compare Solana RPC with bloXroute; raises a problem that no row is there to carry."""
        context = info.context
        context.require(Scope.BALANCES_READ)
        context.check_solana(owner)
        owned = context.loaders.token_accounts_by_owner
        final, newest, told = await asyncio.gather(
            owned.load(Ask(AccountKey(owner, Commitment.FINALIZED), _NOW)),
            owned.load(Ask(AccountKey(owner, Commitment.PROCESSED), _NOW)),
            context.loaders.tokens_by_owner.load(Ask(owner, _NOW)),
        )
        found = reconcile_tokens(OwnerReadings(final, newest, told))
        trouble = problems_of(final, told)
        if not found and trouble:
            raise upstream_trouble(trouble[0])
        return [cls.of(each, context.now, owner) for each in found]

    @classmethod
    async def of_runes(cls, info: Info, address: Address, wallet: Sequence[WalletRuneBalanceInput]) -> list[Self]:
        """Compare a wallet's own answer with Xverse; raises a problem that no row is there to carry."""
        context = info.context
        context.require(Scope.BALANCES_READ)
        context.check_network(address)
        if address.chain is not Chain.BITCOIN:
            raise bad_input("Expected a Bitcoin address.")
        answer = _checked(context, address, [row.as_wallet_rune() for row in wallet])
        indexed = await context.loaders.runes_by_address.load(Ask(address, _NOW))
        named = await _named(context, answer, indexed)
        found = reconcile_runes(answer, indexed, named)
        if not found and indexed.problem:
            raise upstream_trouble(indexed.problem)
        return [cls.of(each, context.now, address) for each in found]


def _checked(context: Context, address: Address, rows: Sequence[WalletRune]) -> WalletAnswer:
    most = context.limits.max_page_size
    if len(rows) > most:
        raise CallerError(ErrorCode.LIMIT_EXCEEDED, f"At most {most} runes of a wallet may be compared at once.")
    said = DomainProvenance(Who.WALLET, OPERATION, context.now, ServedFrom.UPSTREAM, None)
    try:
        return WalletAnswer.of(rows, address, said)
    except NotAWalletRune as wanted:
        raise bad_input(f"{wanted}.") from None


async def _named(context: Context, answer: WalletAnswer, indexed: Balances) -> Mapping[str, DomainRune]:
    """Find out what those runes are that the indexer does not list for the address."""
    keys = unlisted(answer, indexed)
    said = {key: rune for key in keys if (rune := answer.rows[key].as_rune())}
    # The indexer's word goes first, where it can be had.
    named = said if indexed.value is None else {}
    sought = [key for key in keys if key not in named]
    if len(sought) > _MOST_UNLISTED:
        raise _too_many(indexed)
    readings = await asyncio.gather(*(context.loaders.rune_by_id.load(Ask(key)) for key in sought))
    for key, reading in zip(sought, readings, strict=True):
        rune = reading.value or (said.get(key) if reading.problem else None)
        if rune is None:
            raise _nameless(answer.place(key), reading)
        named[key] = rune
    return named


def _too_many(indexed: Balances) -> CallerError:
    if indexed.value is None and indexed.problem is not None:
        return upstream_trouble(indexed.problem)
    message = f"At most {_MOST_UNLISTED} runes may be compared that the indexer does not list at the address."
    return CallerError(ErrorCode.LIMIT_EXCEEDED, message)


def _nameless(place: int, reading: DomainReading[DomainRune]) -> CallerError:
    if reading.problem is not None:
        return upstream_trouble(reading.problem)
    return bad_input(f"wallet[{place}]: there is no rune of this name.")
