"""A wallet's own runes against the indexer's, rune by rune."""

from collections.abc import Mapping, Sequence

from gateway.domain import rune as runes
from gateway.domain.addition import alike
from gateway.domain.amount import Amount
from gateway.domain.reading import Outcome, Provenance, Reading
from gateway.domain.reconciliation import Observation, Reconciliation, Verdict, problems_of
from gateway.domain.rune import Rune, RuneBalance
from gateway.domain.wallet import WalletAnswer, WalletRune

# A wallet reports its taproot address alone.
_TAPROOT = ("bc1p", "tb1p", "bcrt1p")

Balances = Reading[tuple[RuneBalance, ...]]


def unlisted(answer: WalletAnswer, indexed: Balances) -> list[str]:
    """List the wallet's runes that the indexer does not name, by name without spacers."""
    known = {runes.unspaced(balance.rune.name) for balance in indexed.value or ()}
    return [key for key in answer.rows if key not in known]


def reconcile_runes(answer: WalletAnswer, indexed: Balances, named: Mapping[str, Rune]) -> list[Reconciliation]:
    """Compare rune by rune, in the order of their names; `named` tells what those are that the indexer did not list."""
    balances = {runes.unspaced(balance.rune.name): balance for balance in indexed.value or ()}
    compared = []
    for key in sorted({*balances, *answer.rows}):
        balance, row = balances.get(key), answer.rows.get(key)
        rune = balance.rune if balance else named[key]
        observations = (_seen(rune, row, answer.provenance), *_indexed(rune, balance, indexed))
        verdict = _verdict(answer, balance, indexed, [each.amount for each in observations])
        compared.append(Reconciliation(rune, verdict, observations, problems_of(indexed)))
    return compared


def _seen(rune: Rune, row: WalletRune | None, provenance: Provenance) -> Observation:
    """Give the wallet's figure; amounts are atomic whether or not the wallet says with how many digits."""
    scale = rune.divisibility if row is None or row.divisibility is None else row.divisibility
    return Observation(Amount.of_atomic(row.amount if row else 0, scale), provenance)


def _indexed(rune: Rune, balance: RuneBalance | None, indexed: Balances) -> tuple[Observation, ...]:
    if indexed.provenance is None:
        return ()
    amount = balance.confirmed if balance else Amount.of_atomic(0, rune.divisibility)
    return (Observation(amount, indexed.provenance),)


def _verdict(
    answer: WalletAnswer,
    balance: RuneBalance | None,
    indexed: Balances,
    amounts: Sequence[Amount],
) -> Verdict:
    if len(amounts) == 1:
        return Verdict.SINGLE_SOURCE
    seen, confirmed = amounts
    if alike(seen, confirmed):
        return Verdict.AGREED
    is_elsewhere = not answer.address.text.startswith(_TAPROOT)
    if is_elsewhere or indexed.outcome is not Outcome.FRESH:
        return Verdict.NOT_COMPARABLE
    # What a rune's unit is never changes, so that no lag explains two answers.
    if seen.places != confirmed.places:
        return Verdict.DISPUTED
    return Verdict.NOT_COMPARABLE if _is_a_block_away(seen.integer, balance) else Verdict.DISPUTED


def _is_a_block_away(seen: int, balance: RuneBalance | None) -> bool:
    """Say whether the wallet's figure is what may become of the indexer's once some of what is pending confirms."""
    if balance is None or balance.pending is None:
        return False
    confirmed, pending = balance.confirmed.integer, balance.pending
    return confirmed - pending.outgoing.integer <= seen <= confirmed + pending.incoming.integer
