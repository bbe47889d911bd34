"""Solana over real sockets: caps that nodes tell, nodes that lag, and batches in every mood."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import time_machine

from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.domain.reading import Answer
from gateway.sandbox import open_sandbox
from tests.plane.node import AMOUNTS, KEYS, Accounts, Mixing, Node, asking_nodes, calls, told
from tests.plane.vendor import Said, Vendor, refused, serve_vendor
from tests.running import serving

TWELVE = KEYS[:12]
TRUTH = [AMOUNTS[key.address.text] for key in TWELVE]
TOO_MANY = (429, "Too many requests for a specific RPC call")


@pytest.fixture
def node() -> Node:
    return Node()


@pytest.fixture
async def vendor(node: Node) -> AsyncIterator[Vendor]:
    async with serve_vendor(node) as vendor:
        yield vendor


@pytest.fixture
async def accounts(vendor: Vendor) -> AsyncIterator[Accounts]:
    async with asking_nodes(vendor.url) as accounts:
        yield accounts


async def test_a_cap_is_learned_from_the_nodes_own_answer_and_kept_to(
    node: Node, vendor: Vendor, accounts: Accounts
) -> None:
    node.most_accounts = 5
    assert told(await accounts.read(TWELVE)) == TRUTH
    assert sorted(calls(vendor)) == ["12 accounts", "2 accounts", "5 accounts", "5 accounts"]
    vendor.asked.clear()
    assert told(await accounts.read(TWELVE)) == TRUTH
    assert sorted(calls(vendor)) == ["2 accounts", "5 accounts", "5 accounts"]


async def test_a_cap_that_is_lowered_later_is_learned_again(node: Node, vendor: Vendor, accounts: Accounts) -> None:
    for cap in (10, 4, 1):
        node.most_accounts = cap
        assert told(await accounts.read(TWELVE)) == TRUTH
        vendor.asked.clear()
        assert told(await accounts.read(TWELVE)) == TRUTH
        assert max(len(asked["params"][0]) for asked in vendor.asked) == cap


async def test_a_cap_that_makes_no_sense_is_no_cap(node: Node, vendor: Vendor, accounts: Accounts) -> None:
    node.bad = {TWELVE[0].address.text: (-32602, "Too many inputs provided; max 100")}
    assert told(await accounts.read(TWELVE)) == [ProblemCode.REJECTED, *TRUTH[1:]]
    assert calls(vendor) == ["12 accounts", "batch of 12"]


@pytest.mark.parametrize(
    "trouble", [(-32005, "Node is behind by 42 slots"), (-32016, "Minimum context slot has not been reached")]
)
async def test_a_node_that_is_behind_is_moved_on_from(trouble: tuple[int, str]) -> None:
    lagging, well = Node(), Node()
    lagging.trouble = trouble
    async with serve_vendor(lagging) as first, serve_vendor(well) as second:
        async with asking_nodes(first.url, second.url) as accounts:
            assert told(await accounts.read(TWELVE)) == TRUTH
            lagging.trouble = None
            assert told(await accounts.read(TWELVE)) == TRUTH
        # It was behind, not closed: the next call began with it.
        assert (len(first.asked), len(second.asked)) == (2, 1)


async def test_a_node_that_stays_behind_is_not_asked_any_more() -> None:
    async with (
        serve_vendor(Node(slot=99)) as first,
        serve_vendor(Node(slot=100)) as second,
        asking_nodes(first.url, second.url) as accounts,
    ):
        for _ in range(8):
            assert told(await accounts.read(TWELVE, floor=100)) == TRUTH
        assert (len(first.asked), len(second.asked)) == (5, 8)


@pytest.mark.parametrize("trouble", [(-32005, "Too many requests"), TOO_MANY, (-32429, "rate limited"), (-32029, "")])
async def test_a_node_that_limits_is_moved_on_from_and_left_in_peace(trouble: tuple[int, str]) -> None:
    limiting = Node()
    limiting.trouble = trouble
    # Half a second is the penalty: here it does not pass.
    with time_machine.travel(1_800_000_000, tick=False):
        async with (
            serve_vendor(limiting) as first,
            serve_vendor(Node()) as second,
            asking_nodes(first.url, second.url) as accounts,
        ):
            assert told(await accounts.read(TWELVE)) == TRUTH
            assert told(await accounts.read(TWELVE)) == TRUTH
            assert (len(first.asked), len(second.asked)) == (1, 2)


async def test_minus_32005_means_what_its_message_says(node: Node, accounts: Accounts) -> None:
    for message, code, wait in (
        ("Node is unhealthy", ProblemCode.BEHIND, None),
        ("Node is behind by 42 slots", ProblemCode.BEHIND, None),
        ("Too Many Requests", ProblemCode.RATE_LIMITED, 0.5),
    ):
        node.trouble = (-32005, message)
        (result,) = await accounts.read(KEYS[:1], seconds=0.3)
        assert isinstance(result, UpstreamError)
        assert (result.code, result.retry_after) == (code, wait)


async def test_a_slot_that_goes_backwards_for_a_key_is_turned_down_and_the_next_node_asked() -> None:
    async with serve_vendor(Node(slot=99)) as first, serve_vendor(Node(slot=101)) as second:
        async with asking_nodes(first.url, second.url) as accounts:
            (result,) = await accounts.read(KEYS[:1], floor=100)
            assert isinstance(result, Answer)
            assert result.position is not None
            assert result.position.value == 101
        assert [asked["params"][1]["minContextSlot"] for asked in first.asked + second.asked] == [100, 100]


async def test_a_slot_as_far_as_the_one_known_is_news_enough(vendor: Vendor, accounts: Accounts) -> None:
    assert told(await accounts.read(TWELVE, floor=100)) == TRUTH
    assert calls(vendor) == ["12 accounts"]


async def test_balances_asked_for_one_by_one_may_not_go_backwards_either(node: Node, vendor: Vendor) -> None:
    node.has_multiple, node.slot = False, 99
    async with serve_vendor(Node(slot=100)) as second, asking_nodes(vendor.url, second.url) as accounts:
        # The second node is asked only once the first has told a slot too old, so the batch came from there.
        assert told(await accounts.read(TWELVE, floor=100)) == TRUTH
        assert calls(second) == ["one balance"] * 12


@pytest.mark.parametrize(
    "mix",
    [
        lambda replies: replies[::-1],
        lambda replies: replies[5:] + replies[:5],
        lambda replies: sorted(replies, key=str),
    ],
)
async def test_a_batch_is_read_by_id_in_whatever_order_it_comes(
    node: Node, vendor: Vendor, accounts: Accounts, mix: Mixing
) -> None:
    node.has_multiple, node.mix = False, mix
    assert told(await accounts.read(TWELVE)) == TRUTH
    assert calls(vendor) == ["12 accounts", "batch of 12"]


async def test_what_a_batch_leaves_out_or_says_twice_costs_only_its_own_keys(node: Node, accounts: Accounts) -> None:
    node.has_multiple = False
    node.mix = lambda replies: [*replies[:10], replies[0]]
    assert told(await accounts.read(TWELVE)) == [
        ProblemCode.PROTOCOL,
        *TRUTH[1:10],
        ProblemCode.PROTOCOL,
        ProblemCode.PROTOCOL,
    ]


@pytest.mark.parametrize("stranger", [{"id": 10**9}, {"id": "1"}, {"id": None}])
async def test_a_row_that_nobody_asked_for_is_nobodys(node: Node, accounts: Accounts, stranger: dict[str, Any]) -> None:
    node.has_multiple = False
    node.mix = lambda replies: [replies[0] | stranger, *replies[1:]]
    assert told(await accounts.read(TWELVE)) == [ProblemCode.PROTOCOL, *TRUTH[1:]]


@pytest.mark.parametrize("trouble", [TOO_MANY, (-32005, "Too many requests"), (-32603, "Internal error")])
async def test_what_a_batch_was_refused_for_some_items_is_asked_again_by_itself(
    node: Node, vendor: Vendor, accounts: Accounts, trouble: tuple[int, str]
) -> None:
    error = dict(zip(("code", "message"), trouble, strict=True))

    def mix(replies: list[Any]) -> Any:
        return [{"id": reply["id"], "error": error} if place % 2 else reply for place, reply in enumerate(replies)]

    node.has_multiple, node.mix = False, mix
    assert told(await accounts.read(TWELVE)) == TRUTH
    assert calls(vendor) == ["12 accounts", "batch of 12", *["one balance"] * 6]


@pytest.mark.parametrize(
    "instead",
    [
        {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "Batch requests are not supported"}},
        refused(400),
        refused(405),
        refused(413),
        Said(b""),
    ],
)
async def test_where_batches_are_off_each_key_is_asked_for_by_itself(
    node: Node, vendor: Vendor, accounts: Accounts, instead: Any
) -> None:
    node.has_multiple, node.mix = False, lambda _: instead
    assert told(await accounts.read(TWELVE)) == TRUTH
    assert calls(vendor) == ["12 accounts", "batch of 12", *["one balance"] * 12]


async def test_a_whole_batch_that_is_limited_is_not_asked_for_one_by_one(
    node: Node, vendor: Vendor, accounts: Accounts
) -> None:
    node.has_multiple = False
    node.mix = lambda _: {"jsonrpc": "2.0", "id": None, "error": {"code": 429, "message": "slow down"}}
    assert set(told(await accounts.read(TWELVE, seconds=0.3))) == {ProblemCode.RATE_LIMITED}
    assert calls(vendor) == ["12 accounts", "batch of 12"]


@pytest.mark.parametrize(
    ("trouble", "outcome"),
    [
        ((-32602, "Invalid param: WrongSize"), ProblemCode.REJECTED),
        ((-32602, "Invalid param: not a Token account"), ProblemCode.REJECTED),
        ((-32602, "Invalid param: could not find mint"), ProblemCode.INTERNAL),
        ((-32602, "Invalid param: could not find account"), None),
    ],
)
async def test_one_bad_key_never_spoils_its_neighbours(
    node: Node, vendor: Vendor, accounts: Accounts, trouble: tuple[int, str], outcome: ProblemCode | None
) -> None:
    node.bad = {TWELVE[3].address.text: trouble}
    assert told(await accounts.read(TWELVE)) == [*TRUTH[:3], outcome, *TRUTH[4:]]
    assert calls(vendor) == ["12 accounts", "batch of 12"]


async def test_the_node_that_is_furthest_answers_and_where_all_are_behind_the_older_reading_says_so() -> None:
    query = """query ($address: Address!) { tokenAccount(address: $address, maxAge: 0) { outcome amount { atomic }
        problem { code provider retryable } provenance { servedFrom position { value } } } }"""
    nodes = Node(slot=200), Node(slot=200)
    address = KEYS[0].address.text
    async with open_sandbox() as sandbox, serve_vendor(nodes[0]) as first, serve_vendor(nodes[1]) as second:
        urls = f'["{first.url}", "{second.url}"]'
        async with serving(sandbox, GATEWAY_SOLANA__URL=urls, GATEWAY_REQUEST_TIMEOUT="0.5") as gateway:
            fresh = await gateway.ask(query, {"address": address})
            assert fresh.data["tokenAccount"]["outcome"] == "FRESH"
            # The first one goes backwards, the second has gone on.
            nodes[0].slot, nodes[1].slot = 150, 201
            further = await gateway.ask(query, {"address": address})
            assert further.data["tokenAccount"]["outcome"] == "FRESH"
            assert further.data["tokenAccount"]["provenance"]["position"] == {"value": "201"}
            nodes[1].slot = 200
            stale = await gateway.ask(query, {"address": address})
    assert stale.data["tokenAccount"] == {
        "outcome": "STALE",
        "amount": {"atomic": str(AMOUNTS[address])},
        "problem": {"code": "BEHIND", "provider": "SOLANA_RPC", "retryable": True},
        "provenance": {"servedFrom": "CACHE", "position": {"value": "201"}},
    }
    assert (len(first.asked), len(second.asked)) == (3, 2)
