"""What is said to sFOX's feed and what it says: requests, acknowledgements, and messages about an account."""

from dataclasses import dataclass
from typing import Annotated, Any, Final

import msgspec

from gateway.domain.exchange import Credential, ExchangeWallet
from gateway.providers.sfox.row import Row, wallets_of
from gateway.upstream.decoding import Undecodable, decode

BALANCES: Final = "private.user.balances"
SUBSCRIBE: Final = {"type": "subscribe", "feeds": [BALANCES]}
_NOTHING = msgspec.Raw(b"")
# Documented as microseconds, and in every sample nanoseconds: from 1973 to 5138 their sizes do not meet.
_MICROSECONDS: Final = 10**14
_NANOSECONDS: Final = 10**17
_ABSURD: Final = 10**20


def authenticate(credential: Credential) -> dict[str, str]:
    """Give the request that holds the secret: it is sent, and never shown."""
    return {"type": "authenticate", "apiKey": credential.secret}


class _Spelled(msgspec.Struct):
    # Larger ones would make positions that no double holds.
    sequence: Annotated[int, msgspec.Meta(ge=0, lt=2**40)]
    timestamp: Any = None
    recipient: str | None = None
    type: str | None = None
    action: str | None = None
    payload: msgspec.Raw = _NOTHING


class _Beside(msgspec.Struct):
    type: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message, its payload unread; `microseconds` since 1970, None where its stamp says nothing."""

    sequence: int
    microseconds: int | None
    is_about_balances: bool
    # True and False for acknowledgements, None for anything else.
    succeeded: bool | None
    action: str | None
    payload: bytes

    @classmethod
    def read(cls, body: bytes) -> "Message":
        """Raise `Undecodable` for what is no message."""
        spelled = decode(body, _Spelled)
        # Messages about an account have no type, so the recipient decides first.
        is_ack = spelled.recipient is None and spelled.type in ("success", "error")
        return cls(
            spelled.sequence,
            _microseconds(spelled.timestamp),
            spelled.recipient == BALANCES,
            spelled.type == "success" if is_ack else None,
            spelled.action,
            bytes(spelled.payload),
        )

    def wallets(self) -> tuple[ExchangeWallet, ...]:
        """Read what a message about balances says of the account; raises `Undecodable`.

        A wallet beside the account comes as an object, and says nothing of it.
        """
        if self.payload.startswith(b"{"):
            if decode(self.payload, _Beside).type != "web3":
                raise Undecodable("$.payload: an object that is no wallet beside the account")
            return ()
        return wallets_of(decode(self.payload, list[Row]))


def _microseconds(stamp: Any) -> int | None:
    if type(stamp) is not int or not _MICROSECONDS <= stamp < _ABSURD:
        return None
    return stamp if stamp < _NANOSECONDS else stamp // 1000
