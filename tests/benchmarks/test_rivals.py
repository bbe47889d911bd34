"""The rivals' package and the questions that are put to all: pinned, at hand, and within the gateway's own limits."""

import json
import re
from pathlib import Path

import pytest

from benchmarks import questions
from benchmarks.rivals import FOLDER, Kind, rivals
from tests.running import running_gateway

LOCK = json.loads((FOLDER / "package-lock.json").read_text())
PACKAGE = json.loads((FOLDER / "package.json").read_text())


def test_every_package_is_pinned_and_locked_without_an_address() -> None:
    wanted = {**PACKAGE["dependencies"], **PACKAGE["optionalDependencies"]}
    locked = LOCK["packages"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())
    assert {name: locked[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    assert not any("resolved" in each for each in locked.values())


def test_each_package_that_a_rival_imports_is_one_of_its_own() -> None:
    for script in FOLDER.glob("*.mjs"):
        for name in re.findall(r'from "([^"]+)"', script.read_text()):
            if name.startswith("."):
                assert (FOLDER / name).is_file(), f"{script.name} imports {name}"
            elif not name.startswith("node:"):
                scope, *rest = name.split("/")
                package = f"{scope}/{rest[0]}" if scope.startswith("@") else scope
                assert package in PACKAGE["dependencies"], f"{script.name} imports {name}"


def test_the_scripts_that_rivals_are_started_with_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.rivals.node", lambda: "node")
    started = [rival for rival in rivals({"xverse": "x", "solana": "y"}, Path("graph")) if rival.kind is Kind.RIVAL]
    scripts = {Path(rival.command[1]) for rival in started if "node_modules" not in rival.command[1]}
    assert scripts == {FOLDER / name for name in ("mercurius.mjs", "apollo.mjs", "yoga.mjs")}
    assert all(script.is_file() for script in scripts)


async def test_every_question_is_one_that_a_gateway_with_its_default_limits_answers() -> None:
    asked = [questions.small(), questions.large(), questions.new(), questions.repeated()]
    asked.append(questions.cold(questions.cold_parts()))
    async with running_gateway() as running:
        for question in asked:
            told = json.loads(question.bodies[-1])
            answer = await running.ask(told["query"], told["variables"])
            assert "errors" not in answer.body
            assert [each["address"] for each in answer.body["data"]["accounts"]] == told["variables"]["addresses"]


def test_new_bodies_are_more_than_are_remembered_and_no_two_are_alike() -> None:
    bodies, remembered = questions.new().bodies, 2000
    assert len(set(bodies)) == len(bodies) >= 2 * remembered


def test_cold_questions_have_no_call_in_common() -> None:
    parts = questions.cold_parts()
    for name in ("holders", "accounts"):
        told = [each for part in parts for each in getattr(part, name)]
        assert len(told) == len(set(told))
