"""Solana RPC against bloXroute for one owner, mint by mint."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from msgspec import structs

from gateway.domain.addition import added, alike
from gateway.domain.amount import Amount, Precision
from gateway.domain.asset import WRAPPED_SOL, merged
from gateway.domain.problem import Problem
from gateway.domain.reading import Outcome, Reading
from gateway.domain.reconciliation import Observation, Reconciliation, Verdict, problems_of
from gateway.domain.statement import TokenAccounts
from gateway.domain.token import TokenAccount, TokenBalance

_NOTHING = Amount(0, 0, is_atomic=False)
_NOTHING_IN_FLOAT = structs.replace(_NOTHING, precision=Precision.PROVIDER_FLOAT)


@dataclass(frozen=True, slots=True)
class OwnerReadings:
    """One owner's tokens: from Solana RPC at the finalized slot and at the newest, and from bloXroute."""

    final: Reading[TokenAccounts]
    newest: Reading[TokenAccounts]
    told: Reading[tuple[TokenBalance, ...]]

    @property
    def problems(self) -> tuple[Problem, ...]:
        return problems_of(self.final, self.newest, self.told)


def reconcile_tokens(readings: OwnerReadings) -> list[Reconciliation]:
    """Compare by mint, in the order of the mints; empty where neither source was read to list any."""
    mints = {account.token.mint for account in _accounts(readings.final) if account.token}
    mints |= {balance.token.mint for balance in readings.told.value or ()}
    return [_Mint(readings, mint.text).reconciliation() for mint in sorted(mints, key=str)]


def _accounts(reading: Reading[TokenAccounts], mint: str | None = None) -> list[TokenAccount]:
    return [each for each in reading.value or () if each.token and mint in (None, each.token.mint.text)]


class _Mint:
    """One mint in the readings of one owner."""

    def __init__(self, readings: OwnerReadings, mint: str) -> None:
        self._readings = readings
        self._mint = mint
        self._final = _accounts(readings.final, mint)
        self._balances = [each for each in readings.told.value or () if each.token.mint.text == mint]

    def reconciliation(self) -> Reconciliation:
        tokens = [account.token for account in self._final if account.token]
        asset = merged([*tokens, *(balance.token for balance in self._balances)])
        observations = [*self._exact(), *self._told()]
        return Reconciliation(asset, self._verdict(), tuple(observations), self._readings.problems)

    def _exact(self) -> list[Observation]:
        """Give the finalized figure, and the newest where it is another."""
        observations = _observed(self._readings.final, self._final)
        if observations:
            newest = _observed(self._readings.newest, _accounts(self._readings.newest, self._mint))
            known = [each.amount for each in observations]
            observations += [each for each in newest if not any(alike(each.amount, one) for one in known)]
        return observations

    def _told(self) -> list[Observation]:
        if self._readings.told.provenance is None:
            return []
        # bloXroute lists a mint once, or not at all where nothing is held.
        figures = [balance.settled for balance in self._balances] or [_NOTHING_IN_FLOAT]
        return [Observation(figure, self._readings.told.provenance) for figure in figures]

    def _verdict(self) -> Verdict:
        exact, told = [each.amount for each in self._exact()], [each.amount for each in self._told()]
        if not exact or not told:
            return Verdict.SINGLE_SOURCE
        if any(alike(one, other) for one in exact for other in told) and not self._clashes:
            return Verdict.AGREED
        return Verdict.NOT_COMPARABLE if self._is_unsettled(exact, told) else Verdict.DISPUTED

    @property
    def _clashes(self) -> bool:
        return len({account.amount.places for account in self._final}) > 1

    def _is_unsettled(self, exact: Sequence[Amount], told: Sequence[Amount]) -> bool:
        """Say whether figures may differ though both sources are right: by lag, or by what they count."""
        readings = (self._readings.final, self._readings.newest, self._readings.told)
        is_old = any(reading.outcome is not Outcome.FRESH for reading in readings)
        is_moving = len(exact) > 1
        # Whether bloXroute counts in what a wallet shows, interest and multiplier included, is nowhere said.
        is_scaled = any(not _is_plain(account) for account in self._final) and not all(each.is_zero for each in told)
        return is_old or is_moving or is_scaled or self._mint == WRAPPED_SOL


def _is_plain(account: TokenAccount) -> bool:
    return account.ui_amount == Decimal(account.amount.text())


def _observed(reading: Reading[TokenAccounts], accounts: Sequence[TokenAccount]) -> list[Observation]:
    """Give the sum of one owner's accounts of a mint; one sum for each scale, should the node tell several."""
    if reading.value is None or reading.provenance is None:
        return []
    by_scale: dict[int, list[Amount]] = {}
    for account in accounts:
        by_scale.setdefault(account.amount.places, []).append(account.amount)
    sums = [added(amounts) for _, amounts in sorted(by_scale.items())] or [_NOTHING]
    return [Observation(each, reading.provenance) for each in sums]
