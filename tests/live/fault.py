"""What may go wrong with each provider, and where."""

from typing import Any, Final

from gateway.sandbox import FEED_FAULTS

_CALLS: Final = (
    "500",
    "503",
    "429",
    "401",
    "disconnect",
    "truncated",
    "empty",
    "missing-field",
    "error-in-200",
    "hang",
)
_UPGRADES: Final = ("401", "403", "429", "503", "disconnect", "hang", "html")
_NODE: Final = (*_CALLS, "rpc-32005", "rpc-32016", "rpc-32603", "rpc-429", "wrong-id", "float-amount")
_NOTIFICATIONS: Final = (
    *("gap", "reordered", "duplicate", "silence", "disconnect", "truncated", "not-json", "wrong-type", "wrong-id"),
    *("missing-field", "float-amount"),
)
_SUBSCRIPTIONS: Final = ("refused", "early", "hang", "silence", "disconnect", "rpc-32603", "error-in-200")
# By provider: a route, and what may go wrong there.
FAULTS: Final = (
    ("xverse", None, _CALLS),
    ("sfox", "GET /v1/user/balance", _CALLS),
    ("sfox", "GET /ws", _UPGRADES),
    ("sfox", None, tuple(FEED_FAULTS)),
    ("sfox", "private.user.balances", ("feed-gap", "feed-reorder", "feed-duplicate", "feed-drop", "feed-silence")),
    ("solana", "POST /", _NODE),
    ("solana", "WS /", _UPGRADES),
    ("solana", "accountSubscribe", _SUBSCRIPTIONS),
    ("solana", "accountNotification", _NOTIFICATIONS),
)
MODES: Final[tuple[tuple[str, str, tuple[Any, ...]], ...]] = (
    ("xverse", "lagging", (False, True)),
    ("xverse", "v2", (True, False)),
    ("solana", "methods_off", ([], ["getMultipleAccounts"])),
    ("sfox", "feed_rows", ("changed", "all")),
)
WELL: Final = {"xverse": {"lagging": False, "v2": True}, "solana": {"methods_off": []}, "sfox": {}}
