"""Pages: every item once and in order, whatever comes or goes between two of them."""

import base64
from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.schema.errors import CallerError
from gateway.schema.limits import RequestLimits
from gateway.schema.page import Page, PageRequest, SortKey, page, page_request

LIMITS = RequestLimits()

names = st.text(max_size=8)
# The kinds of order that lists have: by text, by name and id, by amount, name and id.
orders = st.sampled_from(
    [
        st.tuples(names),
        st.tuples(names, names),
        st.tuples(st.integers(-(2**256), 2**256), names, names),
        st.tuples(st.integers(-3, 3), st.sampled_from("ab"), st.sampled_from("ab")),
    ]
)
sizes = st.integers(1, 8)


def itself(key: SortKey) -> SortKey:
    return key


@st.composite
def lists(draw: st.DrawFn) -> list[SortKey]:
    return draw(st.lists(draw(orders), unique=True, max_size=25))


@st.composite
def changing_lists(draw: st.DrawFn) -> tuple[list[SortKey], list[SortKey]]:
    """A list before and after a change: some stay, some vanish, some arrive."""
    keys = draw(st.lists(draw(orders), unique=True, min_size=1, max_size=25))
    fates = draw(st.lists(st.sampled_from(["stays", "vanishes", "arrives"]), min_size=len(keys), max_size=len(keys)))
    pairs = list(zip(keys, fates, strict=True))
    return [key for key, fate in pairs if fate != "arrives"], [key for key, fate in pairs if fate != "vanishes"]


def cut(items: Sequence[SortKey], size: int, after: str | None = None) -> Page[SortKey]:
    return page(items, itself, PageRequest(size, after))


def walk(items: Sequence[SortKey], size: int, after: str | None = None) -> list[Page[SortKey]]:
    """Turn the pages as a client does, until there is no next one."""
    pages = [cut(items, size, after)]
    while pages[-1].info.has_next_page:
        pages.append(cut(items, size, pages[-1].info.end_cursor))
        assert len(pages) <= len(items), "the pages go round in circles"
    return pages


def seen(pages: Sequence[Page[SortKey]]) -> list[SortKey]:
    return [item for each in pages for _, item in each.items]


@given(lists(), sizes)
def test_turning_pages_of_any_size_shows_every_item_once_and_in_order(items: list[SortKey], size: int) -> None:
    pages = walk(items, size)
    assert seen(pages) == sorted(items)
    assert all(len(each.items) == size for each in pages[:-1])
    assert all(each.items for each in pages[1:])


@given(lists(), sizes)
def test_every_page_says_where_it_stands(items: list[SortKey], size: int) -> None:
    pages = walk(items, size)
    for number, each in enumerate(pages):
        assert each.total == len(items)
        assert each.info.has_previous_page is (number > 0)
        assert each.info.has_next_page is (number < len(pages) - 1)
        ends = (each.items[0][0], each.items[-1][0]) if each.items else (None, None)
        assert (each.info.start_cursor, each.info.end_cursor) == ends


@given(lists(), sizes)
def test_any_items_cursor_leads_to_what_follows_it(items: list[SortKey], size: int) -> None:
    for cursor, item in cut(items, len(items)).items:
        assert seen([cut(items, size, cursor)]) == [each for each in sorted(items) if each > item][:size]


@given(changing_lists(), sizes)
@example(([("a",), ("b",), ("c",)], [("a",), ("c",)]), 2)
def test_what_comes_or_goes_between_two_pages_moves_nothing_else(
    lists: tuple[list[SortKey], list[SortKey]], size: int
) -> None:
    before, later = lists
    first = cut(before, size)
    shown = seen([first])
    rest = seen(walk(later, size, first.info.end_cursor)) if shown else seen(walk(later, size))
    assert rest == [key for key in sorted(later) if not shown or key > shown[-1]]
    # What was there all the time is shown exactly once.
    together = shown + rest
    assert all(together.count(key) == 1 for key in set(before) & set(later))


@given(lists(), sizes)
def test_the_order_in_which_a_provider_lists_things_does_not_matter(items: list[SortKey], size: int) -> None:
    assert walk(items, size) == walk(items[::-1], size)


@given(lists(), st.text())
@example([("a",)], "")
@example([("a",)], "\ud800")
@example([("a",)], "not a cursor")
@example([("a",)], "====")
def test_text_that_is_no_cursor_is_refused(items: list[SortKey], text: str) -> None:
    with pytest.raises(CallerError, match="after is not a cursor of this list") as refusal:
        cut(items, 5, text)
    assert refusal.value.extensions == {"code": "BAD_USER_INPUT"}


@pytest.mark.parametrize(
    "plain",
    [
        *(b"", b"null", b"{}", b'"s"', b"[1]", b"[[]]", b'[["s"]]', b'[["s","a","b"]]', b'[["s",1]]', b"\xff\xfe"),
        *(b'[["i","1.5"]]', b'[["i","abc"]]', b'[["i",""]]', b"[[" * 5000, b"[" * 100_000, b'[["s","a"]'),
        b'[["i","' + b"9" * 5000 + b'"]]',
    ],
)
@pytest.mark.parametrize("items", [[], [("a",)], [(1, "a", "b")]])
def test_a_cursor_made_by_hand_is_refused(plain: bytes, items: list[SortKey]) -> None:
    with pytest.raises(CallerError, match="after is not a cursor of this list") as refusal:
        cut(items, 5, base64.urlsafe_b64encode(plain).decode())
    assert refusal.value.extensions == {"code": "BAD_USER_INPUT"}


@pytest.mark.parametrize("other", [("a",), ("a", "b"), (1, "a", "b"), ("a", "b", "c"), ("a", 1), (1,)])
@pytest.mark.parametrize("mine", [("x",), ("x", "y"), (7, "x", "y")])
def test_the_cursor_of_a_list_in_another_order_is_refused(mine: SortKey, other: SortKey) -> None:
    cursor = cut([other], 1).info.end_cursor
    if [type(part) for part in mine] == [type(part) for part in other]:
        assert cut([mine], 1, cursor).total == 1
        return
    with pytest.raises(CallerError, match="in this order") as refusal:
        cut([mine], 1, cursor)
    assert refusal.value.extensions == {"code": "BAD_USER_INPUT"}


def test_a_page_of_nothing_still_counts_the_list() -> None:
    none = cut([("a",), ("b",)], 0)
    assert (none.items, none.total, none.info.has_next_page, none.info.end_cursor) == ([], 2, True, None)
    empty = cut([], 5)
    assert (empty.items, empty.total, empty.info.has_next_page, empty.info.has_previous_page) == ([], 0, False, False)


@pytest.mark.parametrize(("first", "size"), [(None, 100), (0, 0), (1, 1), (1000, 1000)])
def test_a_page_has_the_size_that_was_asked_for_or_a_hundred(first: int | None, size: int) -> None:
    assert page_request(first, "cursor", LIMITS) == PageRequest(size, "cursor")


def test_a_page_is_never_larger_than_the_limit_even_by_default() -> None:
    assert page_request(None, None, RequestLimits(max_page_size=10)).size == 10


@pytest.mark.parametrize(("first", "code"), [(-1, "BAD_USER_INPUT"), (1001, "LIMIT_EXCEEDED")])
def test_a_size_that_no_page_may_have_is_refused(first: int, code: str) -> None:
    with pytest.raises(CallerError, match="first is") as refusal:
        page_request(first, None, LIMITS)
    assert refusal.value.extensions == {"code": code}
