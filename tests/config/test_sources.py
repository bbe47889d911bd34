"""Where settings come from: the environment, files of secrets and a TOML file, in this order."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from gateway.app import read_settings
from gateway.config import Settings
from gateway.domain.caller import Allowance, Scope
from tests.config.reading import DIGEST, refusal

Read = Callable[[Any], object]


def _opened(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


def _urls(section: Any) -> list[str]:
    return [str(url) for url in section.url]


# Every name that operators rely on: the variable, its place in TOML, a value, and what is read.
NAMES: list[tuple[str, str, str, Read, object]] = [
    ("GATEWAY_HOST", "host = {}", "0.0.0.0", lambda s: s.host, "0.0.0.0"),  # noqa: S104 - read, not listened on
    ("GATEWAY_PORT", "port = {}", "9000", lambda s: s.port, 9000),
    ("GATEWAY_REQUEST_TIMEOUT", "request_timeout = {}", "2.5", lambda s: s.request_timeout, 2.5),
    ("GATEWAY_XVERSE__URL", "[xverse]\nurl = {}", "http://x.test", lambda s: _urls(s.xverse), ["http://x.test/"]),
    ("GATEWAY_XVERSE__API_KEY", "[xverse]\napi_key = {}", "xk", lambda s: _opened(s.xverse.api_key), "xk"),
    ("GATEWAY_XVERSE__V2", "[xverse]\nv2 = {}", "false", lambda s: s.xverse.v2, False),
    ("GATEWAY_XVERSE__NETWORK", "[xverse]\nnetwork = {}", "signet", lambda s: s.xverse.network, "signet"),
    ("GATEWAY_SOLANA__URL", "[solana]\nurl = {}", "http://s.test", lambda s: _urls(s.solana), ["http://s.test/"]),
    ("GATEWAY_SOLANA__API_KEY", "[solana]\napi_key = {}", "sk", lambda s: _opened(s.solana.api_key), "sk"),
    ("GATEWAY_SOLANA__AUTH", "[solana]\nauth = {}", "none", lambda s: s.solana.auth, "none"),
    (
        "GATEWAY_BLOXROUTE__URL",
        "[bloxroute]\nurl = {}",
        "http://b.test",
        lambda s: _urls(s.bloxroute),
        ["http://b.test/"],
    ),
    (
        "GATEWAY_BLOXROUTE__AUTHORIZATION",
        "[bloxroute]\nauthorization = {}",
        "bk",
        lambda s: _opened(s.bloxroute.authorization),
        "bk",
    ),
    ("GATEWAY_SFOX__URL", "[sfox]\nurl = {}", "http://f.test", lambda s: _urls(s.sfox), ["http://f.test/"]),
    ("GATEWAY_CACHE__MAX_ENTRIES", "[cache]\nmax_entries = {}", "7", lambda s: s.cache.max_entries, 7),
    ("GATEWAY_TRAFFIC__OPERATIONS", "[traffic]\noperations = {}", "7", lambda s: s.traffic.operations, 7),
    ("GATEWAY_TRAFFIC__CONNECTIONS", "[traffic]\nconnections = {}", "9", lambda s: s.traffic.connections, 9),
    ("GATEWAY_TRAFFIC__KEEP_ALIVE", "[traffic]\nkeep_alive = {}", "65", lambda s: s.traffic.keep_alive, 65),
    ("GATEWAY_TRAFFIC__DRAIN_FOR", "[traffic]\ndrain_for = {}", "15", lambda s: s.traffic.drain_for, 15),
    ("GATEWAY_CACHE__KEEP_FOR", "[cache]\nkeep_for = {}", "60", lambda s: s.cache.keep_for, 60),
    (
        "GATEWAY_CALLERS__ANN__KEY_SHA256",
        "[callers.ann]\nkey_sha256 = {}",
        DIGEST,
        lambda s: s.callers["ann"].key_sha256,
        DIGEST,
    ),
    ("GATEWAY_CALLER_BUDGET", "caller_budget = {}", "9/minute", lambda s: s.caller_budget, Allowance(9, 60)),
    (
        "GATEWAY_ANONYMOUS_BUDGET",
        "anonymous_budget = {}",
        "9/2 hours",
        lambda s: s.anonymous_budget,
        Allowance(9, 7200),
    ),
    ("GATEWAY_JWT__LEEWAY", "[jwt]\nleeway = {}", "2.5", lambda s: s.jwt.leeway, 2.5),
    ("GATEWAY_JWT__FRESH_FOR", "[jwt]\nfresh_for = {}", "60", lambda s: s.jwt.fresh_for, 60),
    ("GATEWAY_JWT__KEEP_FOR", "[jwt]\nkeep_for = {}", "7", lambda s: s.jwt.keep_for, 7),
    ("GATEWAY_JWT__ACCOUNT_CLAIM", "[jwt]\naccount_claim = {}", "acc", lambda s: s.jwt.account_claim, "acc"),
    (
        "GATEWAY_JWT__ALGORITHMS",
        "[jwt]\nalgorithms = {}",
        "EdDSA, ES256",
        lambda s: s.jwt.algorithms,
        {"EdDSA", "ES256"},
    ),
]
EVERY_NAME = pytest.mark.parametrize(
    ("name", "toml", "value", "read", "expected"), NAMES, ids=[name for name, *_ in NAMES]
)


def _written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "gateway.toml"
    path.write_text(text, encoding="utf-8")
    return path


@EVERY_NAME
def test_a_name_is_read_from_the_environment(name: str, toml: str, value: str, read: Read, expected: object) -> None:
    assert toml
    assert read(read_settings({name: value})) == expected
    assert read(read_settings({name.lower(): value})) == expected


@EVERY_NAME
def test_a_name_is_read_from_a_file_that_the_environment_names(
    name: str, toml: str, value: str, read: Read, expected: object, tmp_path: Path
) -> None:
    assert toml
    path = tmp_path / "secret"
    for end in ("", "\n", "\r\n"):
        path.write_bytes((value + end).encode())
        assert read(read_settings({f"{name}_FILE": str(path)})) == expected


@EVERY_NAME
def test_a_name_is_read_from_toml_and_the_environment_outweighs_it(
    name: str, toml: str, value: str, read: Read, expected: object, tmp_path: Path
) -> None:
    literal = value if value in ("false", "9000", "2.5", "7", "60") else f'"{value}"'
    path = _written(tmp_path, toml.format(literal))
    assert read(read_settings({}, path)) == expected
    # What stands in the file would not even do: it is not looked at where the environment has a value.
    outweighed = _written(tmp_path, toml.format('"\\u0000"'))
    assert read(read_settings({name: value}, outweighed)) == expected


def test_scopes_and_tokens_of_callers_are_read_from_everywhere(tmp_path: Path) -> None:
    environ = {
        "GATEWAY_CALLERS__ANN__KEY_SHA256": DIGEST.upper(),
        "GATEWAY_CALLERS__ANN__SCOPES": '["exchange:read"]',
        "GATEWAY_CALLERS__ANN__SFOX_TOKEN": "token",
    }
    by_environment = read_settings(environ).callers["ann"]
    toml = f'[callers.ann]\nkey_sha256 = "{DIGEST}"\nscopes = ["exchange:read"]\nsfox_token = "token"\n'
    assert read_settings({}, _written(tmp_path, toml)).callers["ann"] == by_environment
    assert by_environment.scopes == {Scope.EXCHANGE_READ}
    assert _opened(by_environment.sfox_token) == "token"


def test_one_caller_may_be_in_the_file_and_another_in_the_environment(tmp_path: Path) -> None:
    path = _written(tmp_path, f'[callers.ann]\nkey_sha256 = "{DIGEST}"\n')
    settings = read_settings(
        {"GATEWAY_CALLERS__BOB__KEY_SHA256": DIGEST, "GATEWAY_CALLERS__ANN__SFOX_TOKEN": "t"}, path
    )
    assert set(settings.callers) == {"ann", "bob"}
    assert settings.callers["ann"].key_sha256 == DIGEST
    assert _opened(settings.callers["ann"].sfox_token) == "t"


def test_names_of_callers_are_lower_case_however_they_are_written() -> None:
    for name in ("ANN", "ann", "Ann"):
        assert set(read_settings({f"GATEWAY_CALLERS__{name}__KEY_SHA256": DIGEST}).callers) == {"ann"}
    assert set(read_settings({"GATEWAY_CALLERS__MY-WEB_APP2__KEY_SHA256": DIGEST}).callers) == {"my-web_app2"}


def test_without_settings_the_vendors_own_hosts_are_asked_and_who_needs_a_key_is_off() -> None:
    settings: Any = read_settings({})
    assert (settings.host, settings.port, settings.request_timeout) == ("127.0.0.1", 8000, 5)
    assert settings.xverse.url is None
    assert _urls(settings.solana) == ["https://public.rpc.solanavibestation.com/"]
    regions = ["https://ny.solana.dex.blxrbdn.com/", "https://uk.solana.dex.blxrbdn.com/"]
    assert _urls(settings.bloxroute) == regions
    assert _urls(settings.sfox) == ["https://api.sfox.com/"]
    assert settings.anonymous_scopes == {Scope.BALANCES_READ}
    assert settings.callers == {}


def test_a_variable_that_is_empty_is_one_that_is_not_given(tmp_path: Path) -> None:
    path = _written(tmp_path, 'host = "::1"\n')
    settings: Any = read_settings({"GATEWAY_HOST": "", "GATEWAY_PORT": "", "GATEWAY_XVERSE__API_KEY": ""}, path)
    assert (settings.host, settings.port, settings.xverse.api_key) == ("::1", 8000, None)


def test_other_programs_variables_are_none_of_the_gateways() -> None:
    assert read_settings({"PORT": "1", "XGATEWAY_PORT": "2", "HOST": "h"}).port == 8000


def test_a_variable_given_twice_is_refused(tmp_path: Path) -> None:
    environ = {"GATEWAY_PORT": "1", "GATEWAY_PORT_FILE": str(_written(tmp_path, "2"))}
    assert refusal(environ) == ["GATEWAY_PORT: given twice, as itself and as GATEWAY_PORT_FILE"]


def test_a_file_that_cannot_be_read_is_named_by_its_variable(tmp_path: Path) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe")
    for path in (tmp_path / "nothing", tmp_path, binary):
        assert refusal({"GATEWAY_XVERSE__API_KEY_FILE": str(path)}) == [
            "GATEWAY_XVERSE__API_KEY_FILE: wants the path of a file that can be read as UTF-8 text"
        ]


def test_a_section_is_given_as_its_own_kind_and_no_other() -> None:
    settings = read_settings({})
    with pytest.raises(TypeError, match="the section xverse is of another kind"):
        settings.section("xverse", Settings)
