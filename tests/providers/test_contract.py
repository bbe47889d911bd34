"""The contract that every source keeps: order and length of its answers, and the one right error for all that fails."""

import gzip
import re
import socket
import traceback
from collections.abc import Callable
from dataclasses import replace

import pytest

from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.domain.reading import Answer
from tests.providers.asking import SECRET, open_asking, open_source, settle
from tests.providers.contract import SUBJECTS, Subject
from tests.providers.recorded import Asked, Ending, Recorded, Told, always, serve_recorded

# What no error may repeat of a body.
SAID = "canary-body"
MAX_BODY = 5 * 1024 * 1024
SHAPES = {
    "a JSON string": f'"{SAID}"'.encode(),
    "an object": f'{{"statusCode":400,"error":"{SAID}","message":"{SAID}"}}'.encode(),
    "a JSON-RPC error": f'{{"jsonrpc":"2.0","error":{{"code":-32602,"message":"{SAID}"}},"id":1}}'.encode(),
    "HTML": f"<!doctype html><h1>{SAID}</h1>".encode(),
    "text": SAID.encode(),
    "nothing": b"",
}
STATUSES = {
    400: ProblemCode.REJECTED,
    401: ProblemCode.UPSTREAM_UNAUTHENTICATED,
    403: ProblemCode.UPSTREAM_FORBIDDEN,
    404: ProblemCode.REJECTED,
    405: ProblemCode.PROTOCOL,
    408: ProblemCode.UNAVAILABLE,
    413: ProblemCode.REJECTED,
    415: ProblemCode.PROTOCOL,
    422: ProblemCode.REJECTED,
    429: ProblemCode.RATE_LIMITED,
    499: ProblemCode.UNAVAILABLE,
    500: ProblemCode.UNAVAILABLE,
    501: ProblemCode.PROTOCOL,
    502: ProblemCode.UNAVAILABLE,
    503: ProblemCode.UNAVAILABLE,
    504: ProblemCode.UNAVAILABLE,
    204: ProblemCode.PROTOCOL,
}
# Bodies that no source can make sense of.
SENSELESS = {
    "HTML": SHAPES["HTML"],
    "nothing": b"",
    "text": SHAPES["text"],
    "a JSON string": SHAPES["a JSON string"],
    "null": b"null",
    "true": b"true",
    "a number": b"17",
    "half an object": b'{"' + SAID.encode(),
    "bytes that are no UTF-8": b"\xff\xfe{}",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "rows that are strings": f'["{SAID}"]'.encode(),
    "deep nesting": b"[" * 100_000 + b"]" * 100_000,
    "deep nesting under an unknown key": b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "nesting without an end": b'{"x":' * 1_000_000,
}


@pytest.fixture(params=SUBJECTS, ids=[subject.name for subject in SUBJECTS])
def subject(request: pytest.FixtureRequest) -> Subject:
    found: Subject = request.param
    return found


def rightly(subject: Subject, change: Callable[[Told], Told] = lambda answer: answer) -> Callable[[Asked], Told]:
    """Answer rightly, with one change."""
    return lambda asked: change(Told(subject.right(asked)))


def assert_silent(error: UpstreamError, subject: Subject, recorded: Recorded) -> None:
    """See that nothing which may be logged or shown repeats a credential, a place, a key or a body."""
    texts = [str(error), repr(error), error.detail, error.message, *traceback.format_exception(error)]
    keys = [getattr(key, "secret", "") or str(getattr(key, "address", key)) for key in subject.keys]
    # A traceback quotes the gateway's own source, in which short words may stand: ids of runes are long enough.
    for forbidden in (SECRET, SAID, recorded.url.removeprefix("http://"), *keys):
        assert not any(forbidden in text for text in texts), forbidden


async def fail(
    subject: Subject, script: Callable[[Asked], Told], *, allowed: str = "20", calls: int | None = None
) -> UpstreamError:
    """Ask for one key in vain, and see that this costs no more than an answer, tells nothing and names the provider."""
    environ = {"GATEWAY_REQUEST_TIMEOUT": allowed, **subject.environ}
    async with open_asking(subject.capability, script, **environ) as (source, recorded):
        (error,) = await settle(source, subject.keys[:1])
        assert isinstance(error, UpstreamError), error
        assert error.provider is source.terms.provider
        assert len(recorded.asked) <= (subject.calls if calls is None else calls)
        assert_silent(error, subject, recorded)
        return error


