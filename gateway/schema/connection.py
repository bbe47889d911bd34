"""Cuts a page out of a reading of many: the one shape that every list in the schema has."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from gateway.domain.reading import Outcome
from gateway.domain.reading import Reading as DomainReading
from gateway.schema.page import NO_PAGE, PageRequest, SortKey, page
from gateway.schema.reading import ReadingFields, reading_fields

C = TypeVar("C")
D = TypeVar("D")


@dataclass(frozen=True, slots=True)
class ConnectionOf(Generic[C]):
    """How one kind of list is dressed: `connection` and `edge` are its types in the schema."""

    connection: Callable[..., C]
    edge: Callable[..., Any]

    def cut(
        self,
        reading: DomainReading[Sequence[D]],
        now: datetime,
        request: PageRequest,
        *,
        order: Callable[[D], SortKey],
        lets_through: Callable[[D], bool],
        node: Callable[[D, ReadingFields], object],
    ) -> C:
        """Filter, sort and cut; without a value there are no nodes, and nothing is made up in their place."""
        fields = reading_fields(reading, now)
        if reading.outcome is Outcome.UNAVAILABLE:
            return self.connection(**fields, nodes=None, edges=None, page_info=NO_PAGE, total_count=None)
        chosen = page(filter(lets_through, reading.value or ()), order, request)
        nodes = [node(item, fields) for _, item in chosen.items]
        cursors = [cursor for cursor, _ in chosen.items]
        edges = [self.edge(cursor=cursor, node=each) for cursor, each in zip(cursors, nodes, strict=True)]
        return self.connection(**fields, nodes=nodes, edges=edges, page_info=chosen.info, total_count=chosen.total)
