"""Latency: always as long, or drawn from a distribution that looks like a real provider's."""

from random import Random

import pytest

from gateway.sandbox import open_sandbox
from gateway.sandbox.latency import Latency, read_latency


def test_a_single_time_is_kept_by_every_answer() -> None:
    latency = read_latency(80)
    assert {latency.seconds(Random(seed)) for seed in range(50)} == {0.08}
    assert latency.shown() == 80


def test_half_of_the_answers_stay_under_the_median_and_one_in_a_hundred_passes_the_99th_percentile() -> None:
    latency, random = read_latency({"median": 80, "p99": 900}), Random(7)
    drawn = sorted(latency.seconds(random) for _ in range(10_000))
    assert 0.075 < drawn[5_000] < 0.085
    assert 0.75 < drawn[9_900] < 1.05
    assert latency.shown() == {"median": 80, "p99": 900}


def test_the_same_seed_draws_the_same_times() -> None:
    latency = Latency(80, 900)
    first, second = Random(3), Random(3)
    assert [latency.seconds(first) for _ in range(20)] == [latency.seconds(second) for _ in range(20)]


@pytest.mark.parametrize("told", [-1, True, "80", 1.5, {"median": 1}, {"median": 1, "p99": "x"}, {"p50": 1, "p99": 2}])
def test_what_is_no_time_is_refused_with_a_sentence(told: object) -> None:
    with pytest.raises(ValueError, match="'latency_ms' wants a whole number"):
        read_latency(told)


@pytest.mark.parametrize(
    ("orders", "sentence"),
    [
        ({"faults": ["nope:429"]}, "names no provider"),
        ({"faults": ["sfox:rpc-429"]}, "names no fault of sfox"),
        ({"latencies": ["sfox:soon"]}, "gives no time"),
        ({"latencies": ["sfox:80-"]}, "gives no time"),
        ({"modes": ["xverse:v3=true"]}, "there is no mode 'v3'"),
        ({"modes": ["xverse:v2=maybe"]}, "mode 'v2' wants true or false"),
    ],
)
async def test_a_start_order_that_cannot_be_carried_out_says_why(orders: dict[str, list[str]], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        async with open_sandbox(**orders):  # type: ignore[arg-type]  # each is one of its lists
            pass
