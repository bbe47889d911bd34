"""Names and ids of runes."""

import pytest

from gateway.domain.rune import is_rune_id, unspaced


@pytest.mark.parametrize("text", ["840000:1", "1:0", "0:0", f"{2**64 - 1}:{2**32 - 1}"])
def test_block_and_transaction_make_a_rune_id(text: str) -> None:
    assert is_rune_id(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", ":", "840000", "840000:", ":1", "840000:1:1", "840000-1", "840000/1", "-1:0", "+1:0", "1:-0"),
        *(" 840000:1", "840000:1\n", "840000: 1", "840_000:1", "\u0668\u0664:\u0661", "0x1:0", "1.0:0", "1e3:0"),
        *(f"{'9' * 21}:1", f"1:{'9' * 11}", "840000:1,840000:2", "840000:1&x=y", "../../x"),
    ],
)
def test_nothing_else_is_a_rune_id(text: str) -> None:
    assert not is_rune_id(text)


@pytest.mark.parametrize(
    "name", ["UNCOMMON•GOODS", "UNCOMMON.GOODS", "uncommon•goods", "Uncommon Goods", "U•N•COMMONGOODS"]
)
def test_spacers_and_case_make_no_other_rune(name: str) -> None:
    assert unspaced(name) == "UNCOMMONGOODS"


def test_other_letters_make_another_rune() -> None:
    assert unspaced("UNCOMMON•GOOD") != unspaced("UNCOMMON•GOODS")
