"""Pages of a list: a stable order, cursors that survive changes between pages, and a stated limit."""

import base64
import binascii
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec
import strawberry
from strawberry.federation import type as federated

from gateway.schema.errors import CallerError, ErrorCode, bad_input
from gateway.schema.limits import DEFAULT_PAGE, RequestLimits

T = TypeVar("T")

SortKey = tuple[int | str, ...]


@federated(shareable=True, description="Where a page stands in its list.")
class PageInfo:
    """Relay's page info; pages go forward only."""

    has_next_page: bool = strawberry.field(description="Whether more follows: ask with `after: endCursor`.")
    has_previous_page: bool = strawberry.field(description="Whether something stands before this page.")
    start_cursor: str | None = strawberry.field(description="The first item's cursor. Null on an empty page.")
    end_cursor: str | None = strawberry.field(description="The last item's cursor. Null on an empty page.")


NO_PAGE = PageInfo(has_next_page=False, has_previous_page=False, start_cursor=None, end_cursor=None)


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What a caller asks of a list, checked."""

    size: int
    after: str | None


def page_request(first: int | None, after: str | None, limits: RequestLimits) -> PageRequest:
    """Check a page's size before anyone is asked anything; raises `BAD_USER_INPUT` or `LIMIT_EXCEEDED`.

    `first` may be unset: what `@listSize` assumes where it is left out goes, to routers, only without a default.
    """
    size = min(DEFAULT_PAGE, limits.max_page_size) if first is None or first is strawberry.UNSET else first
    if size < 0:
        raise bad_input("first is 0 or more.")
    if size > limits.max_page_size:
        raise CallerError(ErrorCode.LIMIT_EXCEEDED, f"first is at most {limits.max_page_size}.")
    return PageRequest(size, after)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page's items in their order, each after its key, and how many there are in all; cursors are made on demand."""

    keyed: Sequence[tuple[SortKey, T]]
    starts_at: int
    total: int

    @property
    def items(self) -> Sequence[tuple[str, T]]:
        """Give the items with their cursors."""
        return [(_cursor(key), item) for key, item in self.keyed]

    @property
    def info(self) -> PageInfo:
        return PageInfo(
            has_next_page=self.starts_at + len(self.keyed) < self.total,
            has_previous_page=self.starts_at > 0,
            start_cursor=_cursor(self.keyed[0][0]) if self.keyed else None,
            end_cursor=_cursor(self.keyed[-1][0]) if self.keyed else None,
        )


def page(items: Iterable[T], order: Callable[[T], SortKey], request: PageRequest) -> Page[T]:
    """Sort, and cut out what was asked for.

    A cursor holds an item's place in the order and not its index, so that what comes or goes between two pages
    moves nothing else.
    """
    ordered = sorted(((order(item), item) for item in items), key=lambda pair: pair[0])
    start = 0
    if request.after is not None:
        place = _place(request.after, ordered[0][0] if ordered else None)
        start = sum(1 for key, _ in ordered if key <= place)
    return Page(ordered[start : start + request.size], start, len(ordered))


def _cursor(key: SortKey) -> str:
    # Numbers as text: rune amounts are wider than the encoder's integers.
    parts = [("i", str(part)) if isinstance(part, int) else ("s", part) for part in key]
    return base64.urlsafe_b64encode(msgspec.json.encode(parts)).decode()


def _place(cursor: str, example: SortKey | None) -> SortKey:
    try:
        parts = msgspec.json.decode(base64.urlsafe_b64decode(cursor.encode()), type=list[tuple[str, str]])
        place: SortKey = tuple(int(text) if kind == "i" else text for kind, text in parts)
    except (binascii.Error, msgspec.DecodeError, UnicodeError, ValueError):
        raise bad_input("after is not a cursor of this list.") from None
    if example is not None and [type(part) for part in place] != [type(part) for part in example]:
        raise bad_input("after is not a cursor of this list in this order.")
    return place
