"""A replica that starts anew serves what the others, or it itself, have read; and nothing that was planted there."""

import pickle
import zlib
from pathlib import Path

import msgspec
import pytest

from gateway.sandbox import open_sandbox
from tests.end_to_end.asking import QUESTIONS
from tests.replicas.question import ACCOUNTS, token_account
from tests.replicas.replica import running_replica
from tests.stores.engine import Engine
from tests.stores.process import StoreProcess

# This is the gateway's own doing, whichever engine it is; that both serve it is shown elsewhere.
pytestmark = pytest.mark.parametrize("engine", [Engine.REDIS], indirect=True)

_READINGS = "balance-gateway:reading:*"


@pytest.mark.parametrize("killed", [False, True], ids=["stopped", "killed"])
async def test_a_replica_that_starts_anew_answers_without_a_call(killed: bool, store: StoreProcess) -> None:  # noqa: FBT001 - a parameter of the test
    async with open_sandbox(limits=False) as sandbox:
        async with running_replica(sandbox, store) as old:
            known = [await old.read(question) for question in QUESTIONS]
            await (old.kill() if killed else old.stop())
        calls = {provider: dict(made) for provider, made in sandbox.calls.items()}
        async with running_replica(sandbox, store) as new:
            for question, before in zip(QUESTIONS, known, strict=True):
                reading = await new.read(question)
                assert (reading["outcome"], reading["provenance"]["servedFrom"]) == ("FRESH", "CACHE")
                assert question.figure_of(reading) == question.figure_of(before)
                assert reading["provenance"]["readAt"] == before["provenance"]["readAt"]
                assert reading["provenance"]["position"] == before["provenance"]["position"]
        assert {provider: dict(made) for provider, made in sandbox.calls.items()} == calls


async def test_what_a_replica_read_before_it_died_stands_in_when_the_provider_is_down(store: StoreProcess) -> None:
    question = token_account(0)
    async with open_sandbox(limits=False) as sandbox:
        async with running_replica(sandbox, store) as old:
            before = await old.read(question)
            await old.kill()
        async with running_replica(sandbox, store) as new:
            await new.gateway.fail("solana", "401")
            reading = await new.read(question, max_age=0)
            assert (reading["outcome"], reading["problem"]["code"]) == ("STALE", "UPSTREAM_UNAUTHENTICATED")
            assert question.figure_of(reading) == question.figure_of(before)


class _Planted:
    """Leaves a file behind where it is unpickled."""

    def __init__(self, trap: Path) -> None:
        self._trap = trap

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (str(self._trap),)


def _plants(trap: Path) -> dict[str, bytes]:
    """Name what could stand where an answer should."""
    of_another_version = [99, 1.0, ACCOUNTS, "SLOT", 1, False, {"amount": "1"}]
    return {
        "a pickle": pickle.dumps(_Planted(trap)),
        "a compressed pickle": zlib.compress(pickle.dumps(_Planted(trap))),
        "nothing": b"",
        "noise": bytes(range(256)),
        "text": b"9864",
        "JSON": b'{"amount": "1"}',
        "another version": zlib.compress(msgspec.json.encode(of_another_version)),
        "a bomb": zlib.compress(bytes(50_000_000), 9),
        "depth": zlib.compress(b"[" * 100_000),
    }


async def test_what_is_planted_under_the_key_of_an_answer_is_a_miss_and_runs_nothing(
    store: StoreProcess, tmp_path: Path
) -> None:
    trap = tmp_path / "sprung"
    plants = list(_plants(trap).values())
    questions = [token_account(number) for number in range(len(plants))]
    async with open_sandbox(limits=False) as sandbox:
        async with running_replica(sandbox, store) as old:
            known: list[object] = []
            for question, plant in zip(questions, plants, strict=True):
                keys = await store.keys(_READINGS)
                known.append(question.figure_of(await old.read(question)))
                (key,) = await store.keys(_READINGS) - keys
                await store.ask("SET", key, plant, "KEEPTTL")
        async with running_replica(sandbox, store) as new:
            for question, figure in zip(questions, known, strict=True):
                reading = await new.read(question)
                assert (reading["outcome"], reading["provenance"]["servedFrom"]) == ("FRESH", "UPSTREAM")
                assert question.figure_of(reading) == figure
            assert not new.events("store.lost")
    assert not trap.exists()
    assert sandbox.calls["solana"][ACCOUNTS] == 2 * len(plants)


async def test_a_key_of_another_kind_than_the_gateways_own_is_no_ones_trouble(store: StoreProcess) -> None:
    question = token_account(0)
    async with open_sandbox(limits=False) as sandbox:
        async with running_replica(sandbox, store) as old:
            await old.read(question)
        for key in await store.keys("balance-gateway:reading:*") | await store.keys("balance-gateway:position:*"):
            await store.ask("DEL", key)
            await store.ask("RPUSH", key, "9864")
        async with running_replica(sandbox, store) as new:
            assert (await new.read(question))["outcome"] == "FRESH"
            assert (await new.read(token_account(1)))["outcome"] == "FRESH"


async def test_answers_in_an_encoding_to_come_lie_beside_the_others_and_are_left_alone(store: StoreProcess) -> None:
    question = token_account(0)
    async with open_sandbox(limits=False) as sandbox, running_replica(sandbox, store) as replica:
        await replica.read(question)
        (key,) = await store.keys(_READINGS)
        prefix, _, rest = key.removeprefix("balance-gateway:reading:").partition(":")
        later = f"balance-gateway:reading:{int(prefix) + 1}:{rest}"
        await store.ask("SET", later, b"written by a newer replica")
        await replica.read(question, max_age=0)
        assert await store.ask("GET", later) == b"written by a newer replica"


async def test_answers_do_not_stay_in_the_store_for_ever(store: StoreProcess) -> None:
    async with (
        open_sandbox(limits=False) as sandbox,
        running_replica(sandbox, store, GATEWAY_CACHE__KEEP_FOR="60") as replica,
    ):
        for question in QUESTIONS:
            await replica.read(question)
        kept = await store.keys(_READINGS) | await store.keys("balance-gateway:position:*")
        assert len(kept) >= 2 * len(QUESTIONS)
        for key in kept:
            assert 0 < await store.ask("PTTL", key) <= 60_000
