"""How a key is taken apart, and compared with what is stored of it."""

import pytest

from gateway.domain.caller import Caller, Scope
from gateway.server.callers import BadKey, Callers, KnownCaller


def test_a_secret_may_hold_points_and_only_the_first_ends_the_name() -> None:
    digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"  # of "test"
    who = Caller("a", frozenset({Scope.BALANCES_READ}))
    callers = Callers({"a": KnownCaller(who, digest)}, frozenset())
    assert callers.identify("Bearer a.test") is who
    for wrong in ("Bearer a.test.", "Bearer a..test", "Bearer a.b.test"):
        with pytest.raises(BadKey):
            callers.identify(wrong)
    assert callers.identify(None) == Caller(None, frozenset())


def test_the_digest_of_nobody_opens_nothing_for_nobody() -> None:
    callers = Callers({}, frozenset({Scope.BALANCES_READ}))
    for wrong in ("Bearer .", "Bearer x.", "Bearer " + "0" * 64):
        with pytest.raises(BadKey):
            callers.identify(wrong)
