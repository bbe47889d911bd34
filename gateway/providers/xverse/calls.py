"""Xverse's calls, and the rules that its fields must keep."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final, TypeAlias

from gateway.domain import rune as runes
from gateway.domain.address import Address
from gateway.domain.amount import Amount, NotAnAmount, all_short, signed, unsigned
from gateway.domain.rune import PendingRuneAmounts, Rune
from gateway.domain.sources import Effort
from gateway.providers.xverse.wire import V1, V2, Info, Pending, V1Row, V2Row
from gateway.upstream.upstream import Call, Upstream

_PAGE: Final = 60
_MOST_PAGES: Final = 200
# Runes that one call of batch-info may ask about.
BATCH: Final = 10
# Runes of which one record serves all who hold them.
_KNOWN: Final = 20_000
# Numbers of one row.
_FIGURES: Final = 6

# What is confirmed, spendable, projected and pending.
Figures: TypeAlias = tuple[Amount, Amount, Amount, PendingRuneAmounts]


class Calls:
    """Asks, and holds every field to its rules."""

    def __init__(self, upstream: Upstream) -> None:
        self.upstream = upstream
        self._runes: dict[str, Rune] = {}

    async def v2(self, address: Address, effort: Effort) -> V2:
        call = Call("GET /v2/runes/address/{address}/balance", f"v2/runes/address/{address}/balance")
        return await self.upstream.json(call, V2, effort)

    async def v1(self, address: Address, effort: Effort) -> tuple[list[V1Row], int]:
        """Read every page that `total` promises, and the lowest height among them."""
        rows: dict[str, V1Row] = {}
        heights: list[int] = []
        for _ in range(_MOST_PAGES):
            page = await self._v1_page(address, len(rows), effort)
            heights.append(page.indexer_height)
            # A server that ignores paging repeats itself: no new id means that there is nothing more to come.
            fresh = [row for row in page.items if row.id not in rows]
            self.once(row.id for row in page.items)
            rows.update((row.id, row) for row in fresh)
            if len(rows) >= page.total:
                return list(rows.values()), min(heights)
            if not fresh:
                break
        raise self.upstream.misfit("$.total: more items promised than sent")

    async def _v1_page(self, address: Address, offset: int, effort: Effort) -> V1:
        call = Call(
            "GET /v1/ordinals/address/{address}/runes",
            f"v1/ordinals/address/{address}/runes",
            query={"offset": str(offset), "limit": str(_PAGE)},
        )
        return await self.upstream.json(call, V1, effort)

    async def infos(self, ids: Sequence[str], effort: Effort) -> dict[str, Info]:
        """Ask what at most ten runes are, by id or by name; an unknown one is left out of the answer."""
        call = Call("GET /v1/runes/batch-info", "v1/runes/batch-info", query={"runeIds": ",".join(ids)})
        rows = await self.upstream.json(call, list[Info], effort)
        self.once(self.id_of(row) for row in rows)
        infos: dict[str, Info] = {}
        for row in rows:
            asked = {self.id_of(row), runes.unspaced(row.spaced_rune_name)} & set(ids)
            if not asked:
                raise self.upstream.misfit("$[...].runeId: not one that was asked for")
            infos.update(dict.fromkeys(asked, row))
        return infos

    def id_of(self, row: Info) -> str:
        return row.rune_id or row.id or ""

    def once(self, ids: Iterable[str]) -> None:
        every = list(ids)
        if len(set(every)) < len(every):
            raise self.upstream.misfit("$: one rune listed twice")

    def rune(self, row: V2Row | V1Row | Info, id_: str, name: str, divisibility: int) -> Rune:
        """Give the one that is kept already where it is the same: thousands of addresses hold the same runes."""
        symbol = row.symbol or runes.DEFAULT_SYMBOL
        inscription = None if isinstance(row, V2Row) else row.inscription_id
        kept = self._runes.get(id_)
        if (
            kept is not None
            and kept.name == name
            and kept.symbol == symbol
            and kept.divisibility == divisibility
            and kept.inscription_id == inscription
        ):
            return kept
        if not runes.is_rune_id(id_):
            raise self.upstream.misfit("rune id: not of the form block:tx")
        if len(self._runes) >= _KNOWN:
            self._runes.clear()
        rune = self._runes[id_] = Rune(id_, name, symbol, divisibility, inscription)
        return rune

    def divisibility(self, value: int | str) -> int:
        """Read 0 to 38 from a number or a string of digits."""
        if isinstance(value, str):
            value = int(value) if value.isascii() and value.isdigit() and len(value) <= 2 else -1  # noqa: PLR2004 - 38 has two digits
        if not 0 <= value <= runes.MAX_DIVISIBILITY:
            raise self.upstream.misfit("divisibility: not from 0 to 38")
        return value

    def amount(self, field: str, text: str, scale: int) -> Amount:
        """Read an amount; `scale` is a divisibility, and was held to its rule."""
        try:
            return Amount(unsigned(text, runes.AMOUNT_BITS), scale)
        except NotAnAmount as wanted:
            raise self.upstream.misfit(f"{field}: expected {wanted}") from None

    def figures(self, rows: Sequence[V2Row], scales: Sequence[int]) -> list[Figures]:
        """Read what is confirmed, spendable, projected and pending of each row; `scales` are their divisibilities."""
        texts: list[str] = []
        for row in rows:
            sums = row.pending_balance
            texts += (row.confirmed_balance, row.available_balance, row.projected_balance)
            texts += (sums.incoming_amount, sums.outgoing_amount, sums.net_amount.removeprefix("-"))
        short = all_short(texts, runes.AMOUNT_DIGITS) if rows else []
        if short is None:
            return [self._figures(row, scale) for row, scale in zip(rows, scales, strict=True)]
        found = []
        for row, scale, at in zip(rows, scales, range(0, len(short), _FIGURES), strict=True):
            is_loss = row.pending_balance.net_amount.startswith("-")
            found.append(_read(short[at : at + _FIGURES], scale, is_loss=is_loss))
        return found

    def _figures(self, row: V2Row, scale: int) -> Figures:
        return (
            self.amount("confirmedBalance", row.confirmed_balance, scale),
            self.amount("availableBalance", row.available_balance, scale),
            self.amount("projectedBalance", row.projected_balance, scale),
            self._pending(row.pending_balance, scale),
        )

    def _pending(self, row: Pending, scale: int) -> PendingRuneAmounts:
        try:
            return PendingRuneAmounts(
                Amount(unsigned(row.incoming_amount, runes.PENDING_BITS), scale),
                Amount(unsigned(row.outgoing_amount, runes.PENDING_BITS), scale),
                Amount(signed(row.net_amount, runes.PENDING_BITS), scale),
            )
        except NotAnAmount as wanted:
            raise self.upstream.misfit(f"pendingBalance: expected {wanted}") from None


def _read(numbers: Sequence[int], scale: int, *, is_loss: bool) -> Figures:
    confirmed, available, projected, incoming, outgoing, change = numbers
    pending = _nothing_pending(scale)
    if incoming or outgoing or change:
        net = Amount(-change if is_loss else change, scale)
        pending = PendingRuneAmounts(Amount(incoming, scale), Amount(outgoing, scale), net)
    # Where nothing is under way all three are one figure, and one record.
    told = Amount(confirmed, scale)
    spendable = told if available == confirmed else Amount(available, scale)
    if projected == confirmed:
        return told, spendable, told, pending
    return told, spendable, spendable if projected == available else Amount(projected, scale), pending


@cache
def _nothing_pending(scale: int) -> PendingRuneAmounts:
    nothing = Amount.of_atomic(0, scale)
    return PendingRuneAmounts(nothing, nothing, nothing)
