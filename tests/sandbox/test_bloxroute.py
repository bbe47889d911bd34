"""bloXroute's trader as its Go gateway speaks: doubles, gRPC codes, credits by the minute."""

from collections.abc import AsyncIterator
from decimal import Decimal

import aiohttp
import pytest

from gateway.sandbox import addresses, open_sandbox
from tests.sandbox.caller import Caller, Clock

BALANCE = f"/api/v2/balance?ownerAddress={addresses.OWNER}"


def without_spaces(text: str) -> str:
    return "".join(text.split())


async def test_the_rows_are_canonical_and_their_numbers_printed_by_go(caller: Caller) -> None:
    heard = await caller.get("bloxroute", BALANCE)
    assert without_spaces(heard.text).startswith(
        '{"tokens":[{"symbol":"SRM","tokenMint":"SRMuApVNdxXokk5GT7XD5cUUgXMBCoAz2LHeuAoKWRt",'
        '"settledAmount":0,"unsettledAmount":0,"openOrdersAmount":0},'
        '{"symbol":"SOL","tokenMint":"So11111111111111111111111111111111111111112",'
        '"settledAmount":3.435929722,"unsettledAmount":0,"openOrdersAmount":0},'
        '{"symbol":"","tokenMint":"5xyucW429fmKFNh1UoEH7qtDo38dPPB3ztUuiqjWq3R","settledAmount":1e-9,'
    )
    assert '"settledAmount":1e+21' in without_spaces(heard.text)
    assert '"settledAmount":1250.25,"unsettledAmount":12.5,"openOrdersAmount":0.000001' in without_spaces(heard.text)


async def test_both_paths_give_the_same(caller: Caller) -> None:
    older = await caller.get("bloxroute", f"/api/v1/account/balance?ownerAddress={addresses.OWNER}")
    assert older.tree == (await caller.get("bloxroute", BALANCE)).tree


async def test_the_spaces_between_tokens_differ_from_call_to_call(caller: Caller) -> None:
    bodies = [(await caller.get("bloxroute", BALANCE)).text for _ in range(20)]
    assert len(set(bodies)) > 1
    assert len({without_spaces(body) for body in bodies}) == 1


async def test_a_seed_repeats_the_spaces(session: aiohttp.ClientSession) -> None:
    heard: list[list[str]] = []
    for _ in range(2):
        async with open_sandbox(limits=False, seed=7) as sandbox:
            asking = Caller(sandbox, session)
            heard.append([(await asking.get("bloxroute", BALANCE)).text for _ in range(10)])
    assert heard[0] == heard[1]


@pytest.mark.parametrize(
    ("settled", "printed"),
    [
        ("3", "3"),
        ("2.5e-7", "2.5e-7"),
        ("0.000001", "0.000001"),
        ("123456789012345678901", "123456789012345680000"),
        ("18446744073709551615", "18446744073709552000"),
        ("-1.25", "-1.25"),
        ("NaN", '"NaN"'),
        ("Infinity", '"Infinity"'),
        ("-Infinity", '"-Infinity"'),
    ],
)
async def test_any_double_is_printed_as_go_prints_it(caller: Caller, settled: str, printed: str) -> None:
    change = {"owner": addresses.OWNER_OF_MANY, "mint": addresses.USDC_MINT, "settled": settled}
    await caller.order("bloxroute", balance=change)
    heard = await caller.get("bloxroute", f"/api/v2/balance?ownerAddress={addresses.OWNER_OF_MANY}")
    assert f'"symbol":"USDC","tokenMint":"{addresses.USDC_MINT}","settledAmount":{printed},' in without_spaces(
        heard.text
    )


async def test_an_unknown_owner_holds_no_tokens(caller: Caller) -> None:
    heard = await caller.get("bloxroute", f"/api/v2/balance?ownerAddress={addresses.NEVER_CREATED}")
    assert (heard.status, heard.tree) == (200, {"tokens": []})


@pytest.mark.parametrize(
    ("spelling", "mint", "settled", "unsettled", "open_orders"),
    [
        ("docs", "token_mint", '"settled_amount":0.0', '"unsettled_amount":0.0', '"open_orders_amount":0.0'),
        ("legacy", "token_mint", '"settled_amount":"0.0"', '"unsettled_amount":"0.0"', '"open_orders_amount":0.0'),
        ("sdk", "address", '"walletAmount":0', '"unsettledAmount":0', '"openOrdersAmount":0'),
        ("table", "tokenMin", '"settledAmount":0', '"unsettledAmount":0', '"openOrderAmount":0'),
    ],
)
async def test_other_spellings_can_be_had(
    caller: Caller, spelling: str, mint: str, settled: str, unsettled: str, open_orders: str
) -> None:
    await caller.order("bloxroute", mode={"spelling": spelling})
    heard = await caller.get("bloxroute", BALANCE)
    row = f'{{"symbol":"SRM","{mint}":"{addresses.SERUM_MINT}",{settled},{unsettled},{open_orders}}}'
    assert row in without_spaces(heard.text)
    assert len(heard.tree["tokens"]) == 5


