"""The way to a provider: what goes out with a call, what bounds it, and what of the surroundings never touches it."""

import gzip
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.upstream.session import MAX_BODY, Reply
from gateway.upstream.upstream import Call
from tests.providers.recorded import Ending, Told, always, serve_recorded
from tests.upstream.opening import open_upstream, reply_to

CREDENTIAL = "canary-credential"
CALL = Call("GET /balance", "v1/balance", query={"owner": "me"})


async def problem(url: str, *, seconds: float = 20) -> UpstreamError:
    async with open_upstream(url) as upstream:
        with pytest.raises(UpstreamError) as raised:
            await reply_to(upstream, CALL, seconds)
    return raised.value


async def test_a_call_goes_out_with_the_credential_and_the_gateways_name() -> None:
    options: dict[str, Any] = {"headers": {"x-api-key": CREDENTIAL}, "query": {"api_key": CREDENTIAL}}
    async with serve_recorded(always(b"{}")) as recorded:
        async with open_upstream(f"{recorded.url}/base/", **options) as upstream:
            reply = await reply_to(upstream, CALL)
        (asked,) = recorded.asked
    assert (reply.status, reply.body) == (200, b"{}")
    assert (asked.method, asked.path) == ("GET", "/base/v1/balance")
    assert asked.query == {"owner": "me", "api_key": CREDENTIAL}
    assert (asked.headers["x-api-key"], asked.headers["User-Agent"]) == (CREDENTIAL, "tests/1")
    assert asked.headers["Accept"] == "application/json"


async def test_a_body_makes_a_post_of_json_and_a_calls_own_header_outweighs_the_rest() -> None:
    async with serve_recorded(always(b"{}")) as recorded:
        async with open_upstream(recorded.url, headers={"Authorization": "gateway"}) as upstream:
            await reply_to(upstream, Call("method", headers={"Authorization": "caller"}, body=b"[1]"))
            await reply_to(upstream, Call("method", body=b"[2]"))
        first, second = recorded.asked
    assert (first.method, first.path, first.body) == ("POST", "/", b"[1]")
    assert first.headers["Content-Type"] == "application/json"
    # One caller's header does not stay for the next.
    assert [each.headers["Authorization"] for each in (first, second)] == ["caller", "gateway"]


async def test_an_upstream_that_is_not_configured_asks_nobody() -> None:
    async with serve_recorded(always(b"{}")) as recorded:
        async with open_upstream(recorded.url, configured=False) as upstream:
            with pytest.raises(UpstreamError) as raised:
                await reply_to(upstream, CALL)
        assert recorded.asked == []
    assert raised.value.code is ProblemCode.NOT_CONFIGURED


async def test_proxies_and_passwords_of_the_environment_are_left_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login canary password canary\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    async with serve_recorded(always(b"{}")) as recorded, serve_recorded(always(b"{}")) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, proxy.url)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        async with open_upstream(recorded.url) as upstream:
            await reply_to(upstream, CALL)
        assert proxy.asked == []
        (asked,) = recorded.asked
    assert "Authorization" not in asked.headers


async def test_cookies_are_not_kept_from_one_call_to_the_next() -> None:
    cookie = Told(b"{}", headers={"Set-Cookie": "session=canary; Path=/"})
    async with serve_recorded(always(cookie)) as recorded:
        # A jar would keep no cookie of a bare number.
        async with open_upstream(recorded.url.replace("127.0.0.1", "localhost")) as upstream:
            await reply_to(upstream, CALL)
            await reply_to(upstream, CALL)
        assert len(recorded.asked) == 2
        assert not any("Cookie" in asked.headers for asked in recorded.asked)


@pytest.mark.parametrize("packed", [False, True])
async def test_a_body_of_the_largest_size_is_read_whole_and_not_a_byte_more(*, packed: bool) -> None:
    for size in (MAX_BODY, MAX_BODY + 1):
        body = b" " * size
        sent = Told(gzip.compress(body), headers={"Content-Encoding": "gzip"}) if packed else Told(body)
        async with serve_recorded(always(sent)) as recorded:
            if size == MAX_BODY:
                async with open_upstream(recorded.url) as upstream:
                    assert len((await reply_to(upstream, CALL)).body) == MAX_BODY
            else:
                error = await problem(recorded.url)
                assert (error.code, str(MAX_BODY) in error.detail) == (ProblemCode.PROTOCOL, True)


async def test_a_bomb_of_many_times_the_size_is_defused() -> None:
    bomb = Told(gzip.compress(b" " * (20 * MAX_BODY), 9), headers={"Content-Encoding": "gzip"})
    async with serve_recorded(always(bomb)) as recorded:
        assert (await problem(recorded.url)).code is ProblemCode.PROTOCOL


@pytest.mark.parametrize("ending", [Ending.HANG, Ending.DRIP])
async def test_the_deadline_covers_the_whole_answer_and_not_its_first_byte(ending: Ending) -> None:
    async with serve_recorded(always(Told(ending=ending))) as recorded:
        assert (await problem(recorded.url, seconds=0.2)).code is ProblemCode.TIMEOUT


async def test_an_answer_is_handed_over_whatever_its_status() -> None:
    async with serve_recorded(always(Told(b"no", 503))) as recorded, open_upstream(recorded.url) as upstream:
        reply = await reply_to(upstream, CALL)
    assert (reply.status, reply.body) == (503, b"no")


async def test_nothing_that_is_printed_shows_a_header_a_body_or_a_credential() -> None:
    call = Call("method", headers={"Authorization": "canary"}, body=b"canary")
    reply = Reply(200, {"Set-Cookie": "canary"}, b"canary")
    options: dict[str, Any] = {"headers": {"x-api-key": "canary"}, "query": {"api_key": "canary"}}
    async with open_upstream("http://canary.invalid", **options) as upstream:
        for each in (call, reply, upstream):
            assert "canary" not in f"{each!r} {each}"


async def test_a_host_that_no_name_server_knows_is_unavailable() -> None:
    error = await problem("http://canary.invalid")
    assert error.code is ProblemCode.UNAVAILABLE
    assert "canary" not in f"{error!r} {error.detail}"
