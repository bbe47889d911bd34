"""Runes of an address, from Xverse."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gateway.domain.address import Address
from gateway.domain.provider import Provider
from gateway.domain.reading import Answer, Position, PositionKind
from gateway.domain.rune import RuneBalance
from gateway.domain.sources import Effort, Result, RunesByAddress, Terms
from gateway.providers.xverse.calls import BATCH, Calls, Figures
from gateway.providers.xverse.wire import V1Row, V2Row

if TYPE_CHECKING:
    from gateway.providers.xverse import Settings


class XverseRunes(RunesByAddress):
    """Runes of an address, by v2 or by v1 alone."""

    def __init__(self, settings: "Settings", calls: Calls) -> None:
        version = "v2" if settings.v2 else "v1"
        self._calls = calls
        self._v2 = settings.v2
        self.terms = Terms(
            Provider.XVERSE, "runes_by_address", f"{settings.network}/{version}", settings.fresh_for, max_keys=1
        )

    async def answers(self, keys: Sequence[Address], effort: Effort) -> Sequence[Result[tuple[RuneBalance, ...]]]:
        read = self._by_v2 if self._v2 else self._by_v1
        return [await read(address, effort) for address in keys]

    async def _by_v2(self, address: Address, effort: Effort) -> Answer[tuple[RuneBalance, ...]]:
        page = await self._calls.v2(address, effort)
        self._calls.once(row.rune_id for row in page.balances)
        scales = await self._scales(page.balances, effort)
        figures = self._calls.figures(page.balances, [scales[row.rune_id] for row in page.balances])
        balances = tuple(map(self._v2_balance, page.balances, figures))
        position = Position(PositionKind.BLOCK_HEIGHT, page.indexer_height)
        return Answer(balances, "GET /v2/runes/address/{address}/balance", position)

    async def _scales(self, rows: Sequence[V2Row], effort: Effort) -> dict[str, int]:
        """Give each rune's divisibility, asking for those that v2 left out: it may not be guessed."""
        known = {
            row.rune_id: self._calls.divisibility(row.divisibility) for row in rows if row.divisibility is not None
        }
        unknown = [row.rune_id for row in rows if row.divisibility is None]
        for start in range(0, len(unknown), BATCH):
            chunk = unknown[start : start + BATCH]
            infos = await self._calls.infos(chunk, effort)
            for id_ in chunk:
                info = infos.get(id_)
                if info is None or info.divisibility is None:
                    raise self._calls.upstream.misfit("$.balances[...].divisibility: missing, and not told elsewhere")
                known[id_] = self._calls.divisibility(info.divisibility)
        return known

    def _v2_balance(self, row: V2Row, figures: Figures) -> RuneBalance:
        confirmed, spendable, projected, pending = figures
        rune = self._calls.rune(row, row.rune_id, row.rune_name, confirmed.places)
        if projected.integer != confirmed.integer + pending.net.integer:
            self._calls.upstream.breach("projected = confirmed + net")
        if spendable.integer > confirmed.integer:
            self._calls.upstream.breach("available <= confirmed")
        return RuneBalance(rune, confirmed, spendable, projected, pending)

    async def _by_v1(self, address: Address, effort: Effort) -> Answer[tuple[RuneBalance, ...]]:
        rows, height = await self._calls.v1(address, effort)
        balances = tuple(self._v1_balance(row) for row in rows)
        position = Position(PositionKind.BLOCK_HEIGHT, height)
        return Answer(balances, "GET /v1/ordinals/address/{address}/runes", position)

    def _v1_balance(self, row: V1Row) -> RuneBalance:
        # v1 documents an absent divisibility as the default, 0; v2 does not.
        scale = self._calls.divisibility(0 if row.divisibility is None else row.divisibility)
        rune = self._calls.rune(row, row.id, row.rune_name, scale)
        return RuneBalance(rune, self._calls.amount("amount", row.amount, scale))
