"""Which runes are listed, and in which order: exact across every divisibility."""

from fractions import Fraction

import pytest
import strawberry
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.domain.amount import Amount
from gateway.domain.rune import Rune, RuneBalance
from gateway.schema.rune import RuneFilter, RuneOrder, sort_key
from tests.running import Gateway

U128_MAX = 2**128 - 1
MANY = "bc1pjnex24t7e7up7kd7rzj76xma8hv7szf6rqt0r6xq4wl8d57aht7q9jhcj0"


def balance(id_: str, name: str, atomic: int = 1, divisibility: int = 0) -> RuneBalance:
    return RuneBalance(Rune(id_, name, "¤", divisibility), Amount.of_atomic(atomic, divisibility))


balances = st.builds(
    balance,
    st.from_regex(r"[1-9][0-9]{0,5}:[0-9]{1,3}", fullmatch=True),
    st.sampled_from(["UNCOMMON•GOODS", "UNCOMMONGOODS", "DOG•GO•TO•THE•MOON", "AAA", "ZZZ"]),
    st.one_of(st.integers(0, U128_MAX), st.integers(0, 3), st.integers(0, 38).map(lambda power: 10**power)),
    st.integers(0, 38),
)
several = st.lists(balances, max_size=12, unique_by=lambda each: each.rune.id)
HELD = [
    balance("1:0", "UNCOMMON•GOODS", 5),
    balance("840000:1", "Z•Z•Z•Z•Z•FEHU•Z•Z•Z•Z•Z", 0),
    balance("840000:3", "DOG•GO•TO•THE•MOON", 7, 5),
    balance("840000:28", "RSIC•GENESIS•RUNE", 0, 2),
]


def listed(choice: RuneFilter) -> list[str]:
    return [each.rune.id for each in HELD if choice.chooses()(each)]


def ids(*texts: str) -> list[strawberry.ID]:
    return [strawberry.ID(text) for text in texts]


def worth(of: RuneBalance) -> Fraction:
    return Fraction(of.confirmed.integer, 10**of.rune.divisibility)


@given(several)
@example([balance("1:1", "A", U128_MAX, 38), balance("1:2", "B", U128_MAX - 1, 38), balance("1:3", "C", 4, 0)])
@example([balance("1:1", "A", 10**38, 38), balance("1:2", "B", 1, 0), balance("1:3", "C", 10**38 + 1, 38)])
def test_the_largest_whole_amount_comes_first_to_the_last_digit(runes: list[RuneBalance]) -> None:
    ordered = sorted(runes, key=lambda each: sort_key(each, RuneOrder.AMOUNT_DESC))
    assert ordered == sorted(runes, key=lambda each: (-worth(each), each.rune.name.replace("•", ""), each.rune.id))


@given(several)
def test_names_are_sorted_without_their_spacers_and_ties_by_id(runes: list[RuneBalance]) -> None:
    wanted = sorted(runes, key=lambda each: (each.rune.name.replace("•", ""), each.rune.id))
    for order in (None, RuneOrder.NAME):
        assert sorted(runes, key=lambda each: sort_key(each, order)) == wanted


@given(balances, balances, st.sampled_from([None, *RuneOrder]))
def test_two_runes_never_share_a_place(one: RuneBalance, other: RuneBalance, order: RuneOrder | None) -> None:
    assert (sort_key(one, order) == sort_key(other, order)) is False or one.rune.id == other.rune.id


def test_without_a_choice_every_rune_is_listed() -> None:
    assert listed(RuneFilter()) == [each.rune.id for each in HELD]


def test_runes_are_chosen_by_id_and_an_empty_choice_lists_none() -> None:
    assert listed(RuneFilter(ids=ids("840000:3", "9:9", "840000:3"))) == ["840000:3"]
    assert listed(RuneFilter(ids=ids("840000"))) == []
    assert listed(RuneFilter(ids=[])) == []


@pytest.mark.parametrize(
    "name", ["DOG•GO•TO•THE•MOON", "DOGGOTOTHEMOON", "doggotothemoon", "dog.go.to.the.moon", "Dog go to the moon"]
)
def test_runes_are_chosen_by_name_spaced_or_not_in_any_case(name: str) -> None:
    assert listed(RuneFilter(names=[name, "NOBODYS"])) == ["840000:3"]


def test_part_of_a_name_is_not_the_name() -> None:
    assert listed(RuneFilter(names=["DOG", "", "DOG•GO•TO•THE•MOON•S"])) == []
    assert listed(RuneFilter(names=[])) == []


def test_runes_are_chosen_by_whether_any_is_held() -> None:
    assert listed(RuneFilter(non_zero=True)) == ["1:0", "840000:3"]
    assert listed(RuneFilter(non_zero=False)) == ["840000:1", "840000:28"]


def test_all_that_is_chosen_by_must_hold() -> None:
    both = ids("1:0", "840000:28")
    assert listed(RuneFilter(ids=both, non_zero=True)) == ["1:0"]
    assert listed(RuneFilter(ids=both, names=["RSICGENESISRUNE"])) == ["840000:28"]
    assert listed(RuneFilter(ids=both, names=["RSICGENESISRUNE"], non_zero=True)) == []


@pytest.mark.parametrize("order", ["NAME", "AMOUNT_DESC"])
async def test_a_long_list_is_read_page_by_page_over_http(gateway: Gateway, order: str) -> None:
    query = """query ($address: Address!, $first: Int, $after: String, $order: RuneOrder) { account(address: $address) {
        runes(first: $first, after: $after, orderBy: $order) {
            totalCount nodes { rune { id } amount { display } } pageInfo { hasNextPage endCursor } } } }"""
    asked = {"address": MANY, "order": order}
    whole = (await gateway.ask(query, {**asked, "first": 1000})).data["account"]["runes"]
    found, turn = [], {"hasNextPage": True, "endCursor": None}
    while turn["hasNextPage"]:
        runes = (await gateway.ask(query, {**asked, "first": 7, "after": turn["endCursor"]})).data["account"]["runes"]
        assert runes["totalCount"] == 130
        assert 0 < len(runes["nodes"]) <= 7
        found += runes["nodes"]
        turn = runes["pageInfo"]
    assert found == whole["nodes"]
    assert len({node["rune"]["id"] for node in found}) == 130
    if order == "AMOUNT_DESC":
        amounts = [Fraction(node["amount"]["display"]) for node in found]
        assert amounts == sorted(amounts, reverse=True)


async def test_a_cursor_of_another_order_or_none_at_all_is_refused_over_http(gateway: Gateway) -> None:
    query = """query ($address: Address!, $after: String, $order: RuneOrder) { account(address: $address) {
        runes(first: 1, after: $after, orderBy: $order) { pageInfo { endCursor } } } }"""
    by_name = (await gateway.ask(query, {"address": MANY})).data["account"]["runes"]["pageInfo"]["endCursor"]
    for after, order in ((by_name, "AMOUNT_DESC"), ("garbled", "NAME"), ("", None)):
        answer = await gateway.ask(query, {"address": MANY, "after": after, "order": order})
        assert answer.codes == ["BAD_USER_INPUT"]
        assert answer.body["data"] == {"account": {"runes": None}}
