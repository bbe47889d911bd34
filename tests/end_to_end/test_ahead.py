"""What is written ahead, while other figures are waited for, is never a trouble of its own."""

import asyncio
from typing import Any

from gateway.sandbox.addresses import MANY_RUNES_HOLDER, RUNES_HOLDER
from tests.running import Gateway

QUERY = """query ($holders: [Address!]!, $after: String) {
    accounts(addresses: $holders) { runes(maxAge: 0, after: $after) { outcome nodes { amount { display } } } }
}"""


async def test_a_cursor_that_is_none_is_refused_at_its_place_and_leaves_nothing_unhandled(gateway: Gateway) -> None:
    unhandled: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, told: unhandled.append(told))
    variables = {"holders": [RUNES_HOLDER, MANY_RUNES_HOLDER], "after": "no cursor"}
    # The second time it runs as compiled.
    for _ in range(2):
        answer = await gateway.ask(QUERY, variables)
        assert answer.codes == ["BAD_USER_INPUT"] * 2
    assert unhandled == []
