"""Settings that will not do: each is named with what it wants, all at once, and no value is repeated."""

from pathlib import Path

import pytest

from gateway.app import read_settings
from tests.config.reading import DIGEST, refusal

SECRET = "swordfish"


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("GATEWAY_PRT", "GATEWAY_PORT"),
        ("GATEWAY_XVERSE_API_KEY", "GATEWAY_XVERSE__API_KEY"),
        ("GATEWAY_XVERSE__APIKEY", "GATEWAY_XVERSE__API_KEY"),
        ("GATEWAY_SOLANA__AUHT", "GATEWAY_SOLANA__AUTH"),
        ("gateway_hots", "GATEWAY_HOST"),
        ("GATEWAY_REQUEST_TIMEOUTS", "GATEWAY_REQUEST_TIMEOUT"),
    ],
)
def test_an_unknown_variable_is_refused_by_name_with_the_one_that_is_meant(name: str, near: str) -> None:
    assert refusal({name: SECRET}) == [f"{name}: no such setting; {near} is meant, perhaps"]


@pytest.mark.parametrize("name", ["GATEWAY_QUUX", "GATEWAY_", "GATEWAY_CALLERS", "GATEWAY_CALLERS__ANN__PASSWORD"])
def test_an_unknown_variable_that_is_like_no_other_is_refused_by_name(name: str) -> None:
    (line,) = refusal({name: SECRET})
    assert line.startswith(f"{name}: no such setting")


BAD_VALUES = [
    ("GATEWAY_PORT", "swordfish", "the port to listen on"),
    ("GATEWAY_PORT", "-1", "greater than or equal to 0"),
    ("GATEWAY_PORT", "65536", "less than or equal to 65535"),
    ("GATEWAY_REQUEST_TIMEOUT", "0", "seconds that a request may take"),
    ("GATEWAY_REQUEST_TIMEOUT", "61", "seconds that a request may take"),
    ("GATEWAY_REQUEST_TIMEOUT", "nan", "seconds that a request may take"),
    ("GATEWAY_REQUEST_TIMEOUT", "swordfish", "seconds that a request may take"),
    ("GATEWAY_XVERSE__URL", "swordfish", "hosts to ask"),
    ("GATEWAY_XVERSE__URL", "ftp://swordfish", "'http' or 'https'"),
    # What would be sent as Authorization, where something else is sent as that already.
    ("GATEWAY_BLOXROUTE__URL", "https://ann:swordfish@example.com", "provider's own credential"),
    ("GATEWAY_BLOXROUTE__URL", "https://example.com,https://swordfish@example.com", "provider's own credential"),
    ("GATEWAY_SFOX__URL", "https://:swordfish@example.com", "provider's own credential"),
    ("GATEWAY_XVERSE__URL", "https://ann:swordfish%E2%82%AC@example.com", "a letter that no header can"),
    ("GATEWAY_XVERSE__NETWORK", "swordfish", "mainnet, testnet4 or signet"),
    ("GATEWAY_XVERSE__V2", "swordfish", "ask v2"),
    ("GATEWAY_XVERSE__FRESH_FOR", "-1", "seconds"),
    ("GATEWAY_SOLANA__AUTH", "swordfish", "header, query or none"),
    ("GATEWAY_CACHE__MAX_ENTRIES", "0", "readings kept in memory"),
    ("GATEWAY_CACHE__KEEP_FOR", "-1", "stand in for a new one"),
    ("GATEWAY_CALLERS__ANN__KEY_SHA256", "swordfish", "hex SHA-256 of the secret part"),
    ("GATEWAY_CALLER_BUDGET", "swordfish", "such as 10000/minute, or none"),
    ("GATEWAY_ANONYMOUS_BUDGET", "0/minute", "such as 10000/minute, or none"),
    ("GATEWAY_ANONYMOUS_SCOPES", "swordfish", "wants a JSON list"),
    ("GATEWAY_ANONYMOUS_SCOPES", '"balances:read"', "what callers without a key may do"),
    ("GATEWAY_CORS_ORIGINS", "https://swordfish.example", 'wants a JSON list, such as ["https://app.example"]'),
    ("GATEWAY_CORS_ORIGINS", '["*"]', "origins whose pages may ask"),
    ("GATEWAY_CORS_ORIGINS", '["null"]', "origins whose pages may ask"),
    ("GATEWAY_CORS_ORIGINS", '["https://swordfish.example/"]', "origins whose pages may ask"),
    ("GATEWAY_CORS_ORIGINS", '["https://Swordfish.example"]', "origins whose pages may ask"),
    ("GATEWAY_CORS_ORIGINS", '["swordfish.example"]', "origins whose pages may ask"),
    ("GATEWAY_ANONYMOUS_SCOPES", '["exchange:read"]', "only by a caller with a key of its own"),
]

