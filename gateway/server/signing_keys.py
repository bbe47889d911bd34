"""An issuer's public keys as they are known here: read again in time, and when a token names a new one."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

import structlog
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from gateway.domain.clock import Clock
from gateway.upstream.jwks import KeysUnread

# The kind of key that each algorithm signs with: its `kty`, and its `crv` where there are several.
_KINDS: Mapping[str, tuple[str, str | None]] = {
    "RS256": ("RSA", None),
    "RS384": ("RSA", None),
    "RS512": ("RSA", None),
    "PS256": ("RSA", None),
    "PS384": ("RSA", None),
    "PS512": ("RSA", None),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"),
}
# Seconds between two readings at the least, whatever tokens name: strangers can make up names of keys.
LEAST_BETWEEN = 10.0

# A key by its `kid`, None where it has none, and the algorithm it is good for.
_Keys = Mapping[tuple[str | None, str], Sequence[PyJWK]]

log = structlog.get_logger(__name__)


class KeysUnknown(Exception):
    """Nobody can say whether there is such a key, for the issuer's keys could not be read."""

    def __init__(self, retry_after: float) -> None:
        super().__init__("the issuer's keys could not be read")
        self.retry_after = retry_after


class SigningKeys:
    """Keeps what was read last; however many ask, one reading is under way at a time."""

    def __init__(
        self,
        read: Callable[[], Awaitable[Sequence[Mapping[str, Any]]]],
        algorithms: Iterable[str],
        clock: Clock,
        *,
        fresh_for: float,
        keep_for: float,
    ) -> None:
        """`read` raises `KeysUnread`. What is older than `fresh_for` is read again, and serves meanwhile to `keep_for`.

        Both are in seconds.
        """
        self._read = read
        self._algorithms = frozenset(algorithms)
        self._clock = clock
        self._fresh_for = fresh_for
        self._keep_for = max(keep_for, fresh_for)
        self._keys: _Keys = {}
        self._read_at: float | None = None
        self._tried_at: float | None = None
        self._failed = False
        self._reading: asyncio.Task[None] | None = None

    async def find(self, kid: str | None, algorithm: str) -> PyJWK | None:
        """Find the one key that a token names; None where there is none, or more than one. Raises `KeysUnknown`."""
        known = self._known(kid, algorithm)
        stale = self._age() > self._fresh_for
        if known is None or stale:
            self._read_again()
        # Through an outage, what is known serves without waiting for a reading that will likely fail again.
        if self._reading and (known is None or (stale and not self._failed)):
            await asyncio.shield(self._reading)
            known = self._known(kid, algorithm)
        if known is None and self._failed:
            raise KeysUnknown(self._until_next())
        return known

    async def aclose(self) -> None:
        """End a reading under way."""
        if self._reading:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    def _known(self, kid: str | None, algorithm: str) -> PyJWK | None:
        if self._age() > self._keep_for:
            return None
        if kid is not None:
            fitting = self._keys.get((kid, algorithm), ())
        else:
            fitting = [key for (_, good_for), keys in self._keys.items() if good_for == algorithm for key in keys]
        return fitting[0] if len(fitting) == 1 else None

    def _age(self) -> float:
        return float("inf") if self._read_at is None else self._clock.monotonic() - self._read_at

    def _until_next(self) -> float:
        return 0.0 if self._tried_at is None else max(self._tried_at + LEAST_BETWEEN - self._clock.monotonic(), 0.0)

    def _read_again(self) -> None:
        if self._reading is None and self._until_next() == 0:
            self._reading = asyncio.get_running_loop().create_task(self._refresh())
            self._reading.add_done_callback(self._done)

    def _done(self, _: "asyncio.Task[None]") -> None:
        self._reading = None
        self._tried_at = self._clock.monotonic()

    async def _refresh(self) -> None:
        try:
            self._keys = _sorted(await self._read(), self._algorithms)
        except KeysUnread as trouble:
            self._failed = True
            log.warning("jwks.unread", detail=str(trouble))
        else:
            self._failed = False
            self._read_at = self._clock.monotonic()


def _sorted(published: Sequence[Mapping[str, Any]], algorithms: frozenset[str]) -> _Keys:
    """Sort keys by what they are good for, and leave out what is not for checking signatures."""
    found: defaultdict[tuple[str | None, str], list[PyJWK]] = defaultdict(list)
    for each in published:
        kid = each.get("kid")
        if not isinstance(kid, str | None) or not _is_for_checking(each):
            continue
        for algorithm in algorithms:
            if _fits(each, algorithm):
                try:
                    found[kid, algorithm].append(PyJWK(dict(each), algorithm))
                except PyJWTError:
                    # Its text would hold the key.
                    log.warning("jwks.key_unusable", algorithm=algorithm)
    return found


def _is_for_checking(key: Mapping[str, Any]) -> bool:
    operations = key.get("key_ops")
    # A published private key is nobody's any more.
    return key.get("use", "sig") == "sig" and (operations is None or "verify" in operations) and "d" not in key


def _fits(key: Mapping[str, Any], algorithm: str) -> bool:
    kind, curve = _KINDS[algorithm]
    return key.get("kty") == kind and curve in (None, key.get("crv")) and key.get("alg", algorithm) == algorithm
