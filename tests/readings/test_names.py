"""Names tell everything an answer depends on, and nothing of a credential."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.address import Address
from gateway.domain.exchange import Fingerprints
from gateway.domain.provider import Provider
from gateway.domain.token import AccountKey, Commitment
from gateway.readings.name import Names
from gateway.sandbox.addresses import DOCUMENTED_HOLDER, OWNER, RUNES_HOLDER, TOKEN_ACCOUNT
from tests.readings.told import terms

SECRETS = st.text(st.characters(codec="utf-8"), min_size=8)
FINGERPRINTS = Fingerprints()
name_of = Names(FINGERPRINTS).of
KEYS: list[object] = [
    "840123:17",
    "1:0",
    Address.parse(RUNES_HOLDER),
    Address.parse(DOCUMENTED_HOLDER),
    Address.parse(OWNER),
    *(AccountKey(Address.parse(text), commitment) for text in (OWNER, TOKEN_ACCOUNT) for commitment in Commitment),
    FINGERPRINTS.credential("first-secret"),
    FINGERPRINTS.credential("second-secret"),
]


def test_different_keys_never_share_a_name() -> None:
    assert len({name_of(terms(), key) for key in KEYS}) == len(KEYS)


@pytest.mark.parametrize("key", KEYS, ids=lambda key: type(key).__name__)
def test_the_same_key_has_another_name_for_each_provider_capability_and_network(key: object) -> None:
    plain = terms()
    others = [
        replace(plain, provider=Provider.BLOXROUTE),
        replace(plain, capability="others_by_key"),
        replace(plain, scope="testnet4"),
    ]
    assert len({name_of(each, key) for each in (plain, *others)}) == 4
    assert name_of(replace(plain, fresh_for=1, max_keys=1), key) == name_of(plain, key)


@given(mine=SECRETS, yours=SECRETS)
def test_two_credentials_share_a_name_only_when_they_are_the_same(mine: str, yours: str) -> None:
    of = FINGERPRINTS.credential
    assert (name_of(terms(), of(mine)) == name_of(terms(), of(yours))) is (mine == yours)


@given(secret=SECRETS)
def test_a_credentials_name_does_not_hold_it_and_means_nothing_to_who_has_another_secret(secret: str) -> None:
    name = name_of(terms(), FINGERPRINTS.credential(secret))
    assert secret not in name
    other = Fingerprints()
    assert Names(other).of(terms(), other.credential(secret)) != name


@pytest.mark.parametrize("key", KEYS, ids=lambda key: type(key).__name__)
def test_no_key_can_be_read_out_of_its_name_and_only_replicas_with_one_secret_agree_on_it(key: object) -> None:
    text = getattr(getattr(key, "address", key), "text", key)
    assert str(text) not in name_of(terms(), key)
    one, same, other = (Names(Fingerprints(secret)) for secret in ("a" * 32, "a" * 32, "b" * 32))
    assert one.of(terms(), key) == same.of(terms(), key) != other.of(terms(), key)


def test_a_key_of_an_unknown_kind_is_refused_rather_than_named_by_chance() -> None:
    with pytest.raises(TypeError, match="a key of kind int has no name"):
        name_of(terms(), 42)
