"""Where a Solana vendor wants its key: raw in a header, in the query, or nowhere."""

import pytest

from gateway.app import read_settings
from gateway.config import BadSettings
from gateway.domain.sources import TokenAccountByAddress
from tests.providers.asking import SECRET, open_asking, problem_of, settle
from tests.providers.node import ACCOUNT, Node, accounts, key
from tests.providers.recorded import Told, always

URL, KEY, AUTH = "GATEWAY_SOLANA__URL", "GATEWAY_SOLANA__API_KEY", "GATEWAY_SOLANA__AUTH"


@pytest.mark.parametrize(
    ("environ", "header", "query"),
    [
        ({}, SECRET, {}),
        ({AUTH: "header"}, SECRET, {}),
        ({AUTH: "query"}, None, {"api_key": SECRET}),
        ({AUTH: "none"}, None, {}),
        ({KEY: None}, None, {}),
        ({KEY: None, AUTH: "none"}, None, {}),
        ({KEY: ""}, None, {}),
    ],
)
async def test_the_key_goes_where_the_settings_say_and_nowhere_else(
    environ: dict[str, str | None], header: str | None, query: dict[str, str]
) -> None:
    async with open_asking(TokenAccountByAddress, Node(getMultipleAccounts=accounts(None)), **environ) as opened:
        source, recorded = opened
        await settle(source, [key(ACCOUNT)])
        (asked,) = recorded.asked
    assert (asked.method, asked.path, asked.headers["Content-Type"]) == ("POST", "/", "application/json")
    assert (asked.headers.get("Authorization"), asked.query) == (header, query)
    assert SECRET.encode() not in asked.body


async def test_a_key_that_stands_in_the_url_already_stays_there() -> None:
    node = Node(getMultipleAccounts=accounts(None))
    async with open_asking(TokenAccountByAddress, node, **{KEY: None}) as (_, recorded):
        url = f"{recorded.url}/v1/node?api-key=theirs"
        async with open_asking(TokenAccountByAddress, node, **{KEY: SECRET, AUTH: "query", URL: url}) as (source, _):
            await settle(source, [key(ACCOUNT)])
        (asked,) = recorded.asked
    assert (asked.path, asked.query) == ("/v1/node", {"api-key": "theirs", "api_key": SECRET})


@pytest.mark.parametrize("auth", ["header", "query", "none"])
async def test_a_key_is_in_no_error_wherever_it_was_sent(auth: str) -> None:
    error = await problem_of(TokenAccountByAddress, key(ACCOUNT), always(Told(SECRET.encode(), 401)), **{AUTH: auth})
    assert SECRET not in f"{error} {error!r} {error.detail} {error.message}"


@pytest.mark.parametrize("auth", ["header", "query"])
@pytest.mark.parametrize("given", [{}, {KEY: ""}])
def test_a_place_for_a_key_without_a_key_stops_the_start(auth: str, given: dict[str, str]) -> None:
    with pytest.raises(BadSettings, match="wants an api_key"):
        read_settings({AUTH: auth, **given})
