"""Each provider fails in turn: its own figures say why, stale ones stand in, and the others' are as good as ever."""

from typing import Any

import pytest

from tests.end_to_end.asking import (
    EXCHANGE_WALLETS,
    QUESTIONS,
    RUNES,
    TOKEN_ACCOUNT_BY_ADDRESS,
    TOKEN_ACCOUNTS_BY_OWNER,
    TOKENS,
    Question,
)
from tests.readings.clock import StandingClock
from tests.running import DEMO_KEY, Gateway, running_gateway

KEEP_FOR = 3600
NEVER_READ = ("nodes", "edges", "totalCount", "amount", "uiAmount", "token", "owner", "state", "isNative", "provenance")
# Faults that mean the same whoever has them, and are not worth asking again.
FAULTS = {
    "401": "UPSTREAM_UNAUTHENTICATED",
    "403": "UPSTREAM_FORBIDDEN",
    "html": "PROTOCOL",
    "wrong-type": "PROTOCOL",
    "missing-field": "PROTOCOL",
    "truncated": "PROTOCOL",
    "oversize": "PROTOCOL",
    "redirect": "PROTOCOL",
}
CASES = [
    *((question, fault, code) for question in QUESTIONS for fault, code in FAULTS.items()),
    (RUNES, "404", "REJECTED"),
    (RUNES, "float-amount", "PROTOCOL"),
    (TOKEN_ACCOUNT_BY_ADDRESS, "wrong-id", "PROTOCOL"),
    (TOKENS, "float-amount", "PROTOCOL"),
    (EXCHANGE_WALLETS, "error-in-200", "PROTOCOL"),
    (EXCHANGE_WALLETS, "404", "PROTOCOL"),
]


@pytest.mark.parametrize(
    ("question", "fault", "code"), CASES, ids=[f"{question.route} {fault}" for question, fault, _ in CASES]
)
async def test_a_fault_is_unavailable_at_first_and_stale_once_something_is_known(
    question: Question, fault: str, code: str
) -> None:
    clock = StandingClock()
    async with running_gateway(clock=clock) as gateway:
        await gateway.fail(question.provider, fault)
        _assert_never_read(await question.ask(gateway), question, code)
        await gateway.control(question.provider, reset=True)
        known = await question.ask(gateway)
        assert (known["outcome"], known["problem"]) == ("FRESH", None)
        await gateway.fail(question.provider, fault)
        clock.advance(60)
        stale = await question.ask(gateway)
        assert stale["outcome"] == "STALE"
        assert stale["problem"]["code"] == code
        assert question.figure_of(stale) == question.figure_of(known)
        assert stale["provenance"] == {**known["provenance"], "servedFrom": "CACHE", "age": "60"}
        clock.advance(KEEP_FOR)
        _assert_never_read(await question.ask(gateway), question, code)


# Faults that are asked again, within the deadline, before an older figure stands in.
PASSING_FAULTS = {"429": "RATE_LIMITED", "500": "UNAVAILABLE", "503": "UNAVAILABLE", "disconnect": "UNAVAILABLE"}
PASSING = [
    *((question, fault, code) for question in QUESTIONS for fault, code in PASSING_FAULTS.items()),
    (TOKEN_ACCOUNT_BY_ADDRESS, "rpc-32005", "BEHIND"),
    (TOKEN_ACCOUNT_BY_ADDRESS, "rpc-429", "RATE_LIMITED"),
    (TOKEN_ACCOUNTS_BY_OWNER, "rpc-32603", "UNAVAILABLE"),
    (TOKENS, "error-in-200", "UNAVAILABLE"),
]


@pytest.mark.parametrize(
    ("question", "fault", "code"), PASSING, ids=[f"{question.route} {fault}" for question, fault, _ in PASSING]
)
async def test_a_fault_that_is_asked_again_in_vain_leaves_the_known_figure_stale_with_its_own_code(
    question: Question, fault: str, code: str
) -> None:
    # The last try that fits ends well before this deadline, so the provider's own trouble is told and not the wait.
    async with running_gateway(
        GATEWAY_REQUEST_TIMEOUT="6",
        GATEWAY_XVERSE__FRESH_FOR="0",
        GATEWAY_SOLANA__FRESH_FOR="0",
        GATEWAY_BLOXROUTE__FRESH_FOR="0",
        GATEWAY_SFOX__FRESH_FOR="0",
    ) as gateway:
        known = await question.ask(gateway)
        assert (known["outcome"], known["problem"]) == ("FRESH", None)
        await gateway.fail(question.provider, fault)
        stale = await question.ask(gateway)
        assert stale["outcome"] == "STALE"
        assert stale["problem"]["code"] == code
        assert stale["problem"]["retryable"] is True
        assert question.figure_of(stale) == question.figure_of(known)
        assert stale["provenance"]["readAt"] == known["provenance"]["readAt"]


