"""The questions that the rows answer, one for each way in which a provider is asked."""

from collections.abc import Mapping
from typing import Any

from tests.matrix.row import Question
from tests.running import DEMO_KEY

HOLDER = "bc1pdkk5ughajfurnz9zmzdak0pqhmt9lhza7pz96vsmy3y6dj72alkq2zhlxt"
RUNE_ID = "840123:17"
OWNER = "3dGoFzaDHbU5Y8RFT8uUYn19VjckDnJn4guWvSzxM8pL"
MINT = "5xyucW429fmKFNh1UoEH7qtDo38dPPB3ztUuiqjWq3R"
ACCOUNT = "Ao7Gmmo61F91H7sxUSNAr9aMT2sGAyY7H8S1LZErczyK"
NEIGHBOUR = "4pSPKggRgkcFKGyaxc7Q3hCmra7wC95WTQ8Rr5V4kUWU"

_PROBLEM = "outcome problem { code provider message retryable retryAfter reference }"

Read = tuple[Mapping[str, Any], list[str]]


def _data(body: Any) -> Any:
    assert "errors" not in body, body["errors"]
    return body["data"]


def _runes(body: Any) -> Read:
    reading = _data(body)["account"]["runes"]
    return reading, [
        " ".join(
            (
                node["rune"]["id"],
                node["rune"]["symbol"],
                node["amount"]["display"],
                *(node[name]["display"] for name in ("spendable", "projected") if node[name]),
                *((node["pending"]["net"]["display"],) if node["pending"] else ()),
            )
        )
        for node in reading["nodes"] or []
    ]


def _rune(body: Any) -> Read:
    """A field without an outcome reports its trouble as an error of the response."""
    if "errors" in body:
        (error,) = body["errors"]
        return {"outcome": "UNAVAILABLE", "problem": error["extensions"]}, []
    rune = body["data"]["rune"]
    if rune is None:
        return {"outcome": "ABSENT", "problem": None}, []
    return {"outcome": "FRESH", "problem": None}, [
        f"{rune['id']} {rune['name']} {rune['symbol']} {rune['divisibility']}"
    ]


def _tokens(body: Any) -> Read:
    reading = _data(body)["account"]["tokens"]
    return reading, [
        " ".join((node["token"]["symbol"] or "-", *(node[name]["display"] for name in _SPLIT)))
        for node in reading["nodes"] or []
    ]


def _shown(account: Mapping[str, Any]) -> str:
    amount = account["amount"] or {"display": "-"}
    return f"{amount['display']} {account['uiAmount'] or '-'}"


def _accounts(body: Any) -> Read:
    """Read the first account asked for, and what all of them show."""
    accounts = _data(body)["tokenAccounts"]
    return accounts[0], [f"{each['outcome']} {_shown(each)}" for each in accounts]


def _owned(body: Any) -> Read:
    reading = _data(body)["account"]["tokenAccounts"]
    return reading, [f"{node['address']} {_shown(node)}" for node in reading["nodes"] or []]


def _wallets(body: Any) -> Read:
    reading = _data(body)["exchangeWallets"]
    return reading, [
        " ".join((node["currency"]["code"], *((node[name] or {"display": "-"})["display"] for name in _FIGURES)))
        for node in reading["nodes"] or []
    ]


_SPLIT = ("settled", "unsettled", "openOrders")
_FIGURES = ("balance", "available", "held", "borrow")
_RUNES = f"""query ($address: Address!) {{ account(address: $address) {{ runes {{ {_PROBLEM} nodes {{
    rune {{ id symbol }} amount {{ display }} spendable {{ display }} projected {{ display }}
    pending {{ net {{ display }} }} }} }} }} }}"""
_ACCOUNTS = (
    f"query ($addresses: [Address!]!) {{ tokenAccounts(addresses: $addresses) {{"
    f" {_PROBLEM} amount {{ display }} uiAmount }} }}"
)

RUNES_V2 = Question("xverse", _RUNES, _runes, {"address": HOLDER})
RUNES_V1 = Question("xverse", _RUNES, _runes, {"address": HOLDER}, settings={"GATEWAY_XVERSE__V2": "false"})
RUNE = Question("xverse", "query ($id: ID!) { rune(id: $id) { id name symbol divisibility } }", _rune, {"id": RUNE_ID})
TOKENS = Question(
    "bloxroute",
    f"query ($address: Address!) {{ account(address: $address) {{ tokens {{ {_PROBLEM} nodes {{ token {{ symbol }}"
    f" settled {{ display }} unsettled {{ display }} openOrders {{ display }} }} }} }} }}",
    _tokens,
    {"address": OWNER},
)
TOKEN_ACCOUNT = Question("solana", _ACCOUNTS, _accounts, {"addresses": [ACCOUNT]})
TWO_ACCOUNTS = Question("solana", _ACCOUNTS, _accounts, {"addresses": [ACCOUNT, NEIGHBOUR]})
OWNED = Question(
    "solana",
    f"query ($address: Address!) {{ account(address: $address) {{ tokenAccounts {{ {_PROBLEM} nodes {{ address"
    f" amount {{ display }} uiAmount }} }} }} }}",
    _owned,
    {"address": OWNER},
)
WALLETS = Question(
    "sfox",
    f"{{ exchangeWallets {{ {_PROBLEM} nodes {{ currency {{ code }} balance {{ display }} available {{ display }}"
    f" held {{ display }} borrow {{ display }} }} }} }}",
    _wallets,
    key=DEMO_KEY,
)
