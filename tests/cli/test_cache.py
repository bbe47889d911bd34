"""`gateway cache`: what an operator sees of the store that replicas share, and can make it forget."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.sandbox import open_sandbox
from gateway.sandbox.addresses import GENERATED_TOKEN_ACCOUNTS, RUNES_HOLDER, TOKEN_ACCOUNT
from tests.cli.command import Ended, run
from tests.end_to_end.asking import WALLETS
from tests.running import DEMO_KEY, OTHER_KEY, Gateway, environ_over, serving
from tests.stores.engine import Engine
from tests.stores.process import StoreProcess
from tests.stores.until import until

SECRET = "the-replicas-and-the-operator-keep-it"
WALLETS_QUERY = "{ exchangeWallets { outcome provenance { servedFrom } } }"
ACCOUNT_QUERY = """query ($at: Address!, $commitment: Commitment!) {
    tokenAccount(address: $at, commitment: $commitment) { provenance { servedFrom } } }"""


@dataclass(frozen=True, slots=True)
class Operated:
    """A gateway over a store, and the operator's own command beside it."""

    gateway: Gateway
    settings: dict[str, str]

    async def cache(self, *arguments: str, **settings: str) -> Ended:
        return await run("cache", *arguments, **(self.settings | settings))

    async def wallets_from(self, key: str) -> str:
        reading = (await self.gateway.ask(WALLETS_QUERY, key=key)).data["exchangeWallets"]
        served_from: str = reading["provenance"]["servedFrom"]
        return served_from

    async def account_from(self, commitment: str = "FINALIZED", at: str = TOKEN_ACCOUNT) -> str:
        asked = await self.gateway.ask(ACCOUNT_QUERY, {"at": at, "commitment": commitment})
        served_from: str = asked.data["tokenAccount"]["provenance"]["servedFrom"]
        return served_from


@pytest.fixture(params=[Engine.VALKEY])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Give one engine: what the commands say is the same of both."""
    given: Engine = request.param
    assert given.program
    return given


@pytest.fixture
async def operated(store: StoreProcess) -> AsyncIterator[Operated]:
    fresh = {f"GATEWAY_{provider}__FRESH_FOR": "600" for provider in ("XVERSE", "SOLANA", "SFOX")}
    more = {"GATEWAY_CACHE__URL": store.url, "GATEWAY_CACHE__SECRET": SECRET, **fresh}
    async with open_sandbox(limits=False) as sandbox, serving(sandbox, clock=None, **more) as gateway:
        yield Operated(gateway, environ_over(sandbox, **more))


def _rows(told: Ended) -> dict[str, list[str]]:
    """Give the table's rows by their first word."""
    assert (told.code, told.err) == (0, "")
    return {line.split()[0]: line.split()[1:] for line in told.out.splitlines() if line}


async def test_stats_tell_what_is_kept_and_how_often_it_was_of_use(operated: Operated) -> None:
    for at in GENERATED_TOKEN_ACCOUNTS[:3]:
        await operated.account_from(at=at)
    for _ in range(3):
        await operated.account_from(at=GENERATED_TOKEN_ACCOUNTS[0])
    await operated.wallets_from(DEMO_KEY)
    rows: dict[str, list[str]] = {}

    async def is_counted() -> bool:
        rows.update(_rows(await operated.cache("stats")))
        return rows.get("token_account_by_address", [])[2:3] == ["3"] and "wallets_by_credential" in rows

    await until(is_counted, within=30)
    assert list(rows) == ["CAPABILITY", "token_account_by_address", "wallets_by_credential", "1"]
    assert rows["CAPABILITY"] == ["READINGS", "BYTES", "HIT", "STALE", "MISS", "REFRESH", "HIT", "RATE"]
    readings, size, *found = rows["token_account_by_address"]
    assert (readings, found) == ("3", ["3", "0", "3", "0", "50", "%"])
    assert int(size) > 100
    assert rows["wallets_by_credential"][2:] == ["0", "0", "1", "0", "0", "%"]
    assert rows["1"] == ["replica", "alive."]


async def test_stats_of_a_store_in_which_nothing_is_are_a_table_of_nothing(store: StoreProcess) -> None:
    told = await run("cache", "stats", GATEWAY_CACHE__URL=store.url, GATEWAY_CACHE__SECRET=SECRET)
    assert list(_rows(told)) == ["CAPABILITY", "0"]
    assert told.out.endswith("\n0 replicas alive.\n")
    # Who only looks leaves nothing there.
    assert await store.keys() == set()


