"""Answers at once what was asked before and is at hand: without a task, or a turn of the loop.

A connection brings only what begins with a head that it has seen go the whole way before, by which everything was
decided that does not depend on the body. Whatever is not plainly like that goes the whole way.
"""

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from cross_web import HTTPException

from gateway.domain.caller import Caller, Scope
from gateway.domain.clock import instant
from gateway.execution.unhandled import Unhandled
from gateway.loaders.freshness import Freshness
from gateway.server.callers import Callers
from gateway.server.compiled import AT_HAND, Runs
from gateway.server.compression import LEAST, LEVEL
from gateway.server.content import Content
from gateway.server.headers import ALWAYS
from gateway.server.parts import Parts
from gateway.server.patience import age_of
from gateway.server.preference import JSON, accepts_gzip, is_utf_8, media_type, taken_apart
from gateway.server.repeated import Answered, Repeated, Repetition
from gateway.server.varied import Varied

PATH: Final = b"/graphql"
# Headers that decide something here; each at most once.
_READ: Final = frozenset(
    {
        *(b"accept", b"accept-encoding", b"authorization", b"content-type", b"content-length"),
        b"x-max-age",
    }
)
# Headers for which a request goes the whole way, whatever they say.
_OTHERS: Final = frozenset(
    {
        *(b"connection", b"content-encoding", b"expect", b"origin", b"transfer-encoding", b"upgrade"),
        *(b"x-request-timeout", b"trailer", b"te"),
    }
)
# Seconds after which an answer that is asked for again and again is made anew.
_AGAIN: Final = 1.0
# Bytes from which on Starlette compresses in a thread.
_COMPRESSED_APART: Final = 128 * 1024
_GZIP: Final = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True)
class Head:
    """What a request's head comes to: who asks, the age that is accepted, and how the answer is written."""

    caller: Caller
    # In seconds, where a field names none.
    max_age: int | None
    media: bytes
    varies: bytes
    compresses: bool

    def takes_long(self, size: int) -> bool:
        """Say whether to write so many bytes would hold up everyone else: elsewhere a thread compresses them."""
        return self.compresses and size >= _COMPRESSED_APART


class Straight:
    """The short way for requests of which nothing is new but the body."""

    def __init__(
        self,
        parts: Parts,
        runs: Runs,
        callers: Callers,
        repeated: Repeated,
        varied: Varied,
        note: Callable[[int, str | None, float], None],
    ) -> None:
        """`note` is told the status, the caller's name and the seconds of each answer, for the log."""
        self._parts = parts
        self._clock = parts.clock
        self._version = parts.version
        self._runs = runs
        self._callers = callers
        self._repeated = repeated
        self._varied = varied
        self._note = note
        always = b"".join(b"%s: %s\r\n" % (name.lower().encode(), value.encode()) for name, value in ALWAYS.items())
        self._always = always + b"\r\n"

    def head(self, method: bytes, url: bytes, headers: Sequence[tuple[bytes, bytes]]) -> Head | None:
        """Read a head that went the whole way once, names in lower case; None for one that always has to."""
        if method != b"POST" or url != PATH:
            return None
        found: dict[bytes, str] = {}
        for name, value in headers:
            # What HTTP/1.1 does anyway, and what most clients ask for all the same.
            if name == b"connection" and value.lower() == b"keep-alive":
                continue
            if name in _OTHERS or name in found:
                return None
            if name in _READ:
                found[name] = value.decode("latin-1")
        return self._read(found)

    def _read(self, found: Mapping[bytes, str]) -> Head | None:
        media, rest = taken_apart(found.get(b"content-type", ""))
        accept = found.get(b"accept")
        written_as = media_type([] if accept is None else [accept])
        caller = self._callers.at_once(found.get(b"authorization"))
        # Budgets are counted elsewhere, and may have to be waited for.
        if media != JSON or not is_utf_8(rest) or written_as is None or caller is None or caller.allowance is not None:
            return None
        try:
            max_age = age_of(found.get(b"x-max-age"))
        except HTTPException:
            return None
        # Who wants all of it read now is not to wait until it is found that nothing is at hand.
        if max_age == 0:
            return None
        encoding = found.get(b"accept-encoding")
        may_be_compressed = Scope.EXCHANGE_READ not in caller.scopes
        return Head(
            caller,
            max_age,
            f"content-type: {written_as}; charset=utf-8\r\n".encode(),
            b", Accept-Encoding" if may_be_compressed else b"",
            may_be_compressed and encoding is not None and accepts_gzip([encoding]),
        )

    def answer(self, head: Head, body: bytes, date: bytes) -> bytes | None:
        """Give the whole answer, headers and all, where everything that it needs is at hand; None where it is not."""
        started = self._clock.monotonic()
        known = self._repeated.get(body)
        asked = known or self._varied.read(body)
        # What came to so much the last time is not made here in vain.
        if asked is None or head.takes_long(asked.size):
            return None
        if known is None:
            # Where it is not at hand, the middle way asks for it.
            self._repeated.add(body, asked)
        now = self._clock.time()
        told = asked.last
        if told is None or not self._holds(told, head, now):
            told = self._made(asked, head, now)
            if told is None:
                return None
            asked.size = told.content.size
            if head.takes_long(asked.size):
                return None
            # What is asked for once is hardly ever asked for again: answers are kept from the second time on.
            if known is not None and not asked.prepared.plan.moves and not told.freshness.is_private:
                self._repeated.keep(known, told)
        elif head.takes_long(told.content.size):
            return None
        told.freshness.count_hits()
        answer = self._whole(head, told.content, told.freshness, now, date)
        self._runs.count(AT_HAND)
        self._note(HTTPStatus.OK, head.caller.name, self._clock.monotonic() - started)
        return answer

    def _holds(self, last: Answered, head: Head, now: float) -> bool:
        """Say whether the same answer would be made now, for this caller."""
        is_of_now = last.since <= now < last.until and last.version == self._version()
        may_see_it = last.scopes is head.caller.scopes or last.scopes == head.caller.scopes
        return is_of_now and may_see_it and last.max_age == head.max_age

    def _made(self, asked: Repetition, head: Head, now: float) -> Answered | None:
        """Make an answer, where all is at hand."""
        context = self._parts.context(head.caller, max_age=head.max_age)
        version = self._version()
        try:
            data = asked.prepared.plan.at_hand(asked.prepared.given, context, context.moment)
        except Unhandled:
            return None
        if data is None:
            return None
        freshness = context.loaders.freshness
        # What is only shown again is not seen to be in use, and would make room for what is used less.
        until = min(freshness.steady, now + _AGAIN)
        content = Content.of((b'{"data":', *data, asked.end))
        return Answered(content, freshness, head.caller.scopes, head.max_age, version, now, until)

    def _whole(self, head: Head, content: Content, freshness: Freshness, now: float, date: bytes) -> bytes:
        is_large = content.size >= LEAST
        encoding = b""
        if is_large and head.compresses:
            content = Content.of((_compressed(content.whole()),))
            encoding = b"content-encoding: gzip\r\n"
        told = freshness.headers(instant(now))
        fresh = "".join([f"{name.lower()}: {value}\r\n" for name, value in told.items()]).encode()
        length = b"content-length: %d\r\n" % content.size
        vary = b"vary: Authorization, X-Max-Age, Accept%s\r\n" % (head.varies if is_large else b"")
        return b"".join(
            (b"HTTP/1.1 200 OK\r\n", date, fresh, length, head.media, vary, encoding, self._always, *content.pieces)
        )


def _compressed(content: bytes) -> bytes:
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, _GZIP)
    return packer.compress(content) + packer.flush()
