"""A listener to an account, over a gateway that has several hosts for its sockets to Solana."""

import asyncio

from gateway.sandbox import addresses, open_sandbox
from tests.plane.question import metric
from tests.running import Gateway, serving

LISTEN = """
subscription($address: Address!) {
  tokenAccount(address: $address) { outcome amount { atomic } provenance { servedFrom } }
}
"""


async def test_a_listener_is_told_by_the_next_host_where_the_first_takes_no_sockets() -> None:
    async with open_sandbox() as sandbox:
        hosts = f"ws://127.0.0.1:1,{sandbox.feeds['solana']}"
        async with serving(sandbox, GATEWAY_SOLANA__WS_URL=hosts) as gateway:
            figure = await changed_once_subscribed(gateway)
            assert figure["provenance"] == {"servedFrom": "FEED"}
            assert await metric(gateway, "gateway_upstream_sockets", provider="SOLANA_RPC") == 1
            openings = {"provider": "SOLANA_RPC", "operation": "accountSubscribe"}
            assert await metric(gateway, "gateway_upstream_calls_total", **openings, outcome="ok") == 1
            assert await metric(gateway, "gateway_upstream_calls_total", **openings, outcome="UNAVAILABLE") == 1


async def changed_once_subscribed(gateway: Gateway) -> dict[str, dict[str, str]]:
    """Listen, change the account when the node has been asked for its changes, and give the figure with the change."""
    async with gateway.http.ws_connect(f"{gateway.url}/graphql", protocols=["graphql-transport-ws"]) as socket:
        await socket.send_json({"type": "connection_init"})
        assert (await socket.receive_json())["type"] == "connection_ack"
        asked = {"query": LISTEN, "variables": {"address": addresses.TOKEN_ACCOUNT}}
        await socket.send_json({"type": "subscribe", "id": "1", "payload": asked})
        async with asyncio.timeout(20):
            while not gateway.calls("solana", "accountSubscribe"):
                await gateway.control("solana")
            await gateway.control("solana", balance={"tokenAccount": addresses.TOKEN_ACCOUNT, "amount": "5"})
            while True:
                message = await socket.receive_json()
                if message["type"] == "next":
                    figure: dict[str, dict[str, str]] = message["payload"]["data"]["tokenAccount"]
                    if figure["amount"]["atomic"] == "5":
                        return figure
