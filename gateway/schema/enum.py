"""Makes the domain's enumerations part of the schema, with a description for each of their values."""

from enum import EnumMeta

import strawberry

from gateway.domain.address import Chain
from gateway.domain.amount import Precision
from gateway.domain.exchange import Exchange
from gateway.domain.problem import ProblemCode
from gateway.domain.provider import Provider
from gateway.domain.reading import Outcome, PositionKind, ServedFrom
from gateway.domain.token import Commitment, TokenAccountState


def describe(kind: EnumMeta, description: str, **values: str) -> None:
    """Give an enumeration its place in the schema; every value must be described."""
    definition = strawberry.enum(kind, description=description).__strawberry_definition__  # type: ignore[attr-defined]  # Strawberry adds it
    for value in definition.values:
        value.description = values[value.name]


describe(
    Chain,
    "A chain whose addresses the gateway reads.",
    BITCOIN="Runes, from Xverse.",
    SOLANA="SPL tokens, from Solana RPC and bloXroute.",
)
describe(
    Provider,
    "Who reported a figure. WALLET is a caller's own wallet, speaking through sats-connect.",
    XVERSE="Xverse's REST API: Bitcoin runes.",
    SOLANA_RPC="A Solana node's JSON-RPC: token accounts, exact.",
    BLOXROUTE="bloXroute's Trader API: tokens of an owner, in floating point.",
    SFOX="sFOX: wallets of an exchange account.",
    WALLET="The caller's own wallet, through sats-connect.",
)
describe(Exchange, "An exchange at which callers' accounts may be read.", SFOX="sFOX.")
describe(
    Commitment,
    "How settled the Solana slot is that an answer was read at.",
    PROCESSED="The node's newest slot, which may still be rolled back.",
    CONFIRMED="Voted for by a supermajority; about one or two seconds behind.",
    FINALIZED="Rooted; about thirteen seconds behind.",
)
describe(
    Outcome,
    "How a reading ended.",
    FRESH="Read within the age the caller accepts. The figure may be zero, and a list may be empty.",
    STALE="An earlier good reading, older than the caller accepts, shown because a newer one could not be had. "
    "`problem` says why.",
    ABSENT="The provider answered that there is nothing at this address.",
    UNAVAILABLE="Nothing could be read, and there is no earlier reading to show. `problem` says why.",
)
describe(
    ProblemCode,
    "What kept a figure from being read.",
    TIMEOUT="No answer before the deadline.",
    RATE_LIMITED="The provider refused because of its rate limit, or the gateway's own budget for it is spent.",
    UNAVAILABLE="The provider is down, unreachable, or its circuit is open.",
    UPSTREAM_UNAUTHENTICATED="The provider did not accept the gateway's credential.",
    UPSTREAM_FORBIDDEN="The provider's credential may not read this.",
    REJECTED="The provider refused the request itself.",
    PROTOCOL="The provider's answer could not be understood, or broke its own documented form.",
    BEHIND="The node that answered is behind the position that was asked for.",
    NOT_CONFIGURED="This provider is not configured on this gateway.",
    INTERNAL="Anything else; look the reference up in the gateway's log.",
)
describe(
    ServedFrom,
    "Where the gateway had a figure from.",
    UPSTREAM="Asked of the provider for this request, or for one that ran at the same time.",
    CACHE="Kept from an earlier request.",
    FEED="Kept current by the provider's own stream.",
)
describe(
    PositionKind,
    "What a position counts.",
    BLOCK_HEIGHT="Blocks that the indexer has read.",
    SLOT="Slots of a Solana cluster.",
    SEQUENCE="Messages of a feed.",
)
describe(
    Precision,
    "Whether the provider holds every digit that it reports.",
    EXACT="Every digit the provider holds.",
    PROVIDER_FLOAT="The provider computes this figure in floating point: its last digits may already be lost.",
)
describe(
    TokenAccountState,
    "What the token program lets an account do.",
    INITIALIZED="In use.",
    FROZEN="Holds its balance, and may not move it.",
    UNINITIALIZED="Made, and not yet given a mint and an owner.",
)
