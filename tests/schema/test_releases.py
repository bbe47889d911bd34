"""What was released stays as it was until a version that may break it, and every release is kept to compare with."""

import re
from pathlib import Path

import pytest

from gateway import __version__
from tests.schema.releases import Release, may_break, releases

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "docs" / "releases"
NOW = Release(__version__, (ROOT / "schema.graphql").read_text(), (ROOT / "docs" / "errors.md").read_text())
# The present version as if it had been released, and one after it that may add and not take away.
RELEASED = Release("1.4.0", NOW.schema, NOW.errors)


def changed(old: str, new: str, version: str = "1.5.0") -> Release:
    assert old in NOW.schema
    return Release(version, NOW.schema.replace(old, new, 1), NOW.errors)


def test_nothing_that_was_released_is_taken_away() -> None:
    assert [lost for release in releases(KEPT) for lost in release.broken_by(NOW)] == []


def test_every_release_that_the_changelog_tells_of_is_kept() -> None:
    told = re.findall(r"^## \[?([0-9]+\.[0-9]+\.[0-9]+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert sorted(told) == sorted(release.version for release in releases(KEPT)), "run `make release`"


def test_an_addition_passes() -> None:
    more = changed(
        "type Currency @key", 'type Coin {\n  name: String\n}\n\ntype Currency @key(fields: "code name") @key'
    )
    assert RELEASED.broken_by(more) == []
    assert RELEASED.broken_by(changed("  totalCount: Int\n", "  totalCount: Int\n  total: Int\n")) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("  totalCount: Int\n", "  count: Int\n", "totalCount"),
        ("  decimals: Int\n", "  decimals: String\n", "decimals"),
        ("  display: Decimal!\n", "  display: Decimal\n", "display"),
        ("  FEED\n", "  STREAM\n", "FEED"),
        ("  nonZero: Boolean = null\n", "  nonZero: Boolean!\n", "nonZero"),
        ('type Rune @key(fields: "id")', "type Rune", "Rune @key id"),
        ("type PageInfo @shareable", "type PageInfo", "PageInfo @shareable"),
    ],
)
def test_what_a_client_or_a_router_would_miss_is_told(old: str, new: str, told: str) -> None:
    (lost,) = RELEASED.broken_by(changed(old, new))
    assert told in lost


def test_an_error_code_that_is_gone_is_told() -> None:
    fewer = Release("1.5.0", NOW.schema, NOW.errors.replace("| `BEHIND` |", "| `LATE` |"))
    assert RELEASED.broken_by(fewer) == ["The error code BEHIND was removed."]


def test_a_version_that_may_break_is_let_through() -> None:
    assert RELEASED.broken_by(changed("  totalCount: Int\n", "", version="2.0.0")) == []


@pytest.mark.parametrize(
    ("released", "now", "may"),
    [
        ("0.1.0", "0.1.1", False),
        ("0.1.0", "0.2.0", True),
        ("0.9.0", "1.0.0", True),
        ("1.0.0", "1.10.0", False),
        ("1.9.0", "2.0.0", True),
        ("9.0.0", "10.0.0", True),
    ],
)
def test_major_versions_may_break_and_before_the_first_minor_ones(released: str, now: str, *, may: bool) -> None:
    assert may_break(released, now) is may


def test_releases_are_read_in_their_order(tmp_path: Path) -> None:
    for version in ("0.10.0", "0.9.0"):
        (tmp_path / version).mkdir()
        (tmp_path / version / "schema.graphql").write_text(NOW.schema)
        (tmp_path / version / "errors.md").write_text(NOW.errors)
    (tmp_path / "README.md").write_text("What is kept here.")
    assert [release.version for release in releases(tmp_path)] == ["0.9.0", "0.10.0"]