async def test_an_address_is_forgotten_in_the_store_and_in_the_replicas_and_no_other_is(operated: Operated) -> None:
    other = GENERATED_TOKEN_ACCOUNTS[0]
    for commitment in ("FINALIZED", "CONFIRMED"):
        await operated.account_from(commitment)
    await operated.account_from(at=other)
    ended = await operated.cache("drop", "--address", TOKEN_ACCOUNT)
    assert (ended.code, ended.out, ended.err) == (0, "2 readings dropped.\n", "")
    calls = operated.gateway.calls("solana", "getMultipleAccounts")

    async def is_forgotten() -> bool:
        return await operated.account_from() == "UPSTREAM"

    await until(is_forgotten)
    assert await operated.account_from("CONFIRMED") == "UPSTREAM"
    assert await operated.account_from(at=other) == "CACHE"
    assert operated.gateway.calls("solana", "getMultipleAccounts") == calls + 2


async def test_a_callers_account_is_forgotten_and_no_other_callers_is(operated: Operated) -> None:
    for key in (DEMO_KEY, OTHER_KEY):
        await operated.wallets_from(key)
    ended = await operated.cache("drop", "--caller", "demo")
    assert (ended.code, ended.out) == (0, "1 reading dropped.\n")

    async def is_forgotten() -> bool:
        return await operated.wallets_from(DEMO_KEY) == "UPSTREAM"

    await until(is_forgotten)
    assert await operated.wallets_from(OTHER_KEY) == "CACHE"
    assert operated.gateway.calls("sfox", WALLETS) == 3


async def test_dropping_what_is_not_kept_drops_nothing_and_says_so(operated: Operated) -> None:
    ended = await operated.cache("drop", "--address", RUNES_HOLDER)
    assert (ended.code, ended.out) == (0, "0 readings dropped.\n")


async def test_nothing_of_others_in_the_same_store_is_touched(operated: Operated, store: StoreProcess) -> None:
    await store.ask("SET", "somebody:elses", "value")
    await operated.wallets_from(DEMO_KEY)
    for arguments in (["stats"], ["drop", "--caller", "demo"], ["drop", "--address", RUNES_HOLDER]):
        assert (await operated.cache(*arguments)).code == 0
    assert await store.ask("GET", "somebody:elses") == b"value"


async def test_settings_may_come_out_of_a_file(store: StoreProcess, tmp_path: Path) -> None:
    config = tmp_path / "gateway.toml"
    config.write_text(f'[cache]\nurl = "{store.url}"\nsecret = "{SECRET}"\n')
    assert list(_rows(await run("cache", "stats", "--config", str(config)))) == ["CAPABILITY", "0"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["drop"], 2, "give --address, --caller or --account."),
        (["drop", "--address", RUNES_HOLDER, "--caller", "demo"], 2, "give --address, --caller or --account."),
        (["drop", "--address", "1AzvGNJwEgQvu6eFfeQDjcetPiRi3rfa23"], 2, "checksum does not hold"),
        (["drop", "--caller", "nobody"], 2, "the settings have no exchange account by that name."),
        (["flush"], 2, "No such command"),
    ],
    ids=["nothing", "both", "no address", "no caller", "flush"],
)
async def test_what_cannot_be_meant_is_refused_in_words(arguments: list[str], code: int, words: str) -> None:
    # Nobody is asked: there is no store at this address.
    unasked = {"GATEWAY_CACHE__URL": "redis://127.0.0.1:1", "GATEWAY_CACHE__SECRET": SECRET}
    ended = await run("cache", *arguments, **unasked)
    assert (ended.code, ended.out) == (code, "")
    assert words in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("arguments", [["stats"], ["drop", "--address", RUNES_HOLDER]], ids=["stats", "drop"])
async def test_a_store_that_is_not_there_is_told_without_its_address(arguments: list[str]) -> None:
    url = "redis://operator:s3cret@127.0.0.1:1"
    ended = await run("cache", *arguments, GATEWAY_CACHE__URL=url, GATEWAY_CACHE__SECRET=SECRET)
    assert (ended.code, ended.out) == (1, "")
    assert "the store at GATEWAY_CACHE__URL cannot be asked: ConnectionError." in ended.err
    assert "s3cret" not in ended.err
    assert "Traceback" not in ended.err


async def test_without_a_store_it_says_where_else_to_look() -> None:
    ended = await run("cache", "stats")
    assert (ended.code, ended.out) == (1, "")
    assert "GATEWAY_CACHE__URL names no store" in ended.err
    assert "/metrics" in ended.err


async def test_settings_that_will_not_do_are_told_line_by_line() -> None:
    ended = await run("cache", "stats", GATEWAY_CACHE__URL="redis://127.0.0.1:1", GATEWAY_PORT="high")
    assert (ended.code, ended.out) == (1, "")
    assert "these settings will not do:" in ended.err
    assert "GATEWAY_PORT" in ended.err


async def test_a_store_that_is_full_is_told_as_such(operated: Operated, store: StoreProcess) -> None:
    await operated.wallets_from(DEMO_KEY)
    await store.fill()
    ended = await operated.cache("drop", "--caller", "demo")
    assert (ended.code, ended.out) == (1, "")
    assert "the store was lost: its memory is full." in ended.err
