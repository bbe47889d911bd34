"""Goals: told as met only where they are."""

import pytest

from benchmarks.cold import Alone, ColdRun
from benchmarks.direct import Direct
from benchmarks.goals import goals
from benchmarks.rivals import APOLLO, HIVE, MERCURIUS, OURS, UVICORN
from benchmarks.warm import Warm

RIVALS = (MERCURIUS, APOLLO, HIVE)
QUESTIONS = ("warm small", "warm large", "identical")
# Requests per second that just meet every goal.
RATES = {OURS: 60.0, MERCURIUS: 10.0, APOLLO: 10.0, HIVE: 4.0, UVICORN: 100.0}


def warm(**ours: float) -> Warm:
    """Measure nothing: everyone has its rate at each question, the gateway another one where that is told."""
    found = Warm()
    for server, rate in RATES.items():
        for question in QUESTIONS:
            told = ours.get(question.replace(" ", "_"), rate) if server == OURS else rate
            found.rates[server, question, 16] = [told]
            found.cpu[server, question, 16] = [1 / told]
        found.resident[server] = 49 if server == OURS else 100
    return found


def cold(*, over: float = 0.003, calls: float = 21) -> ColdRun:
    upstream = Direct(p50=0.060, cpu=0.01, calls=21)
    return ColdRun({OURS: Alone(calls=calls, over=[over])}, [upstream])


def missed(found: Warm, run: ColdRun) -> list[str]:
    return [goal.what for goal in goals(found, run, RIVALS) if not goal.is_met]


def test_goals_that_are_reached_are_met() -> None:
    assert missed(warm(), cold()) == []


@pytest.mark.parametrize(
    ("question", "rate", "names"),
    [
        ("warm_small", 11.0, ["warm small, to Mercurius", "warm small, to Apollo", "warm small, to Hive"]),
        ("warm_small", 59.0, ["warm small, to Hive"]),
        ("warm_large", 59.0, ["warm large, to Mercurius"]),
        ("identical", 59.0, ["identical operation repeated, to bare uvicorn"]),
    ],
)
def test_a_rate_that_falls_short_misses_its_goals_alone(question: str, rate: float, names: list[str]) -> None:
    found = missed(warm(**{question: rate}), cold())
    assert [any(what.startswith(name) for name in names) for what in found] == [True] * len(names)


def test_large_answers_are_held_against_whoever_is_best_at_them() -> None:
    found = warm()
    found.rates[APOLLO, "warm large", 16] = [30.0]
    (goal,) = [goal for goal in goals(found, cold(), RIVALS) if goal.what.startswith("warm large")]
    assert (goal.what, goal.found, goal.is_met) == (f"warm large, to {APOLLO}", "2.00 x", False)


def test_a_slow_cold_answer_one_call_too_many_and_too_much_memory_are_missed() -> None:
    assert missed(warm(), cold(over=0.005)) == ["cold p50 over the upstream's own, 1 connection"]
    assert missed(warm(), cold(calls=21.25)) == ["upstream calls for a cold request"]
    fat = warm()
    fat.resident[OURS] = 50
    assert missed(fat, cold()) == [f"RSS under load, to the leanest on Node ({MERCURIUS})"]
