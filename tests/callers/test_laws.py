"""What holds of every token: its times, its scopes and its name."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.caller import Caller, Scope, issued_name
from gateway.domain.exchange import Credential, Exchange
from gateway.server.callers import BadKey, BadToken
from gateway.server.signing_keys import SigningKeys
from gateway.server.tokens import Tokens, TokenTerms, scopes_of
from tests.callers.issuer import AUDIENCE, EDWARDS, ISSUER, claims_of
from tests.readings.clock import StandingClock

NOW = 1_800_000_000
TIMES = st.one_of(st.none(), st.integers(-90, 90))
WORDS = st.lists(st.one_of(st.sampled_from([*Scope]), st.text("abc:read", max_size=8)), max_size=6)
ACCOUNTS = {name: {Exchange.SFOX: Credential(name, name)} for name in ("desk", "vault")}
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.sampled_from(["desk", "vault", "Desk", ""])),
    lambda some: st.one_of(
        st.lists(some, max_size=2), st.dictionaries(st.sampled_from(["desk", "x"]), some, max_size=2)
    ),
)


def _tokens(leeway: float = 0) -> Tokens:
    async def read() -> Sequence[Mapping[str, Any]]:
        return [EDWARDS.jwk()]

    terms = TokenTerms(ISSUER, AUDIENCE, frozenset({"EdDSA"}), leeway, "account")
    keys = SigningKeys(read, terms.algorithms, StandingClock(), fresh_for=300, keep_for=3600)
    return Tokens(terms, keys, ACCOUNTS, None)


@given(st.integers(-90, 90), TIMES, TIMES, st.integers(0, 60))
async def test_a_token_opens_from_its_beginning_to_before_its_end_with_the_leeway_on_both_sides(
    exp: int, nbf: int | None, iat: int | None, leeway: int
) -> None:
    times = {"exp": NOW + exp, "nbf": None if nbf is None else NOW + nbf, "iat": None if iat is None else NOW + iat}
    with time_machine.travel(NOW, tick=False):
        token = EDWARDS.sign(claims_of(**times))
        try:
            opened = (await _tokens(leeway).caller(token)).name == f"{ISSUER}#ann"
        except BadToken:
            opened = False
    assert opened == (exp + leeway > 0 and (nbf or 0) <= leeway and (iat or 0) <= leeway)


@given(WORDS, st.sampled_from(["scope", "scp"]), st.booleans())
def test_scopes_are_those_that_are_known_here_in_whatever_form_and_order(
    words: list[str],
    claim: str,
    as_text: bool,  # noqa: FBT001 - drawn
) -> None:
    known = frozenset(scope for scope in Scope if scope in words)
    assert scopes_of({claim: " ".join(words) if as_text else words}) == known
    assert scopes_of({claim: words, "scopes": list(Scope), "permissions": list(Scope)}) == known


def test_scope_outweighs_scp_and_without_either_nothing_may_be_done() -> None:
    assert scopes_of({"scope": "balances:read", "scp": ["exchange:read"]}) == {Scope.BALANCES_READ}
    assert scopes_of({"scope": "", "scp": ["exchange:read"]}) == frozenset()
    assert scopes_of({}) == frozenset()


@pytest.mark.parametrize("wrong", [None, 7, True, {"balances:read": 1}, [["balances:read"]], ["balances:read", None]])
def test_scopes_of_another_form_are_refused(wrong: object) -> None:
    for claim in ("scope", "scp"):
        with pytest.raises(BadToken):
            scopes_of({claim: wrong})


@given(JSON)
async def test_the_account_is_the_one_that_the_claim_spells_exactly(claim: object) -> None:
    caller = await _tokens().caller(EDWARDS.sign(claims_of(account=claim)))
    assert caller.credentials == (ACCOUNTS.get(claim, {}) if isinstance(claim, str) else {})


@given(st.text(max_size=20), st.text(max_size=20), st.text("ab#", max_size=5))
def test_no_two_subjects_share_a_name_and_none_has_a_keys(one: str, two: str, issuer: str) -> None:
    first, second = (Caller(issued_name(issuer, subject), frozenset()) for subject in (one, two))
    assert (first.name == second.name) == (first.mark == second.mark) == (one == two)
    for caller in (first, second):
        assert not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", caller.name or "")
        assert not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", caller.mark)


@given(st.text(max_size=60), st.binary(max_size=60))
async def test_whatever_is_shown_is_at_worst_no_good(text: str, raw: bytes) -> None:
    good = EDWARDS.sign(claims_of())
    head, claims, signature = good.split(".")
    for shown in (text, f"{text}.{claims}.{signature}", f"{head}.{text}.{signature}", f"{head}.{claims}.{text}"):
        with pytest.raises(BadKey):
            await _tokens().caller(shown)
    for forged in (EDWARDS.sign_raw(raw, claims_of()), EDWARDS.sign(raw)):
        with pytest.raises(BadKey):
            await _tokens().caller(forged)
