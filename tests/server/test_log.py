"""One line for each request, with who asked and how it went, and never what was asked."""

from structlog.testing import capture_logs

from gateway.sandbox.addresses import OWNER, RUNES_HOLDER
from tests.running import DEMO_KEY, Gateway
from tests.server.wire import JSON, get, post

SECRETS = ("sandbox-secret", "sandbox-xverse-key", "sandbox-solana-key", "sandbox-bloxroute", "sandbox-sfox", "Bearer")


def _assert_tells_nothing(lines: object) -> None:
    for secret in (*SECRETS, RUNES_HOLDER, OWNER, "orderBy", "maxDepth", "wrong-secret", "127.0.0.1"):
        assert secret not in repr(lines)


async def test_a_request_is_one_line_that_tells_nothing_of_what_was_asked(gateway: Gateway) -> None:
    query = (
        f'{{ a: account(address: "{RUNES_HOLDER}") {{ runes(orderBy: NAME) {{ outcome }} }} limits {{ maxDepth }} }}'
    )
    with capture_logs() as lines:
        await gateway.ask(query, key=DEMO_KEY)
        await gateway.ask(query)
    assert [(line["event"], line["caller"], line["status"]) for line in lines] == [
        ("http.request", "demo", 200),
        ("http.request", None, 200),
    ]
    assert set(lines[0]) == {"event", "log_level", "method", "path", "status", "milliseconds", "caller"}
    _assert_tells_nothing(lines)


async def test_refusals_have_lines_too(gateway: Gateway) -> None:
    with capture_logs() as lines:
        await post(gateway, b"{}", {**JSON, "Authorization": "Bearer demo.wrong-secret"})
        await post(gateway, b"[]")
        await get(gateway, f"/graphql?query={{account(address:%22{OWNER}%22){{id}}}}")
        await get(gateway, "/nothing")
    assert [(line["method"], line["path"], line["status"]) for line in lines] == [
        ("POST", "/graphql", 401),
        ("POST", "/graphql", 400),
        ("GET", "/graphql", 200),
        ("GET", "/nothing", 404),
    ]
    _assert_tells_nothing(lines)


async def test_trouble_upstream_is_told_without_address_key_or_url(gateway: Gateway) -> None:
    for provider in ("xverse", "solana", "bloxroute", "sfox"):
        await gateway.fail(provider, "401")
    with capture_logs() as lines:
        await gateway.ask(
            f"""{{ a: account(address: "{RUNES_HOLDER}") {{ runes {{ outcome }} }}
                b: account(address: "{OWNER}") {{ tokens {{ outcome }} tokenAccounts {{ outcome }} }}
                exchangeWallets {{ outcome }} }}""",
            key=DEMO_KEY,
        )
    failed = [line for line in lines if line["event"] == "reading.failed"]
    assert {line["provider"] for line in failed} == {"XVERSE", "SOLANA_RPC", "BLOXROUTE", "SFOX"}
    assert {line["code"] for line in failed} == {"UPSTREAM_UNAUTHENTICATED"}
    _assert_tells_nothing(lines)
