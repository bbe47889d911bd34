"""The canaries are in every setting that may hold a secret, and a new setting cannot be left out unseen."""

import base64
from hashlib import sha256

import pytest
from pydantic import BaseModel, SecretStr, create_model

from gateway.app import read_settings
from gateway.config import Settings
from tests.secrets.canaries import canaries
from tests.secrets.enumeration import Kind, Unknown, all_settings

KNOWN = {
    "GATEWAY_XVERSE__API_KEY": Kind.SECRET,
    "GATEWAY_XVERSE__URL": Kind.URL,
    "GATEWAY_SOLANA__API_KEY": Kind.SECRET,
    "GATEWAY_SOLANA__URL": Kind.URL,
    "GATEWAY_BLOXROUTE__AUTHORIZATION": Kind.SECRET,
    "GATEWAY_BLOXROUTE__URL": Kind.URL,
    "GATEWAY_SFOX__URL": Kind.URL,
    "GATEWAY_CALLERS__CANARY__KEY_SHA256": Kind.TEXT,
    "GATEWAY_CALLERS__CANARY__SFOX_TOKEN": Kind.SECRET,
    "GATEWAY_CALLERS__CANARY__SCOPES": Kind.HARMLESS,
    "GATEWAY_PORT": Kind.HARMLESS,
}


def test_the_settings_are_found_and_told_apart() -> None:
    found = {setting.name: setting.kind for setting in all_settings()}
    assert {name: found.get(name) for name in KNOWN} == KNOWN


def test_every_setting_that_may_hold_a_secret_takes_its_canary() -> None:
    made = canaries()
    # Where this fails for a new setting: give it a row among the shapes in tests/secrets/canaries.py.
    settings = read_settings(made.environ)
    held = _dumped(settings)
    assert set(made.environ) == {setting.name for setting in all_settings() if setting.kind is not Kind.HARMLESS}
    for name in made.environ:
        assert all(canary in held for canary in made.by_name[name]), f"the canary of {name} got lost"


def test_settings_print_no_canary() -> None:
    made = canaries()
    settings = read_settings(made.environ)
    hidden = [setting.name for setting in all_settings() if setting.kind in (Kind.SECRET, Kind.URL)]
    assert not set(made.seen_in(f"{settings!r} {settings}")) & set(hidden)


def _dumped(settings: Settings) -> str:
    """Write out all settings, with what is secret in them."""

    def opened(value: object) -> str:
        if isinstance(value, SecretStr):
            return value.get_secret_value()
        if isinstance(value, BaseModel):
            return " ".join(opened(getattr(value, name)) for name in type(value).model_fields)
        if isinstance(value, dict):
            return " ".join(map(opened, value.values()))
        if isinstance(value, list | tuple | set | frozenset):
            return " ".join(map(opened, value))
        return str(value)

    return opened(settings)


def test_a_new_secret_gets_a_canary_by_itself_and_free_text_is_taken_for_one() -> None:
    inner = create_model("Inner", password=(SecretStr | None, None), note=(str, ""))
    model = create_model("Model", section=(inner, ...), word=(list[str], ...), key=(bytes | None, None))
    assert {setting.name: setting.kind for setting in all_settings(model)} == {
        "GATEWAY_SECTION__PASSWORD": Kind.SECRET,
        "GATEWAY_SECTION__NOTE": Kind.TEXT,
        "GATEWAY_WORD": Kind.TEXT,
        "GATEWAY_KEY": Kind.TEXT,
    }


def test_a_setting_of_an_unknown_type_is_refused_by_name() -> None:
    model = create_model("Model", ratio=(complex | None, ...))
    with pytest.raises(Unknown, match="GATEWAY_RATIO"):
        all_settings(model)


def test_a_canary_is_known_again_in_each_of_its_forms() -> None:
    made = canaries()
    name = "GATEWAY_XVERSE__API_KEY"
    (canary,) = made.by_name[name]

    for text in (
        f"…{canary}…",
        *(base64.b64encode(f"{'u' * shift}:{canary}.".encode()).decode() for shift in range(4)),
        sha256(canary.encode()).hexdigest(),
    ):
        assert made.seen_in(text) == [name]
