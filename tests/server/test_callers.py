"""How a key is taken apart, and compared with what is stored of it."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.caller import Caller, Scope, issued_name
from gateway.server.callers import BadKey, BadToken, Callers, KnownCaller

WHO = Caller("a", frozenset({Scope.BALANCES_READ}))
NOBODY = Caller(None, frozenset())


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


class Reader:
    """Says of each token that it was shown."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.is_closed = False

    async def caller(self, token: str) -> Caller:
        self.shown.append(token)
        raise BadToken("it was only looked at")

    async def aclose(self) -> None:
        self.is_closed = True


async def test_a_secret_may_hold_points_and_only_the_first_ends_the_name() -> None:
    digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"  # of "test"
    callers = Callers({"a": KnownCaller(WHO, (digest,))}, NOBODY)
    assert await callers.identify("Bearer a.test") is WHO
    for wrong in ("Bearer a.test.", "Bearer a..test", "Bearer a.b.test"):
        with pytest.raises(BadKey):
            await callers.identify(wrong)
    assert await callers.identify(None) is NOBODY


async def test_the_digest_of_nobody_opens_nothing_for_nobody() -> None:
    callers = Callers({}, Caller(None, frozenset({Scope.BALANCES_READ})))
    for wrong in ("Bearer .", "Bearer x.", "Bearer " + "0" * 64, ""):
        with pytest.raises(BadKey):
            await callers.identify(wrong)


@pytest.mark.parametrize("shown", ["Bearer a.\ud800", "Bearer \ud800.\udfff", "Bearer a.é", "\ud800 a.x"])
async def test_text_that_is_no_unicode_is_a_wrong_key_and_no_fault(shown: str) -> None:
    callers = Callers({"a": KnownCaller(WHO, (_digest("x"),))}, NOBODY)
    with pytest.raises(BadKey):
        await callers.identify(shown)


async def test_both_of_two_keys_open_and_neither_once_it_is_taken_out() -> None:
    old, new = _digest("old"), _digest("new")
    for live, opening in (((old,), {"old"}), ((old, new), {"old", "new"}), ((new,), {"new"})):
        callers = Callers({"a": KnownCaller(WHO, live)}, NOBODY)
        for secret in ("old", "new", "", old, new):
            if secret in opening:
                assert await callers.identify(f"Bearer a.{secret}") is WHO
            else:
                with pytest.raises(BadKey):
                    await callers.identify(f"Bearer a.{secret}")


async def test_a_key_opens_for_its_own_name_alone() -> None:
    other = Caller("b", frozenset())
    known = {"a": KnownCaller(WHO, (_digest("x"),)), "b": KnownCaller(other, (_digest("y"), _digest("z")))}
    callers = Callers(known, NOBODY)
    assert await callers.identify("Bearer b.z") is other
    for crossed in ("Bearer a.y", "Bearer a.z", "Bearer b.x"):
        with pytest.raises(BadKey):
            await callers.identify(crossed)


@given(st.text(st.characters(codec="utf-8"), max_size=40), st.text(st.characters(codec="utf-8"), max_size=40))
async def test_no_secret_opens_but_the_one_that_was_stored(stored: str, shown: str) -> None:
    callers = Callers({"a": KnownCaller(WHO, (_digest(stored),))}, NOBODY)
    try:
        opened = await callers.identify(f"Bearer a.{shown}") is WHO
    except BadKey:
        opened = False
    # Only what stands after the whole key may be blank.
    assert opened == (f"a.{shown}".rstrip() == f"a.{stored}")


@pytest.mark.parametrize("key", ["a.b.c", "a..", "nobody.b.c", "a-1_.b.c", ".b.c", "a.b", "A.b", "A", "A.b.c.d", ""])
async def test_what_looks_like_a_key_is_never_taken_for_a_token(key: str) -> None:
    reader = Reader()
    callers = Callers({"a": KnownCaller(WHO, (_digest("x"),))}, NOBODY, reader)
    with pytest.raises(BadKey) as wrong:
        await callers.identify(f"Bearer {key}")
    assert (reader.shown, wrong.value.challenge) == ([], "Bearer")


async def test_what_looks_like_a_token_is_read_as_one_only_where_tokens_are_read() -> None:
    reader = Reader()
    for tokens, shown in ((reader, ["eyJ.b.c"]), (None, ["eyJ.b.c"])):
        callers = Callers({}, NOBODY, tokens)
        with pytest.raises(BadKey) as wrong:
            await callers.identify("bearer  eyJ.b.c ")
        assert isinstance(wrong.value, BadToken) == (tokens is not None)
        assert reader.shown == shown
        await callers.aclose()
    assert reader.is_closed


def test_an_issuers_caller_is_never_told_as_a_keys_caller_and_does_not_show_who_it_is() -> None:
    issued = Caller(issued_name("https://id.test", "ann@example.test"), frozenset())
    assert WHO.mark == "a"
    assert NOBODY.mark == ""
    assert issued.mark.startswith("#")
    assert "ann" not in issued.mark
    assert issued.mark != Caller(issued_name("https://id.test", "bob@example.test"), frozenset()).mark
