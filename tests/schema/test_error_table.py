"""The table of error codes is the one that the code writes, and it leaves none out."""

from pathlib import Path

from gateway.domain.problem import ProblemCode
from gateway.schema.error_table import error_table
from gateway.schema.errors import ErrorCode

TABLE = error_table()
PUBLISHED = Path(__file__).parents[2] / "docs" / "errors.md"


def test_the_published_table_is_the_one_that_the_code_writes() -> None:
    assert PUBLISHED.read_text() == f"{TABLE}\n", "run `make schema`"


def test_every_code_stands_in_the_table_with_words_about_it() -> None:
    request, provider = TABLE.split("## Of a provider")
    for part, codes in ((request, ErrorCode), (provider, ProblemCode)):
        rows = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("| `")]
        assert [row[0].strip(" `") for row in rows] == [code.value for code in codes]
        assert all(len(row) == 3 and all(cell.strip() for cell in row) for row in rows)


def test_the_table_says_which_trouble_may_pass() -> None:
    again = {line.split("`")[1] for line in TABLE.splitlines() if line.endswith("| yes |")}
    assert again == {"TIMEOUT", "RATE_LIMITED", "UNAVAILABLE", "BEHIND"}
