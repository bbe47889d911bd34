"""Cuts a page out of a reading of many: the one shape that every list in the schema has."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from gateway.domain.address import Address
from gateway.domain.reading import Outcome
from gateway.domain.reading import Reading as DomainReading
from gateway.execution.fragment import Keeps
from gateway.schema.context import Context
from gateway.schema.page import NO_PAGE, Page, PageInfo, PageRequest, SortKey, page
from gateway.schema.reading import DressedReading, shown_as

C = TypeVar("C")
D = TypeVar("D")

# Ways to cut one reading of which the written form is kept.
_MOST_MANNERS = 8


@dataclass(frozen=True, slots=True)
class Manner(Generic[D]):
    """How a list is cut: its order, what it lets through, and how an item of it is dressed.

    `name` tells it from all others in which the same reading may be cut; a manner without a name is not kept.
    """

    order: Callable[[D], SortKey]
    lets_through: Callable[[D], bool] | None
    node: Callable[[D, "Cut"], object]
    name: Hashable | None = None


class Cut(DressedReading):
    """A page of a reading; it is sorted, cut and dressed only where somebody looks at it."""

    edge: Callable[..., Any]

    def __init__(
        self,
        reading: DomainReading[Sequence[Any]],
        context: Context,
        request: PageRequest,
        manner: Manner[Any],
        holder: Address | None = None,
    ) -> None:
        """`holder` is the address whose list this is, where it has one."""
        self.reading = reading
        self.context: Context = context
        self.holder = holder
        self._request = request
        self._manner = manner
        # A cursor that is none is refused at the list's own field.
        if request.after is not None and reading.outcome is not Outcome.UNAVAILABLE:
            self._page  # noqa: B018 - looked at for what it raises

    @cached_property
    def _page(self) -> Page[Any] | None:
        """Filter, sort and cut; without a value there is no page, and nothing is made up in its place."""
        if self.reading.outcome is Outcome.UNAVAILABLE:
            return None
        items = self.reading.value or ()
        wanted = self._manner.lets_through
        return page(items if wanted is None else filter(wanted, items), self._manner.order, self._request)

    @property
    def keeps(self) -> Keeps | None:
        """Where what is written of this page may be kept: beside the reading, until that goes."""
        keeps, name, after = self.reading.keeps, self._manner.name, self._request.after
        if keeps is None or name is None or after is not None:
            return None
        key = name, self._request.size
        found: Keeps | None = keeps.get(key)
        if found is None:
            if len(keeps) >= _MOST_MANNERS:
                keeps.clear()
            found = keeps[key] = Keeps()
        return found

    @property
    def records(self) -> Sequence[Any] | None:
        return None if self._page is None else [item for _, item in self._page.keyed]

    @property
    def record_edges(self) -> Sequence[tuple[str, Any]] | None:
        return None if self._page is None else self._page.items

    @cached_property
    def nodes(self) -> list[Any] | None:
        return None if self._page is None else [self._manner.node(item, self) for _, item in self._page.keyed]

    @cached_property
    def edges(self) -> list[Any] | None:
        if self._page is None or self.nodes is None:
            return None
        cursors = [cursor for cursor, _ in self._page.items]
        return [self.edge(cursor=cursor, node=node) for cursor, node in zip(cursors, self.nodes, strict=True)]

    @property
    def page_info(self) -> PageInfo:
        return NO_PAGE if self._page is None else self._page.info

    @property
    def total_count(self) -> int | None:
        return None if self._page is None else self._page.total


class ConnectionOf(Generic[C]):
    """How one kind of list is dressed: `connection` and `edge` are its types in the schema."""

    def __init__(self, connection: type[C], edge: Callable[..., Any]) -> None:
        self.kind = shown_as(connection, type("Cut", (Cut,), {"edge": staticmethod(edge)}))

    def cut(
        self,
        reading: DomainReading[Sequence[D]],
        context: Context,
        request: PageRequest,
        manner: Manner[D],
        holder: Address | None = None,
    ) -> C:
        return self.kind(reading, context, request, manner, holder)
