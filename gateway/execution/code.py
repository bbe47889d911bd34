"""Python source under construction: statements, and between them the pieces of an answer in their order."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

_STEP = "    "
# Pieces that are added in one go; tuples of more gain nothing.
_TOGETHER = 60


class Code:
    """One function's body, which appends to the list `out`; neighbouring literals become one."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._depth = 1
        # Expressions, and literals as bytes.
        self._pending: list[str | bytes] = []

    def literal(self, piece: bytes) -> None:
        last = self._pending[-1] if self._pending else None
        if isinstance(last, bytes):
            self._pending[-1] = last + piece
        else:
            self._pending.append(piece)

    def expression(self, code: str) -> None:
        """Add what an expression comes to, which must be bytes."""
        self._pending.append(code)

    def statement(self, code: str) -> None:
        """Add a statement; what is pending is added to the answer before it."""
        self.flush()
        self.lines.append(f"{_STEP * self._depth}{code}")

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Nest what is added meanwhile under a statement."""
        self.statement(f"{head}:")
        self._depth += 1
        before = len(self.lines)
        yield
        self.flush()
        if len(self.lines) == before:
            self.statement("pass")
        self._depth -= 1

    def flush(self) -> None:
        pieces = [repr(each) if isinstance(each, bytes) else each for each in self._pending]
        self._pending.clear()
        for start in range(0, len(pieces), _TOGETHER):
            some = pieces[start : start + _TOGETHER]
            added = f"append({some[0]})" if len(some) == 1 else f"out += ({', '.join(some)})"
            self.lines.append(f"{_STEP * self._depth}{added}")

    def function(self, head: str, result: str) -> str:
        """Give the whole function."""
        self.flush()
        start = [f"def {head}:", f"{_STEP}out = []", f"{_STEP}append = out.append"]
        return "\n".join([*start, *self.lines, f"{_STEP}return {result}", ""])


def written_ahead(index: int, pieces: Sequence[tuple[str, str]]) -> str:
    """Write the function that writes a value's pieces, where nobody has written them yet."""
    lines = [f"def ahead_{index}(v):"]
    for digest, keeps in pieces:
        lines.append(f"    keeps = {keeps}")
        lines.append(f"    if keeps is not None and {digest!r} not in keeps:")
        lines.append(f"        written(keeps, {digest!r}, fragment_{digest}, v)")
    return "\n".join([*lines, ""])


def descent(index: int, way: Sequence[str]) -> str:
    """Write the function that goes from a step's values to the objects that the step below is asked of."""
    lines = [f"def descend_{index}(values):", "    found = []", "    for v in values:"]
    depth = 2
    for each in way:
        lines.append(f"{'    ' * depth}{each}")
        depth += each.startswith("for ")
    return "\n".join([*lines, f"{'    ' * depth}found.append(v)", "    return found", ""])
