"""Solana's payloads by its schema, and what they say by the rules."""

from typing import Any, Final

from hypothesis import strategies as st

from gateway.sandbox import addresses
from tests.payloads.figures import KEYS, units
from tests.payloads.reading import (
    Unusable,
    atomic,
    exact,
    member,
    need,
    shown_amount,
    solana_key,
    the_dict,
    the_list,
    the_text,
    ui_amount,
    whole,
)
from tests.payloads.tree import THE_ID, Number, Tree, nested

ABSENT: Final = "ABSENT"
REFUSED: Final = "REFUSED"
PROGRAMS: Final = (addresses.TOKEN_PROGRAM, addresses.TOKEN_2022_PROGRAM)
_STATES: Final = ("initialized", "frozen", "uninitialized")
_SLOTS: Final = st.integers(0, 2**63 - 1).map(lambda slot: Number(str(slot)))


def _plain(amount: int, decimals: int) -> str:
    digits = str(amount).rjust(decimals + 1, "0")
    whole_part, fraction = digits[: len(digits) - decimals], digits[len(digits) - decimals :].rstrip("0")
    return f"{whole_part}.{fraction}" if fraction else whole_part


@st.composite
def token_amounts(draw: st.DrawFn) -> dict[str, Tree]:
    amount, decimals = draw(units(64)), draw(st.one_of(st.integers(0, 19), st.integers(0, 255)))
    floats = (None, Number("0.0"), Number("98.64"), Number("1.8446744073709552e19"), Number("1e-9"))
    # With interest or a multiplier it may be anything a double can hold, and nothing at all.
    scaled = st.sampled_from(("inf", "", "2", "0.5", "1" + "7" * 16 + "0" * 292))
    return {
        "amount": str(amount),
        "decimals": Number(str(decimals)),
        "uiAmount": draw(st.sampled_from(floats)),
        "uiAmountString": draw(st.one_of(st.just(_plain(amount, decimals)), scaled)),
    }


@st.composite
def token_accounts(
    draw: st.DrawFn, owner: st.SearchStrategy[str] = KEYS, program: str | None = None
) -> dict[str, Tree]:
    extensions = st.just([{"extension": "immutableOwner"}, {"extension": "other", "state": {"a": Number("1e-9")}}])
    info = {
        "mint": draw(KEYS),
        "owner": draw(owner),
        "state": draw(st.sampled_from(_STATES)),
        "isNative": draw(st.booleans()),
        "tokenAmount": draw(token_amounts()),
        **draw(st.one_of(st.just({}), st.fixed_dictionaries({"delegatedAmount": token_amounts(), "delegate": KEYS}))),
        **draw(st.one_of(st.just({}), st.fixed_dictionaries({"extensions": extensions}))),
    }
    parsed = {"parsed": {"info": info, "type": "account"}, "program": "spl-token", "space": Number("165")}
    return _account(program or draw(st.sampled_from(PROGRAMS)), parsed)


def _account(program: str, content: Tree) -> dict[str, Tree]:
    return {
        "data": content,
        "executable": False,
        "lamports": Number("2039280"),
        "owner": program,
        "rentEpoch": Number("18446744073709551615"),
        "space": Number("165"),
    }


_MINT: Final = {"parsed": {"info": {"decimals": Number("6"), "supply": "1"}, "type": "mint"}, "program": "spl-token"}
# What has an address and is no token account: a wallet, what no parser knows, a mint.
_OTHERS: Final = st.sampled_from(
    (
        _account(addresses.SYSTEM_PROGRAM, ["", "base64"]),
        _account(addresses.TOKEN_PROGRAM, ["AAAA", "base64"]),
        _account(addresses.TOKEN_PROGRAM, _MINT),
    )
)


def _answer(slot: Tree, value: Tree) -> Tree:
    result = {"context": {"apiVersion": "2.3.6", "slot": slot}, "value": value}
    return nested({"jsonrpc": "2.0", "result": result, "id": THE_ID})


def nothing() -> Tree:
    """Give the answer for an owner of nothing."""
    return _answer(Number("0"), [])


