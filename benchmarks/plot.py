"""A plot with both axes logarithmic, as SVG that reads well on light and on dark."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import cycle

_WIDTH, _HEIGHT = 760, 460
_LEFT, _RIGHT, _TOP, _BOTTOM = 76, 44, 56, 60
# Told apart by those who see colours otherwise, too.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
_STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #57606a }
  .title { font-size: 16px; font-weight: 600; fill: #24292f }
  .card { fill: #ffffff; stroke: #d0d7de }
  .grid { stroke: #d8dee4 }
  .line { fill: none; stroke-width: 2; stroke-linejoin: round }
  @media (prefers-color-scheme: dark) {
    text { fill: #9198a1 } .title { fill: #f0f6fc } .card { fill: #0d1117; stroke: #3d444d } .grid { stroke: #2a313c }
  }
"""


@dataclass(frozen=True, slots=True)
class Line:
    """A named line through points, all of them above zero."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Plot:
    """Lines over two axes."""

    title: str
    across: str
    up: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class _Axis:
    """Decades from the one below the least to the one above the most, over a stretch of pixels."""

    low: int
    high: int
    start: float
    end: float

    def place(self, value: float) -> float:
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    @property
    def decades(self) -> range:
        return range(self.low, self.high + 1)


def drawn(plot: Plot) -> str:
    """Draw it as a document of its own."""
    points = [point for line in plot.lines for point in line.points]
    across = _axis([x for x, _ in points], _LEFT, _WIDTH - _RIGHT)
    up = _axis([y for _, y in points], _HEIGHT - _BOTTOM, _TOP)
    parts = (_frame(plot), _grid(across, up), _lines(plot, across, up), _legend(plot), ("</svg>",))
    return "\n".join(part for each in parts for part in each) + "\n"


def _axis(values: Sequence[float], start: float, end: float) -> _Axis:
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return _Axis(low, max(high, low + 1), start, end)


def _frame(plot: Plot) -> Iterator[str]:
    size = f'width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
    yield f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(plot.title)}">'
    yield f"<style>{_STYLE}</style>"
    yield f'<rect class="card" x="0.5" y="0.5" width="{_WIDTH - 1}" height="{_HEIGHT - 1}" rx="8"/>'
    yield f'<text class="title" x="{_LEFT}" y="32">{escape(plot.title)}</text>'
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    yield f'<text x="{middle}" y="{_HEIGHT - 16}" text-anchor="middle">{escape(plot.across)}</text>'
    height = (_TOP + _HEIGHT - _BOTTOM) / 2
    turned = f'transform="rotate(-90 22 {height})" text-anchor="middle"'
    yield f'<text x="22" y="{height}" {turned}>{escape(plot.up)}</text>'


def _grid(across: _Axis, up: _Axis) -> Iterator[str]:
    for decade in across.decades:
        x = across.place(10.0**decade)
        yield f'<line class="grid" x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{_HEIGHT - _BOTTOM}"/>'
        yield f'<text x="{x:.1f}" y="{_HEIGHT - _BOTTOM + 20}" text-anchor="middle">{_told(decade)}</text>'
    for decade in up.decades:
        y = up.place(10.0**decade)
        yield f'<line class="grid" x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}"/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{_told(decade)}</text>'


def _told(decade: int) -> str:
    return f"{10**decade:,}".replace(",", "\N{NARROW NO-BREAK SPACE}") if decade >= 0 else f"{10.0**decade:.{-decade}f}"


def _lines(plot: Plot, across: _Axis, up: _Axis) -> Iterator[str]:
    for line, colour in zip(plot.lines, cycle(_COLOURS), strict=False):
        places = [(across.place(x), up.place(y)) for x, y in line.points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        yield f'<polyline class="line" stroke="{colour}" points="{path}"/>'
        yield from (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>' for x, y in places)


def _legend(plot: Plot) -> Iterator[str]:
    for place, (line, colour) in enumerate(zip(plot.lines, cycle(_COLOURS), strict=False)):
        y = _TOP + 22 + 22 * place
        yield f'<circle cx="{_LEFT + 20}" cy="{y - 4}" r="4" fill="{colour}"/>'
        yield f'<text x="{_LEFT + 32}" y="{y}">{escape(line.name)}</text>'
