"""A caller's budget is one for all replicas, and nobody is turned away for want of a store."""

from contextlib import AbstractAsyncContextManager

from gateway.sandbox import Sandbox, open_sandbox
from tests.running import DEMO_KEY, OTHER_KEY, Gateway, serving
from tests.stores.process import StoreProcess

CHEAP = "{ limits { maxDepth } }"
SECRET = "s" * 32
# What the question costs is 2: the list of fields below `limits`, and one of them.
_BUDGET = "20/minute"


def _replica(sandbox: Sandbox, store: StoreProcess) -> AbstractAsyncContextManager[Gateway]:
    return serving(sandbox, GATEWAY_CACHE__URL=store.url, GATEWAY_CACHE__SECRET=SECRET, GATEWAY_CALLER_BUDGET=_BUDGET)


async def _spent(*gateways: Gateway, key: str) -> int:
    """Ask one gateway after the other until one refuses, and give how often that went well."""
    for count in range(200):
        answer = await gateways[count % len(gateways)].ask(CHEAP, key=key)
        if "errors" in answer.body:
            assert answer.codes == ["RATE_LIMITED"]
            return count
    raise AssertionError


async def test_two_replicas_spend_one_budget_and_each_caller_its_own(store: StoreProcess) -> None:
    async with (
        open_sandbox(limits=False) as sandbox,
        _replica(sandbox, store) as one,
        _replica(sandbox, store) as other,
    ):
        assert await _spent(one, other, key=DEMO_KEY) == 10
        assert await _spent(other, key=DEMO_KEY) == 0
        assert await _spent(other, one, key=OTHER_KEY) == 10


async def test_without_the_store_a_replica_lets_its_share_through_and_fails_nobody(store: StoreProcess) -> None:
    async with open_sandbox(limits=False) as sandbox, _replica(sandbox, store) as alone:
        store.kill()
        assert await _spent(alone, key=DEMO_KEY) == 10