def _assert_never_read(reading: Any, question: Question, code: str) -> None:
    assert reading["outcome"] == "UNAVAILABLE"
    assert reading["problem"]["code"] == code
    assert reading["problem"]["provider"] == question.name
    assert reading["problem"]["reference"]
    for field in NEVER_READ:
        assert reading.get(field) is None, f"{field} was never read"


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.route)
@pytest.mark.parametrize("fault", ["hang", "drip"])
async def test_a_provider_that_keeps_the_gateway_waiting_is_told_as_a_timeout(question: Question, fault: str) -> None:
    clock = StandingClock()
    async with running_gateway(clock=clock, GATEWAY_REQUEST_TIMEOUT="0.2") as gateway:
        await gateway.fail(question.provider, fault)
        _assert_never_read(await question.ask(gateway), question, "TIMEOUT")


async def test_a_retry_after_is_passed_on_in_seconds(gateway: Gateway) -> None:
    await gateway.fail("xverse", "429-retry-after")
    problem = (await RUNES.ask(gateway))["problem"]
    assert (problem["code"], problem["retryable"], problem["retryAfter"]) == ("RATE_LIMITED", True, 1)


@pytest.mark.parametrize("failing", ["xverse", "solana", "bloxroute", "sfox"])
async def test_one_provider_in_trouble_leaves_the_others_figures_alone(gateway: Gateway, failing: str) -> None:
    await gateway.fail(failing, "503")
    answer = await gateway.ask(
        """query ($bitcoin: Address!, $solana: Address!) {
            bitcoin: account(address: $bitcoin) { runes { outcome problem { provider } } }
            solana: account(address: $solana) {
                tokens { outcome problem { provider } }
                tokenAccounts { outcome problem { provider } }
            }
            exchangeWallets { outcome problem { provider } }
        }""",
        {
            "bitcoin": "bc1pdkk5ughajfurnz9zmzdak0pqhmt9lhza7pz96vsmy3y6dj72alkq2zhlxt",
            "solana": "3dGoFzaDHbU5Y8RFT8uUYn19VjckDnJn4guWvSzxM8pL",
        },
        key=DEMO_KEY,
    )
    readings = {
        "xverse": answer.data["bitcoin"]["runes"],
        "bloxroute": answer.data["solana"]["tokens"],
        "solana": answer.data["solana"]["tokenAccounts"],
        "sfox": answer.data["exchangeWallets"],
    }
    names = {"xverse": "XVERSE", "solana": "SOLANA_RPC", "bloxroute": "BLOXROUTE", "sfox": "SFOX"}
    for provider, reading in readings.items():
        if provider == failing:
            assert reading == {"outcome": "UNAVAILABLE", "problem": {"provider": names[provider]}}
        else:
            assert reading == {"outcome": "FRESH", "problem": None}


async def test_one_address_in_trouble_leaves_the_others_alone(gateway: Gateway) -> None:
    # Not worth asking again: a second try would help the first address out.
    await gateway.fail("xverse", "400", times=1)
    answer = await gateway.ask(
        """{ accounts(addresses: [
            "bc1pdkk5ughajfurnz9zmzdak0pqhmt9lhza7pz96vsmy3y6dj72alkq2zhlxt", "1AzvGNJwEgQvu6eFfeQDjcetPiRi3rfa22"
        ]) { runes { outcome nodes { rune { id } } } } }"""
    )
    outcomes = sorted(account["runes"]["outcome"] for account in answer.data["accounts"])
    assert outcomes == ["FRESH", "UNAVAILABLE"]
    for account in answer.data["accounts"]:
        assert (account["runes"]["nodes"] is None) is (account["runes"]["outcome"] == "UNAVAILABLE")


async def test_a_rune_that_cannot_be_looked_up_is_an_error_and_not_a_missing_rune(gateway: Gateway) -> None:
    assert (await gateway.ask('{ rune(id: "999999:1") { id } }')).data == {"rune": None}
    await gateway.fail("xverse", "503")
    answer = await gateway.ask('{ rune(id: "840123:17") { id } }')
    assert answer.body["data"] == {"rune": None}
    (error,) = answer.body["errors"]
    assert error["path"] == ["rune"]
    assert error["extensions"]["code"] == "UNAVAILABLE"
    assert error["extensions"]["provider"] == "XVERSE"
    assert error["extensions"]["retryable"] is True
    assert error["extensions"]["reference"]


async def test_an_inscription_that_cannot_be_read_spoils_no_balance(gateway: Gateway) -> None:
    await gateway.control("xverse", fail={"fault": "500", "route": "GET /v1/ordinals/address/{address}/runes"})
    answer = await gateway.ask(
        """{ account(address: "1AzvGNJwEgQvu6eFfeQDjcetPiRi3rfa22") {
            runes { outcome nodes { amount { atomic } rune { id inscriptionId } } } } }"""
    )
    runes = answer.body["data"]["account"]["runes"]
    assert runes["outcome"] == "FRESH"
    assert runes["nodes"] == [{"amount": {"atomic": "21"}, "rune": {"id": "1:0", "inscriptionId": None}}]
    assert answer.codes == ["UNAVAILABLE"]
