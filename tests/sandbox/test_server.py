"""Opening and closing: ports, names, faults from the start, and a world with valid addresses."""

import socket

import aiohttp
import pytest

from gateway.sandbox import Sandbox, addresses, base58, bitcoin_address, open_sandbox
from tests.sandbox.caller import Caller


def five_free_ports() -> int:
    """The first of five neighbouring ports that are free just now."""
    for first in range(21_000, 60_000, 5):
        sockets = [socket.socket() for _ in range(5)]
        try:
            for place, opened in enumerate(sockets):
                opened.bind(("127.0.0.1", first + place))
        except OSError:
            continue
        else:
            return first
        finally:
            for opened in sockets:
                opened.close()
    pytest.fail("no five neighbouring ports are free")


async def test_ports_follow_the_first(session: aiohttp.ClientSession) -> None:
    first = five_free_ports()
    async with open_sandbox(port=first) as sandbox:
        assert sandbox.urls == {
            "xverse": f"http://127.0.0.1:{first}",
            "solana": f"http://127.0.0.1:{first + 1}",
            "bloxroute": f"http://127.0.0.1:{first + 2}",
            "sfox": f"http://127.0.0.1:{first + 3}",
            "wallet": f"http://127.0.0.1:{first + 4}",
        }
        assert (await Caller(sandbox, session).get("solana", "/health")).text == "ok"


async def test_a_taken_port_is_named_and_nothing_stays_open() -> None:
    first = five_free_ports()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", first + 2))
        taken.listen()
        with pytest.raises(OSError, match=f"bloxroute cannot listen on 127.0.0.1:{first + 2}"):
            async with open_sandbox(port=first):
                pytest.fail("it opened all the same")
    async with open_sandbox(port=first) as sandbox:
        assert isinstance(sandbox, Sandbox)


@pytest.mark.parametrize("port", [-1, 65_532, 70_000])
async def test_a_port_without_room_is_refused(port: int) -> None:
    with pytest.raises(ValueError, match="port must be 0, or leave room for 5 ports"):
        async with open_sandbox(port=port):
            pytest.fail("it opened all the same")


async def test_two_sandboxes_share_nothing(session: aiohttp.ClientSession) -> None:
    async with open_sandbox() as one, open_sandbox() as other:
        await Caller(one, session).fail("sfox", "500")
        assert (await Caller(other, session).get("sfox", "/v1/user/balance")).status == 200
        assert not one.calls["sfox"]


async def test_faults_from_the_start_last_until_a_reset(session: aiohttp.ClientSession) -> None:
    async with open_sandbox(faults=("sfox:429", "solana:rpc-32005")) as sandbox:
        caller = Caller(sandbox, session)
        assert [(await caller.get("sfox", "/v1/user/balance")).status for _ in range(3)] == [429] * 3
        assert (await caller.rpc("getSlot"))["error"]["code"] == -32005
        await caller.order("sfox", reset=True)
        assert (await caller.get("sfox", "/v1/user/balance")).status == 200


@pytest.mark.parametrize(
    ("fault", "names"),
    [
        ("sfox:teapot", "its faults are 400, 401"),
        ("sfox:rpc-429", "its faults are 400, 401"),
        ("sfox", "its faults are 400, 401"),
        ("kraken:429", "one of xverse, solana, bloxroute, sfox"),
    ],
)
async def test_an_unknown_fault_is_refused_with_the_names_there_are(fault: str, names: str) -> None:
    with pytest.raises(ValueError, match=names):
        async with open_sandbox(faults=(fault,)):
            pytest.fail("it opened all the same")


async def test_the_ledger_is_the_one_that_is_served(caller: Caller) -> None:
    book = caller.sandbox.ledger.bitcoin
    rune = book.runes[addresses.UNCOMMON_GOODS]
    book.change(addresses.EMPTY_HOLDER, rune, confirmed=12)
    heard = await caller.get("xverse", f"/v2/runes/address/{addresses.EMPTY_HOLDER}/balance")
    assert heard.tree["balances"][0]["confirmedBalance"] == "12"


async def test_the_url_of_a_literal_ipv6_host_has_brackets() -> None:
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    try:
        async with open_sandbox(host="::1") as sandbox:
            assert sandbox.urls["xverse"].startswith("http://[::1]:")
    except OSError as error:
        assert "[::1]" in str(error) or "::1" in str(error)  # noqa: PT017 - a machine may have IPv6 without loopback


def test_every_address_of_the_world_is_valid() -> None:
    named = {name: text for name, text in vars(addresses).items() if name.isupper() and isinstance(text, str)}
    bitcoin = {name for name in named if name.endswith("_HOLDER")}
    runes = {name for name, text in named.items() if ":" in text}
    assert len(bitcoin) == 6
    for name, text in named.items():
        if name in bitcoin:
            assert bitcoin_address.is_mainnet(text), name
        elif name not in runes | {"TOO_LONG_KEY"}:
            assert len(base58.decode(text)) == 32, name
    assert len(base58.decode(addresses.TOO_LONG_KEY)) == 33
    assert len(addresses.TOO_LONG_KEY) == 44


def test_the_generated_addresses_are_valid_and_all_different() -> None:
    assert len({a for a in addresses.GENERATED_HOLDERS if bitcoin_address.is_mainnet(a)}) == 50
    assert len({a for a in addresses.GENERATED_TOKEN_ACCOUNTS if len(base58.decode(a)) == 32}) == 250


@pytest.mark.parametrize(
    ("made", "published"),
    [
        # BIP 173 and BIP 350 print these for the key of the generator point.
        (
            bitcoin_address.p2wpkh(bytes.fromhex("751e76e8199196d454941c45d1b3a323f1433bd6")),
            "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
        ),
        (
            bitcoin_address.p2tr(bytes.fromhex("79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")),
            "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
        ),
        (
            bitcoin_address.p2pkh(bytes.fromhex("751e76e8199196d454941c45d1b3a323f1433bd6")),
            "1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH",
        ),
    ],
)
def test_addresses_are_made_as_the_standards_print_them(made: str, published: str) -> None:
    assert made == published


@pytest.mark.parametrize(
    "invalid",
    [
        # From BIP 173 and BIP 350: wrong checksums, lengths, padding, versions and case.
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd",
        "bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4",
        "BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R",
        "bc1pw5dgrnzv",
        "BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P",
        "bc1gmk9yu",
        "bc1zw508d6qejxtdg4y5r3zarvaryvqyzf3du",
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v07qwwzcrf",
    ],
)
def test_what_the_standards_call_invalid_is(invalid: str) -> None:
    assert not bitcoin_address.is_mainnet(invalid)