async def test_each_key_gets_its_own_answer_in_the_order_of_the_keys(subject: Subject) -> None:
    async with open_asking(subject.capability, rightly(subject), **subject.environ) as (source, recorded):
        numbered = list(zip(subject.keys, range(1, len(subject.keys) + 1), strict=True))
        for order in (numbered, numbered[::-1], numbered[1:]):
            recorded.asked.clear()
            most = source.terms.max_keys
            for chunk in (order[start : start + most] for start in range(0, len(order), most)):
                results = await settle(source, [key for key, _ in chunk])
                assert [type(result) for result in results] == [Answer] * len(chunk)
                values = [result.value for result in results if isinstance(result, Answer)]
                assert [subject.figure(value) for value in values] == [number for _, number in chunk]
            assert len(recorded.asked) == subject.calls * -(-len(order) // most)


@pytest.mark.parametrize("status", STATUSES)
async def test_a_status_means_the_same_whatever_the_body_says(subject: Subject, status: int) -> None:
    body = b"" if status == 204 else SHAPES["HTML"]
    error = await fail(subject, always(Told(body, status)))
    assert error.code is subject.codes.get(status, STATUSES[status])
    # Nobody told when to come back; only a rate limit has a penalty that the provider's rules tell.
    assert (error.retry_after is not None) is (status == 429)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("status", [401, 429])
async def test_an_error_body_may_have_any_shape(subject: Subject, status: int, shape: str) -> None:
    error = await fail(subject, always(Told(SHAPES[shape], status)))
    assert error.code is STATUSES[status]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        ("0", 0),
        ("3600", 3600),
        ("3601", None),
        ("99999999999999999999", None),
        ("-1", None),
        ("1.5", None),
        ("²", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("", None),
    ],
)
async def test_a_rate_limit_says_when_to_come_back_if_the_provider_does(
    subject: Subject, header: str, seconds: int | None
) -> None:
    error = await fail(subject, always(Told(b"", 429, {"Retry-After": header})))
    assert (error.code, error.retryable) == (ProblemCode.RATE_LIMITED, True)
    assert error.retry_after is not None
    # Where the provider does not say, its own rules do.
    assert error.retry_after == seconds if seconds is not None else error.retry_after > 0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed_and_nobody_else_sees_the_credential(subject: Subject, status: int) -> None:
    async with serve_recorded(rightly(subject)) as elsewhere:
        location = elsewhere.url.replace("127.0.0.1", "localhost") + "/elsewhere"
        error = await fail(subject, always(Told(b"", status, {"Location": location})))
        assert error.code is ProblemCode.PROTOCOL
        assert elsewhere.asked == []


@pytest.mark.parametrize(
    ("ending", "code"), [(Ending.CUT, ProblemCode.PROTOCOL), (Ending.DISCONNECT, ProblemCode.UNAVAILABLE)]
)
async def test_a_connection_that_breaks_is_an_error(subject: Subject, ending: Ending, code: ProblemCode) -> None:
    # A GET that meets a closed connection is repeated once, by aiohttp itself.
    error = await fail(subject, rightly(subject, lambda answer: replace(answer, ending=ending)), calls=2)
    assert error.code is code


@pytest.mark.parametrize("ending", [Ending.HANG, Ending.DRIP])
async def test_a_provider_that_takes_too_long_is_a_timeout(subject: Subject, ending: Ending) -> None:
    error = await fail(subject, rightly(subject, lambda answer: replace(answer, ending=ending)), allowed="0.2")
    assert (error.code, error.retryable) == (ProblemCode.TIMEOUT, True)


async def test_a_provider_that_is_not_there_is_unavailable(subject: Subject) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    async with open_source(f"http://127.0.0.1:{port}", subject.capability, **subject.environ) as source:
        (error,) = await settle(source, subject.keys[:1])
    assert isinstance(error, UpstreamError)
    assert error.code is ProblemCode.UNAVAILABLE
    assert str(port) not in f"{error!r} {error.detail} {error.message}"


async def test_an_answer_that_is_too_large_is_refused(subject: Subject) -> None:
    padded = rightly(subject, lambda answer: replace(answer, body=answer.body + b" " * MAX_BODY))
    assert (await fail(subject, padded)).code is ProblemCode.PROTOCOL


async def test_a_small_answer_that_unpacks_to_a_large_one_is_refused(subject: Subject) -> None:
    def explode(answer: Told) -> Told:
        return Told(gzip.compress(answer.body + b" " * MAX_BODY), headers={"Content-Encoding": "gzip"})

    assert (await fail(subject, rightly(subject, explode))).code is ProblemCode.PROTOCOL


async def test_an_answer_packed_badly_is_refused(subject: Subject) -> None:
    broken = rightly(subject, lambda answer: replace(answer, headers={"Content-Encoding": "gzip"}))
    assert (await fail(subject, broken)).code is ProblemCode.PROTOCOL


async def test_an_answer_packed_well_is_read(subject: Subject) -> None:
    def pack(answer: Told) -> Told:
        return Told(gzip.compress(answer.body), headers={"Content-Encoding": "gzip", "Content-Type": "text/plain"})

    async with open_asking(subject.capability, rightly(subject, pack), **subject.environ) as (source, _):
        (result,) = await settle(source, subject.keys[:1])
    assert isinstance(result, Answer)
    assert subject.figure(result.value) == 1


@pytest.mark.parametrize("body", SENSELESS)
async def test_an_answer_without_sense_is_an_error_and_never_nothing(subject: Subject, body: str) -> None:
    assert (await fail(subject, always(SENSELESS[body]))).code is ProblemCode.PROTOCOL


async def test_an_answer_of_the_wrong_json_type_is_an_error(subject: Subject) -> None:
    assert (await fail(subject, always(subject.wrong_type))).code is ProblemCode.PROTOCOL


async def test_a_missing_field_is_an_error_and_never_a_zero(subject: Subject) -> None:
    error = await fail(subject, lambda asked: Told(_put(subject.required, b"", subject.right(asked))))
    assert error.code is ProblemCode.PROTOCOL
    assert not error.retryable


async def test_a_float_or_nan_where_an_exact_figure_belongs_is_an_error(subject: Subject) -> None:
    error = await fail(subject, lambda asked: Told(_put(*subject.spoilt, subject.right(asked))))
    assert error.code is ProblemCode.PROTOCOL


async def test_keys_that_nobody_documented_are_passed_over(subject: Subject) -> None:
    def extended(asked: Asked) -> Told:
        return Told(_put(rb"\{", b'{"unheardOf":{"amount":1.5,"x":[null]},', subject.right(asked)))

    async with open_asking(subject.capability, extended, **subject.environ) as (source, _):
        (result,) = await settle(source, subject.keys[:1])
    assert isinstance(result, Answer)
    assert subject.figure(result.value) == 1


def _put(pattern: bytes, substitute: bytes, body: bytes) -> bytes:
    changed, times = re.subn(pattern, substitute, body)
    assert times
    return changed