ISSUER = {
    "GATEWAY_JWT__ISSUER": "https://issuer.test/",
    "GATEWAY_JWT__AUDIENCE": "gateway",
    "GATEWAY_JWT__JWKS_URL": "https://issuer.test/jwks.json",
}


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("GATEWAY_JWT__ALGORITHMS", "HS256", "EdDSA"),
        ("GATEWAY_JWT__ALGORITHMS", "none", "EdDSA"),
        ("GATEWAY_JWT__ALGORITHMS", "RS256,swordfish", "EdDSA"),
        ("GATEWAY_JWT__LEEWAY", "301", "less than or equal to 300"),
        ("GATEWAY_JWT__LEEWAY", "-1", "seconds"),
        ("GATEWAY_JWT__FRESH_FOR", "0", "read again"),
        ("GATEWAY_JWT__KEEP_FOR", "-1", "cannot be read"),
        ("GATEWAY_JWT__JWKS_URL", "http://issuer.test/jwks.json", "https, or http on loopback"),
        ("GATEWAY_JWT__JWKS_URL", "http://192.0.2.1/", "whoever sits between"),
        ("GATEWAY_JWT__JWKS_URL", "http://127.0.0.1.issuer.test/", "whoever sits between"),
        ("GATEWAY_JWT__JWKS_URL", "http://localhost.issuer.test/", "whoever sits between"),
        ("GATEWAY_JWT__JWKS_URL", "ftp://127.0.0.1/swordfish", "'http' or 'https'"),
        ("GATEWAY_JWT__JWKS_URL", "file:///swordfish", "'http' or 'https'"),
        ("GATEWAY_JWT__JWKS_URL", "https://swordfish@issuer.test/", "holds a credential"),
    ],
)
def test_an_issuer_that_will_not_do_is_told_by_the_setting(name: str, value: str, wanted: str) -> None:
    (line,) = {line.partition(" (")[0]: line for line in refusal({**ISSUER, name: value})}.values()
    assert line.startswith(f"{name}: ")
    assert wanted in line
    assert SECRET not in line


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://127.9.9.9/", "http://[::1]:1/", "http://localhost:1/"])
def test_an_issuer_on_loopback_may_speak_plainly(url: str) -> None:
    assert read_settings({**ISSUER, "GATEWAY_JWT__JWKS_URL": url}).jwt.issuer == ISSUER["GATEWAY_JWT__ISSUER"]


@pytest.mark.parametrize("missing", ISSUER)
def test_an_issuer_is_told_whole_or_not_at_all(missing: str) -> None:
    (line,) = refusal({name: value for name, value in ISSUER.items() if name != missing})
    short = missing.removeprefix("GATEWAY_JWT__").lower()
    assert line == f"GATEWAY_JWT: issuer, audience and jwks_url belong together; missing: {short}"


def test_a_second_key_needs_a_first() -> None:
    (line,) = refusal({"GATEWAY_CALLERS__ANN__NEXT_KEY_SHA256": DIGEST})
    assert line.startswith("GATEWAY_CALLERS__ANN__KEY_SHA256: Field required")


@pytest.mark.parametrize(("name", "value", "wanted"), BAD_VALUES)
def test_a_value_that_will_not_do_names_its_setting_and_what_it_wants(name: str, value: str, wanted: str) -> None:
    (line,) = refusal({name: value})
    assert line.startswith(f"{name}: ")
    assert wanted in line
    assert SECRET not in line


def test_a_nodes_url_and_its_key_are_not_both_sent_as_authorization() -> None:
    given = {"GATEWAY_SOLANA__URL": "https://ann:swordfish@example.com", "GATEWAY_SOLANA__API_KEY": "swordfish"}
    told = "GATEWAY_SOLANA: url holds a name or a password, which would take the place of api_key in the header"
    assert refusal(given) == refusal({**given, "GATEWAY_SOLANA__AUTH": "header"}) == [told]
    for auth in ("query", "none"):
        read_settings({**given, "GATEWAY_SOLANA__AUTH": auth})
    read_settings({"GATEWAY_SOLANA__URL": given["GATEWAY_SOLANA__URL"]})


@pytest.mark.parametrize("scopes", ["balances:read", "[", '["balances:write"]', '["swordfish"]'])
def test_a_callers_scopes_are_a_json_list_of_known_ones(scopes: str) -> None:
    environ = {"GATEWAY_CALLERS__ANN__KEY_SHA256": DIGEST, "GATEWAY_CALLERS__ANN__SCOPES": scopes}
    (line,) = refusal(environ)
    assert line.startswith("GATEWAY_CALLERS__ANN__SCOPES")
    assert "balances:read" in line
    assert SECRET not in line


def test_a_caller_without_a_key_is_refused() -> None:
    (line,) = refusal({"GATEWAY_CALLERS__ANN__SFOX_TOKEN": SECRET})
    assert line.startswith("GATEWAY_CALLERS__ANN__KEY_SHA256: Field required")


