"""Two answers held against each other: every difference is named, and nothing that is wrong passes."""

import copy
from typing import Any

import pytest

from benchmarks.comparison import Differ, require_same

ANSWER: dict[str, Any] = {
    "data": {
        "accounts": [
            {"address": "a", "runes": {"outcome": "FRESH", "nodes": [{"amount": {"atomic": "9864", "scale": 1}}]}},
            {"address": "b", "runes": {"outcome": "FRESH", "nodes": []}},
        ]
    }
}
AMOUNT = ("data", "accounts", 0, "runes", "nodes", 0, "amount")


def changed(path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    answer: dict[str, Any] = copy.deepcopy(ANSWER)
    *way, last = path
    place: Any = answer
    for step in way:
        place = place[step]
    place[last] = value
    return answer


def test_the_same_data_passes_whatever_else_an_answer_tells() -> None:
    require_same(ANSWER, {**copy.deepcopy(ANSWER), "extensions": {"cost": 1}}, "a rival")


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ((*AMOUNT, "atomic"), "9865", "accounts.0.runes.nodes.0.amount.atomic: '9864' here, '9865' there"),
        ((*AMOUNT, "atomic"), 9864, "accounts.0.runes.nodes.0.amount.atomic: '9864' here, 9864 there"),
        ((*AMOUNT, "scale"), True, "accounts.0.runes.nodes.0.amount.scale: 1 here, True there"),
        (AMOUNT, {"atomic": "9864"}, "amount: an object of atomic, scale here, an object of atomic there"),
        (AMOUNT, None, "amount: an object of atomic, scale here, None there"),
        (("data", "accounts", 1, "runes", "nodes"), None, "accounts.1.runes.nodes: a list of 0 here, None there"),
        (("data", "accounts", 1), {"address": "b"}, "accounts.1: an object of address, runes here"),
        (("data", "accounts"), [], "accounts: a list of 2 here, a list of 0 there"),
        (("data",), None, "it failed"),
        (("errors",), [{"message": "no"}], "it failed"),
    ],
)
def test_a_wrong_figure_is_refused_by_its_place(path: tuple[str | int, ...], value: Any, said: str) -> None:
    with pytest.raises(Differ, match="a rival answers otherwise") as refused:
        require_same(ANSWER, changed(path, value), "a rival")
    assert said in str(refused.value)


def test_an_order_that_differs_is_a_difference() -> None:
    turned = changed(("data", "accounts"), ANSWER["data"]["accounts"][::-1])
    with pytest.raises(Differ, match=r"accounts\.0\.address"):
        require_same(ANSWER, turned, "a rival")


def test_the_gateway_itself_must_not_have_failed() -> None:
    with pytest.raises(Differ, match="the gateway answers otherwise"):
        require_same({"data": None, "errors": [{"message": "no"}]}, ANSWER, "a rival")
