"""Which GraphiQL a browser gets."""

from pathlib import Path

from gateway.server.page import page_html


def test_the_built_page_is_served_where_there_is_one_and_strawberrys_where_there_is_none(tmp_path: Path) -> None:
    assert "<title>Strawberry GraphiQL</title>" in page_html(tmp_path)
    (tmp_path / "index.html").write_text("<title>built</title>")
    assert page_html(tmp_path) == "<title>built</title>"
