"""Callers and the credentials that are theirs alone."""

from gateway.domain.caller import Caller, Scope
from gateway.domain.exchange import Exchange, Fingerprints


def test_a_credential_is_known_by_its_secret_and_never_shows_it() -> None:
    fingerprints = Fingerprints()
    credential = fingerprints.credential("s3cret-of-an-account")
    caller = Caller("desk", frozenset(Scope), {Exchange.SFOX: credential})
    for shown in (repr(credential), str(credential), repr(caller), f"{caller}"):
        assert "s3cret" not in shown
    assert credential == fingerprints.credential("s3cret-of-an-account")
    assert credential != fingerprints.credential("another")


def test_a_caller_without_credentials_has_none_and_can_be_given_none() -> None:
    caller = Caller(None, frozenset({Scope.BALANCES_READ}))
    assert not caller.credentials
    assert caller.credentials.get(Exchange.SFOX) is None
    assert not hasattr(caller.credentials, "__setitem__")