async def test_no_authorization_is_unauthenticated_and_says_so_in_a_header(caller: Caller) -> None:
    heard = await caller.get("bloxroute", BALANCE, headers={})
    assert heard.status == 401
    assert heard.tree == {"code": 16, "message": "authorization header is missing", "details": []}
    assert heard.headers["Www-Authenticate"] == "authorization header is missing"


async def test_the_authorization_is_the_raw_value(caller: Caller) -> None:
    wrong = {"Authorization": "Bearer sandbox-bloxroute-authorization"}
    heard = await caller.get("bloxroute", BALANCE, headers=wrong)
    assert (heard.status, heard.tree["code"]) == (401, 16)


@pytest.mark.parametrize(
    "query", [f"?ownerAddress={addresses.OWNER}&ownerAddress={addresses.OWNER}", "", "?ownerAddress=abc"]
)
async def test_a_bad_owner_is_an_invalid_argument(caller: Caller, query: str) -> None:
    heard = await caller.get("bloxroute", f"/api/v2/balance{query}")
    assert (heard.status, heard.tree["code"], heard.tree["details"]) == (400, 3, [])


async def test_unknown_query_keys_are_ignored(caller: Caller) -> None:
    assert (await caller.get("bloxroute", f"{BALANCE}&colour=blue")).status == 200


async def test_a_wrong_verb_is_unimplemented_and_a_wrong_path_not_found(caller: Caller) -> None:
    posted = await caller.ask("POST", "bloxroute", BALANCE)
    assert (posted.status, posted.tree) == (501, {"code": 12, "message": "Method Not Allowed", "details": []})
    lost = await caller.get("bloxroute", "/api/v3/balance")
    assert (lost.status, lost.tree) == (404, {"code": 5, "message": "Not Found", "details": []})


@pytest.fixture
async def limited(session: aiohttp.ClientSession) -> AsyncIterator[tuple[Caller, Clock]]:
    clock = Clock(1_767_225_659)  # the last second of a minute
    async with open_sandbox(clock=clock) as sandbox:
        yield Caller(sandbox, session), clock


async def test_credits_come_back_with_the_wall_clock_minute(limited: tuple[Caller, Clock]) -> None:
    caller, clock = limited
    for _ in range(60):
        assert (await caller.get("bloxroute", BALANCE)).status == 200
    refused = await caller.get("bloxroute", BALANCE)
    assert (refused.status, refused.tree["code"]) == (429, 8)
    assert "Retry-After" not in refused.headers
    clock.now += 1
    assert (await caller.get("bloxroute", BALANCE)).status == 200


async def test_the_rate_limit_counts_in_strings(limited: tuple[Caller, Clock]) -> None:
    caller, _ = limited
    for _ in range(61):
        await caller.get("bloxroute", BALANCE)
    assert (await caller.get("bloxroute", "/api/v2/rate-limit")).tree == {
        "accountID": "acct-sandbox",
        "tier": "Introductory",
        "interval": "minute",
        "intervalNum": "1",
        "limit": "60",
        "count": "61",
        "reset": "1767225660",
        "streamInfos": [],
    }


async def test_a_limit_can_be_said_in_plain_text(limited: tuple[Caller, Clock]) -> None:
    caller, _ = limited
    await caller.order("bloxroute", mode={"errors": "text"})
    for _ in range(60):
        await caller.get("bloxroute", BALANCE)
    refused = await caller.get("bloxroute", BALANCE)
    assert (refused.status, refused.media) == (429, "text/plain; charset=utf-8")


async def test_a_changed_balance_shows_unsettled_and_open_orders(caller: Caller) -> None:
    change = {"owner": addresses.OWNER, "mint": addresses.SERUM_MINT, "settled": "1.5"}
    await caller.order("bloxroute", balance={**change, "unsettled": "0.25", "openOrders": "2"})
    (row,) = [
        row
        for row in (await caller.get("bloxroute", BALANCE)).tree["tokens"]
        if row["tokenMint"] == addresses.SERUM_MINT
    ]
    assert row["symbol"] == "SRM"
    assert (row["settledAmount"], row["unsettledAmount"]) == (Decimal("1.5"), Decimal("0.25"))
    assert row["openOrdersAmount"] == 2