@pytest.mark.parametrize("name", ["-ann", "a b", "a.b", "ä", "x" * 64])
def test_a_callers_name_has_letters_that_a_key_can_carry(name: str) -> None:
    (line,) = refusal({f"GATEWAY_CALLERS__{name.upper()}__KEY_SHA256": DIGEST})
    assert line.startswith("GATEWAY_CALLERS__")


@pytest.mark.parametrize("auth", ["header", "query"])
def test_a_way_to_send_a_key_is_refused_where_there_is_no_key(auth: str) -> None:
    (line,) = refusal({"GATEWAY_SOLANA__AUTH": auth})
    assert line.startswith("GATEWAY_SOLANA")
    assert "api_key" in line
    # With a key, or where none is to be sent, it will do.
    read_settings({"GATEWAY_SOLANA__AUTH": auth, "GATEWAY_SOLANA__API_KEY": SECRET})
    read_settings({"GATEWAY_SOLANA__AUTH": "none"})


def test_many_bad_settings_are_told_together() -> None:
    lines = refusal(
        {
            "GATEWAY_PORT": "x",
            "GATEWAY_REQUEST_TIMEOUT": "-1",
            "GATEWAY_XVERSE__URL": SECRET,
            "GATEWAY_CALLERS__ANN__KEY_SHA256": SECRET,
        }
    )
    assert [line.partition(":")[0] for line in lines] == [
        "GATEWAY_PORT",
        "GATEWAY_REQUEST_TIMEOUT",
        "GATEWAY_CALLERS__ANN__KEY_SHA256",
        "GATEWAY_XVERSE__URL",
    ]
    unknown = refusal({"GATEWAY_B": "1", "GATEWAY_A": "2"})
    assert [line.partition(":")[0] for line in unknown] == ["GATEWAY_A", "GATEWAY_B"]


def test_a_bad_file_of_settings_is_refused_by_the_names_in_it(tmp_path: Path) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(
        f'port = "x"\nhots = "{SECRET}"\n[xverse]\nnope = "{SECRET}"\n[callers.Ann]\nkey_sha256 = "{DIGEST}"\n'
    )
    lines = refusal({}, path)
    assert {line.partition(":")[0] for line in lines} == {
        "GATEWAY_PORT",
        "GATEWAY_HOTS",
        "GATEWAY_XVERSE__NOPE",
        "GATEWAY_CALLERS__ANN",
    }
    assert not any(SECRET in line for line in lines)


@pytest.mark.parametrize("text", ["port =", "[xverse", "port = 1\nport = 2"])
def test_a_file_that_is_no_toml_is_refused_by_its_path(text: str, tmp_path: Path) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(text)
    (line,) = refusal({}, path)
    assert line.startswith(f"{path}: wants TOML")


@pytest.mark.parametrize("text", [f'xverse = "{SECRET}"', f'[callers]\nann = "{SECRET}"', f'callers = "{SECRET}"'])
def test_a_section_that_is_no_table_is_refused_without_repeating_it(text: str, tmp_path: Path) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(text)
    (line,) = refusal({}, path)
    assert line.startswith(("GATEWAY_XVERSE: ", "GATEWAY_CALLERS"))
    assert SECRET not in line


def test_settings_never_print_their_secrets() -> None:
    settings = read_settings(
        {
            "GATEWAY_XVERSE__API_KEY": SECRET,
            "GATEWAY_SOLANA__API_KEY": SECRET,
            "GATEWAY_BLOXROUTE__AUTHORIZATION": SECRET,
            "GATEWAY_CALLERS__ANN__KEY_SHA256": DIGEST,
            "GATEWAY_CALLERS__ANN__SFOX_TOKEN": SECRET,
        }
    )
    assert SECRET not in repr(settings)
    assert SECRET not in str(settings)
    assert SECRET not in settings.model_dump_json()


@pytest.mark.parametrize(
    "name",
    [
        "GATEWAY_XVERSE__API_KEY",
        "GATEWAY_SOLANA__API_KEY",
        "GATEWAY_BLOXROUTE__AUTHORIZATION",
        "GATEWAY_CALLERS__ANN__SFOX_TOKEN",
    ],
)
@pytest.mark.parametrize("wrong", ["\n", "\r", "\0", "\x7f", "\u00e9"])
def test_a_secret_that_no_header_can_hold_is_refused_and_not_shown(name: str, wrong: str) -> None:
    digest = {"GATEWAY_CALLERS__ANN__KEY_SHA256": "0" * 64} if "CALLERS" in name else {}
    (line,) = refusal({name: f"{SECRET}{wrong}{SECRET}", **digest})
    assert line.startswith(f"{name}: holds what no header can")


def test_a_budget_that_buys_no_call_is_refused() -> None:
    (line,) = refusal({"GATEWAY_BLOXROUTE__BUDGET": "3/minute", "GATEWAY_BLOXROUTE__COST": "5"})
    assert line.startswith("GATEWAY_BLOXROUTE: the budget is less than what one call costs")