def multiple_accounts(count: int) -> st.SearchStrategy[Tree]:
    accounts = st.one_of(token_accounts(), token_accounts(), st.none(), _OTHERS)
    return st.builds(_answer, _SLOTS, st.lists(accounts, min_size=count, max_size=count))


def balances() -> st.SearchStrategy[Tree]:
    return st.builds(_answer, _SLOTS, token_amounts())


def _owned_rows(owner: st.SearchStrategy[str]) -> st.SearchStrategy[Tree]:
    return st.fixed_dictionaries({"account": token_accounts(owner, addresses.TOKEN_PROGRAM), "pubkey": KEYS})


def owned_accounts(owner: str) -> st.SearchStrategy[Tree]:
    rows = st.lists(_owned_rows(st.just(owner)), max_size=3, unique_by=lambda each: str(each["pubkey"]))
    return st.builds(_answer, _SLOTS, rows)


def with_a_strangers(owner: str) -> st.SearchStrategy[Tree]:
    """Give a list of an owner's accounts with one among them that is somebody else's."""
    strangers = KEYS.filter(lambda key: key != owner)
    return st.builds(_answer, _SLOTS, st.tuples(_owned_rows(st.just(owner)), _owned_rows(strangers)).map(list))


def with_one_twice(owner: str) -> st.SearchStrategy[Tree]:
    """Give a list in which one account stands twice, with different figures."""
    row = _owned_rows(st.just(owner))
    twice = st.tuples(row, row).map(lambda rows: [rows[0], rows[1] | {"pubkey": rows[0]["pubkey"]}])
    return st.builds(_answer, _SLOTS, twice)


def result_of(reply: Tree, call_id: int) -> tuple[int, Tree]:
    """Take slot and value out of a reply to a call; raises `Unusable`."""
    told = the_dict(reply)
    need(holds="error" not in told and whole(member(told, "id"), 0) == call_id)
    result = the_dict(member(told, "result"))
    return whole(member(the_dict(member(result, "context")), "slot"), 0), member(result, "value")


def amount_figure(sent: Tree) -> tuple[object, object]:
    told = the_dict(sent)
    places = whole(member(told, "decimals"), 0, 255)
    return exact(atomic(member(told, "amount"), 64), places), ui_amount(told.get("uiAmountString"))


def account_figure(sent: Tree) -> object:
    """Read one account: its figures, that it is absent, or that it is no token account; raises `Unusable`."""
    if sent is None:
        return ABSENT
    account = the_dict(sent)
    if the_text(member(account, "owner")) not in PROGRAMS or not isinstance(member(account, "data"), dict):
        return REFUSED
    parsed = the_dict(member(account["data"], "parsed"))
    if the_text(member(parsed, "type")) != "account":
        return REFUSED
    info = the_dict(member(parsed, "info"))
    state = the_text(member(info, "state"))
    need(holds=state.lower() in _STATES and isinstance(member(info, "isNative"), bool))
    amount, shown = amount_figure(member(info, "tokenAmount"))
    mint, owner = (solana_key(member(info, name)) for name in ("mint", "owner"))
    return amount, shown, mint, owner, state.upper(), info["isNative"]


def owned_figures(reply: Tree, call_id: int, owner: str) -> dict[str, object]:
    """Read an owner's accounts; raises `Unusable`, also for one account that is another owner's."""
    _, value = result_of(reply, call_id)
    found: dict[str, object] = {}
    for row in the_list(value):
        pubkey = solana_key(member(the_dict(row), "pubkey"))
        figure = account_figure(member(row, "account"))
        need(holds=isinstance(figure, tuple) and figure[3] == owner and pubkey not in found)
        found[pubkey] = figure
    return found


def usable(figure: Any, *given: Any) -> Any:
    """Give a figure by its reader, or that there is none."""
    try:
        return figure(*given)
    except Unusable:
        return REFUSED


def shown_account(account: dict[str, Any]) -> object:
    """Give what `account_figure` should say of what callers see."""
    token, owner = account["token"], account["owner"]
    return (
        shown_amount(account["amount"]),
        ui_amount(account["uiAmount"]),
        token and token["mint"],
        owner and owner["address"],
        account["state"],
        account["isNative"],
    )
