"""The plot: well-formed, every point in its place, and no name of it taken for markup."""

from xml.etree import ElementTree as ET

from benchmarks.plot import Line, Plot, drawn

SVG = "{http://www.w3.org/2000/svg}"


def circles(plot: Plot) -> list[tuple[float, float]]:
    """Give where the points of all lines are drawn; the legend's dots come last."""
    found = ET.fromstring(drawn(plot)).iter(f"{SVG}circle")  # noqa: S314 - our own drawing
    places = [(float(each.attrib["cx"]), float(each.attrib["cy"])) for each in found]
    return places[: len(places) - len(plot.lines)]


def test_equal_ratios_are_equal_distances_and_larger_is_further_right_and_higher() -> None:
    first, second, third = circles(Plot("t", "x", "y", [Line("a", [(10, 0.1), (100, 1), (1000, 10)])]))
    assert first[0] < second[0] < third[0]
    assert first[1] > second[1] > third[1]
    assert abs((third[0] - second[0]) - (second[0] - first[0])) < 0.2
    assert abs((third[1] - second[1]) - (second[1] - first[1])) < 0.2


def test_every_point_lies_between_the_axes() -> None:
    lines = [Line("a", [(13, 0.31), (1_300_000, 7123.4)]), Line("b", [(170, 0.2)])]
    assert all(76 <= x <= 716 and 56 <= y <= 400 for x, y in circles(Plot("t", "x", "y", lines)))


def test_names_are_text() -> None:
    plot = Plot("<t> & more", "x < y", "y", [Line("<script>", [(1, 1)])])
    texts = [each.text for each in ET.fromstring(drawn(plot)).iter(f"{SVG}text")]  # noqa: S314 - our own drawing
    assert {"<t> & more", "x < y", "<script>"} <= set(texts)
