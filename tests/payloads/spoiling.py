"""Ways to spoil a payload, one or two at a time."""

from typing import Final

from hypothesis import strategies as st

from tests.payloads.tree import Members, Number, Path, Tree, at, children, members, paths, replaced, written

# What may stand in place of anything: other types, and what looks like a figure to a careless reader.
ODDITIES: Final[tuple[Tree, ...]] = (
    *(None, True, False, [], Members(()), "", "x"),
    *("NaN", "Infinity", "inf", "-1", "+1", "-0", "1e5", "1.5", " 7", "7 ", "1_000", "٣", "0x10", "007", "1,5"),
    *("9" * 39, "9" * 100, "9" * 5000, "." + "1" * 400, "1" + "0" * 300 + ".5"),
    *map(Number, ("0", "7", "-7", "-0", "1.5", "1.0", "1e400", "1e-400", "1E+2", "NaN", "Infinity", "-Infinity")),
    *map(Number, ("18446744073709551616", "9" * 100, "9" * 5000, "0.1000000000000000055511151231257827021", "01")),
    [[]],
    "\ud800",
)
_DEPTHS: Final = (5, 2_000, 200_000)


def _drop(_: st.DrawFn, tree: Tree, path: Path) -> Tree:
    """Take something away."""
    parent, place = at(tree, path[:-1]), path[-1]
    if isinstance(parent, Members):
        return replaced(tree, path[:-1], Members(parent.pairs[:place] + parent.pairs[place + 1 :]))
    return replaced(tree, path[:-1], parent[:place] + parent[place + 1 :])


def _rename(draw: st.DrawFn, tree: Tree, path: Path) -> Tree:
    """Give a member another name, or an item another value."""
    parent, place = at(tree, path[:-1]), path[-1]
    if not isinstance(parent, Members):
        return _retype(draw, tree, path)
    name, value = parent.pairs[place]
    others = (name + "s", name.upper(), name[:-1], "amount", "balance", *(each for each, _ in parent.pairs))
    pair = (draw(st.sampled_from(others)), value)
    return replaced(tree, path[:-1], Members((*parent.pairs[:place], pair, *parent.pairs[place + 1 :])))


def _retype(draw: st.DrawFn, tree: Tree, path: Path) -> Tree:
    """Put something else in its place, or the same in another type."""
    value = at(tree, path)
    others = [*ODDITIES]
    if isinstance(value, str):
        others += [Number(value)] * 10 + [Number(f"{value}.0")] * 5 + [[value]] * 3
    if isinstance(value, Number):
        others += [value.text] * 10 + [Number(f"-{value.text}")] * 3 + [[value]] * 3
    return replaced(tree, path, draw(st.sampled_from(others)))


def _double(draw: st.DrawFn, tree: Tree, path: Path) -> Tree:
    """Let something stand twice, the second time perhaps with another value."""
    parent, place = at(tree, path[:-1]), path[-1]
    again = draw(st.one_of(st.just(children(parent)[place]), st.sampled_from(ODDITIES)))
    if isinstance(parent, Members):
        return replaced(tree, path[:-1], Members((*parent.pairs, (parent.pairs[place][0], again))))
    return replaced(tree, path[:-1], [*parent, again])


def _add(_: st.DrawFn, tree: Tree, path: Path) -> Tree:
    """Add a member that nobody knows."""
    value = at(tree, path)
    extra = ("unknown", members({"amount": "1", "deep": [1, {"x": None}]}))
    return replaced(tree, path, Members((extra, *value.pairs))) if isinstance(value, Members) else tree


def _bury(draw: st.DrawFn, tree: Tree, path: Path) -> Tree:
    """Put something at the bottom of very many brackets; the text says so, for no tree is this deep."""
    depth = draw(st.sampled_from(_DEPTHS))
    inside = written(at(tree, path)).decode("utf-8", "surrogatepass")
    if "\ud800" in inside:
        return tree
    return replaced(tree, path, Number("[" * depth + inside + "]" * depth))


_WAYS: Final = (_drop, _rename, _retype, _retype, _retype, _double, _add, _bury)


@st.composite
def spoilt(draw: st.DrawFn, trees: st.SearchStrategy[Tree]) -> bytes:
    """Give the bytes of a payload in which something is not as it should be."""
    tree = draw(trees)
    for _ in range(draw(st.integers(1, 2))):
        if ways := paths(tree):
            # As often near the top as at the bottom, where most is.
            depth = draw(st.sampled_from(sorted({len(path) for path in ways})))
            path = draw(st.sampled_from([path for path in ways if len(path) == depth]))
            tree = draw(st.sampled_from(_WAYS))(draw, tree, path)
    return draw(_torn(written(draw(st.sampled_from((tree,) * 12 + ODDITIES)))))


def _torn(body: bytes) -> st.SearchStrategy[bytes]:
    """Leave bytes as they are, mostly; else cut them, or add some that do not belong there."""
    cut = st.integers(0, len(body)).map(lambda end: body[:end])
    wrong = st.sampled_from((b"\xff", b"\x00", b"}", b"]", b'"', b"\xef\xbb\xbf"))
    inserted = st.builds(lambda at, byte: body[:at] + byte + body[at:], st.integers(0, len(body)), wrong)
    return st.one_of(*[st.just(body)] * 8, cut, inserted, st.just(body + body), st.just(b" \n" + body + b"\n"))
