"""The accounts of a small Solana, each with its short history, and the slots at which they are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Commitment: TypeAlias = Literal["processed", "confirmed", "finalized"]
TokenState: TypeAlias = Literal["initialized", "frozen", "uninitialized"]

COMMITMENTS: Final[tuple[Commitment, ...]] = ("processed", "confirmed", "finalized")
TOKEN_STATES: Final[tuple[TokenState, ...]] = ("initialized", "frozen", "uninitialized")
# How far behind the newest slot each level reads.
_BEHIND: Final[Mapping[str, int]] = {"processed": 0, "confirmed": 2, "finalized": 32}
MOST_BEHIND: Final = _BEHIND["finalized"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mint:
    """A token; a multiplier makes it a scaled one, "" a scaled one whose conversion fails."""

    program: str
    decimals: int
    supply: int = 0
    multiplier: str | None = None
    lamports: int = 1_461_600


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenAccount:
    """What one owner holds of one mint, in atomic units; a reserve makes it wrapped SOL."""

    program: str
    mint: str
    owner: str
    amount: int
    state: TokenState = "initialized"
    delegate: str | None = None
    delegated_amount: int = 0
    close_authority: str | None = None
    rent_exempt_reserve: int | None = None
    immutable_owner: bool = False
    lamports: int = 2_039_280


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainAccount:
    """A wallet, a program, or bytes that no parser knows."""

    program: str
    lamports: int
    content: bytes = b""
    executable: bool = False


Account: TypeAlias = Mint | TokenAccount | PlainAccount


class SolanaBook:
    """Accounts by address; each change is a new slot."""

    def __init__(self, *, slot: int, accounts: Mapping[str, Account]) -> None:
        self.slot = slot
        # With lag, a change shows at once to `processed` only, and to the others as slots go by.
        self.lag = False
        self._history: dict[str, list[tuple[int, Account | None]]] = {
            address: [(0, account)] for address, account in accounts.items()
        }

    def slot_at(self, commitment: Commitment) -> int:
        return self.slot - _BEHIND[commitment]

    def account(self, address: str, commitment: Commitment) -> Account | None:
        """The account as this commitment sees it; None when it is not there."""
        seen_until = self.slot_at(commitment)
        seen: Account | None = None
        for since, account in self._history.get(address, ()):
            if since <= seen_until:
                seen = account
        return seen

    def modified_at(self, address: str, commitment: Commitment) -> int | None:
        """The slot since which the account is as this commitment sees it; None when it is not there."""
        seen_until = self.slot_at(commitment)
        seen: int | None = None
        for since, account in self._history.get(address, ()):
            if since <= seen_until:
                seen = None if account is None else since
        return seen

    def token_accounts(self, owner: str, commitment: Commitment) -> dict[str, TokenAccount]:
        found = ((address, self.account(address, commitment)) for address in self._history)
        return {
            address: account
            for address, account in found
            if isinstance(account, TokenAccount) and account.owner == owner
        }

    def record(self, address: str, account: Account | None) -> None:
        """Let the account be this from now on; None closes it."""
        self.slot += 1
        since = self.slot if self.lag else self.slot_at("finalized")
        earlier = [(slot, was) for slot, was in self._history.get(address, []) if slot < since]
        self._history[address] = [*earlier, (since, account)]

    def advance(self, slots: int) -> None:
        self.slot += slots

    def lag_behind(self, *, lag: bool) -> None:
        """Let the levels part, or let them agree again, in which case every change becomes final."""
        if self.lag and not lag:
            self.advance(_BEHIND["finalized"])
        self.lag = lag
