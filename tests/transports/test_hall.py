"""However many listen to one thing, one feed or one poll upstream tells them all, each of them once."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from gateway.sandbox import addresses, credentials
from tests.plane.question import metric
from tests.readings.clock import StandingClock
from tests.running import DEMO_KEY, Gateway, running_gateway
from tests.transports.hall import seated

SOCKETS, EACH = 25, 80
ALL = SOCKETS * EACH
CHANGES = 3

ACCOUNT = "subscription ($at: Address!) { tokenAccount(address: $at) { outcome amount { atomic } } }"
WALLETS = "subscription { exchangeWallets { outcome nodes { currency { code } balance { display } } } }"
RUNES = "subscription ($at: Address!) { runes(address: $at) { outcome nodes { rune { id } amount { atomic } } } }"


async def _heard(
    gateway: Gateway,
    query: str,
    change: Callable[[int], Awaitable[None]],
    *,
    variables: Mapping[str, Any] | None = None,
    key: str | None = None,
) -> list[Any]:
    """Seat everyone, make some changes, and give what each and every listener heard of the one field."""
    async with seated(gateway, query, variables, key, sockets=SOCKETS, each=EACH) as hall:
        await hall.until_each_has_heard(1, among=ALL)
        for number in range(CHANGES):
            await change(number)
            await hall.until_each_has_heard(2 + number, among=ALL)
        told = [reading for event in hall.told() for reading in event["data"].values()]
    assert {reading["outcome"] for reading in told} == {"FRESH"}
    return told


async def test_2000_listeners_to_an_account_share_one_subscription_at_the_node() -> None:
    # What holds still tells nobody the same figure twice, however slow the machine.
    async with running_gateway(clock=StandingClock()) as gateway:

        async def change(number: int) -> None:
            balance = {"tokenAccount": addresses.TOKEN_ACCOUNT, "amount": f"{number}"}
            await gateway.control("solana", balance=balance)

        told = await _heard(gateway, ACCOUNT, change, variables={"at": addresses.TOKEN_ACCOUNT})
        assert [each["amount"]["atomic"] for each in told] == ["9864", "0", "1", "2"]
        assert gateway.calls("solana", "WS /") == 1
        assert gateway.calls("solana", "accountSubscribe") == 1
        assert gateway.calls("solana", "accountNotification") == CHANGES
        # An event is written for the first listener; the present state is, too, for each that comes before it is known.
        assert await metric(gateway, "gateway_executions_total", how="shared") > 0.9 * ALL * CHANGES
        assert gateway.calls("solana", "getTokenAccountBalance") + gateway.calls("solana", "getAccountInfo") == 0


async def test_2000_listeners_to_an_exchange_account_share_one_connection_to_its_feed() -> None:
    async with running_gateway(clock=StandingClock(), GATEWAY_SUBSCRIPTIONS__LISTENERS_PER_CALLER=f"{ALL}") as gateway:

        async def change(number: int) -> None:
            amounts = {"balance": f"{number}", "available": f"{number}"}
            await gateway.control("sfox", balance={"token": credentials.SFOX_TOKEN, "currency": "btc", **amounts})

        told = await _heard(gateway, WALLETS, change, key=DEMO_KEY)
        balances = [{each["currency"]["code"]: each["balance"]["display"] for each in one["nodes"]} for one in told]
        assert [each["BTC"] for each in balances] == ["1", "0", "1", "2"]
        # They are one caller's, and still nothing of an exchange account is shared.
        assert await metric(gateway, "gateway_executions_total", how="shared") == 0
        assert [gateway.calls("sfox", route) for route in ("GET /ws", "authenticate", "subscribe")] == [1, 1, 1]


async def test_2000_listeners_to_an_address_share_one_poll_at_a_time() -> None:
    clock, rune = StandingClock(), addresses.UNCOMMON_GOODS
    async with running_gateway(clock=clock, GATEWAY_XVERSE__FRESH_FOR="0.05") as gateway:

        async def change(number: int) -> None:
            balance = {"address": addresses.LEGACY_HOLDER, "rune": rune, "confirmed": f"{number}"}
            await gateway.control("xverse", balance=balance)
            # Only now is what was read old enough to be asked for again.
            clock.advance(1)

        told = await _heard(gateway, RUNES, change, variables={"at": addresses.LEGACY_HOLDER})
        assert [[each["amount"]["atomic"] for each in one["nodes"]] for one in told] == [["21"], ["0"], ["1"], ["2"]]
        assert gateway.calls("xverse", "GET /v2/runes/address/{address}/balance") == 1 + CHANGES
