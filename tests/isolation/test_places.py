"""Each place where a credential's fingerprint belongs: where it is taken out, a test of this folder fails."""

import re

import pytest

from tests.isolation.copy import Copy, Spoilt
from tests.stores.engine import Engine

_READINGS = "tests/isolation/test_readings.py::"
_BUDGETS = "tests/isolation/test_budgets.py::"
_HTTP = "tests/isolation/test_http.py::"
# What is left of a name without its last part, which stands for the key.
_KEYLESS = 'name.rpartition(":")[0]'

PLACES = {
    "what everything is called that is read for a key": Spoilt(
        "gateway/readings/name.py",
        [("return key.fingerprint", 'return "credential"')],
        f"{_READINGS}test_what_is_kept_in_memory_is_kept_for_each",
    ),
    "the fingerprint itself": Spoilt(
        "gateway/domain/exchange.py",
        [('f"{kind}\\n{text}".encode()', "kind.encode()")],
        f"{_READINGS}test_what_is_kept_in_memory_is_kept_for_each",
    ),
    "what is kept in memory": Spoilt(
        "gateway/readings/store.py",
        [
            (
                "found = await self._memory.multi_get(names)",
                f"found = await self._memory.multi_get([{_KEYLESS} for name in names])",
            ),
            ("await self._memory.set(name, ", f"await self._memory.set({_KEYLESS}, "),
            ("taken = [(name, entry) for", f"taken = [({_KEYLESS}, entry) for"),
        ],
        f"{_READINGS}test_what_is_kept_in_memory_is_kept_for_each",
    ),
    "a call under way": Spoilt(
        "gateway/readings/flight.py",
        [
            (
                "return self._landings.get(name)",
                f"return next((it for each, it in self._landings.items() if each.startswith({_KEYLESS})), None)",
            )
        ],
        f"{_READINGS}test_a_call_under_way_for_one_holds_up_nobody_else",
    ),
    "what replicas share": Spoilt(
        "gateway/readings/shelf.py",
        [('return f"{PREFIX}reading:{version}:{name}"', f'return f"{{PREFIX}}reading:{{version}}:" + {_KEYLESS}')],
        f"{_READINGS}test_what_replicas_share_is_kept_for_each[valkey]",
    ),
    "the highest position": Spoilt(
        "gateway/readings/shelf.py",
        [('return f"{PREFIX}position:{name}"', f'return f"{{PREFIX}}position:" + {_KEYLESS}')],
        f"{_READINGS}test_what_replicas_share_is_kept_for_each[valkey]",
    ),
    "a replica's turn": Spoilt(
        "gateway/replicas/lease.py",
        [
            (
                'keys = [f"{self._prefix}{name}" for name in names]\n',
                f"keys = [self._prefix + {_KEYLESS} for name in names]\n",
            ),
            (
                'keys = [f"{self._prefix}{name}" for name in holders]\n',
                f"keys = [self._prefix + {_KEYLESS} for name in holders]\n",
            ),
        ],
        f"{_READINGS}test_a_replicas_turn_for_one_holds_up_nobody_else[valkey]",
    ),
    "who pays for a call": Spoilt(
        "gateway/providers/sfox/wallets.py",
        [(", payer=credential.fingerprint", "")],
        f"{_BUDGETS}test_a_caller_who_has_asked_five_times_has_spent_nobody_elses_calls",
    ),
    "whose penalty it is": Spoilt(
        "gateway/upstream/upstream.py",
        [("if self._rules.budget_by_host else call.payer\n", 'if self._rules.budget_by_host else ""\n')],
        f"{_BUDGETS}test_a_caller_whom_the_exchange_refuses_is_refused_alone",
    ),
    "whose budget is told": Spoilt(
        "gateway/schema/context.py",
        [("return credentials[provider].fingerprint if", 'return "" if')],
        f"{_BUDGETS}test_a_caller_who_has_asked_five_times_has_spent_nobody_elses_calls",
    ),
    "a window": Spoilt(
        "gateway/upstream/window.py",
        [
            ('self._seconds, f"{self._name}:{who}"\n', "self._seconds, self._name\n"),
            ('get_moving_window(f"{self._name}:{who}", ', "get_moving_window(self._name, "),
        ],
        f"{_BUDGETS}test_a_budget_is_spent_by_each_for_itself[window]",
    ),
    "a window that replicas share": Spoilt(
        "gateway/upstream/window.py",
        [
            ('self._seconds, f"{self._name}:{who}"\n', "self._seconds, self._name\n"),
            ('get_moving_window(f"{self._name}:{who}", ', "get_moving_window(self._name, "),
        ],
        f"{_BUDGETS}test_a_budget_that_replicas_share_is_spent_by_each_for_itself[valkey-closing]",
    ),
    "a minute of the wall clock": Spoilt(
        "gateway/upstream/window.py",
        [('f"{self._name}:{who}:{math.floor(', 'f"{self._name}:{math.floor(')],
        f"{_BUDGETS}test_a_budget_is_spent_by_each_for_itself[minute]",
    ),
    "a penalty": Spoilt(
        "gateway/upstream/penalty.py",
        [
            ("return max(self._imposed.get(who, ", "return max(self._imposed.get(self._name, "),
            ("self._imposed[who] = penalty\n        await", "self._imposed[self._name] = penalty\n        await"),
        ],
        f"{_BUDGETS}test_a_penalty_closes_the_provider_to_who_earned_it_alone",
    ),
    "a penalty that replicas share": Spoilt(
        "gateway/upstream/penalty.py",
        [('return f"{PREFIX}penalty:{self._name}:{who}"', 'return f"{PREFIX}penalty:{self._name}"')],
        f"{_BUDGETS}test_a_penalty_that_replicas_share_closes_the_provider_to_who_earned_it_alone[valkey]",
    ),
    "a wallet's id": Spoilt(
        "gateway/schema/exchange.py",
        [("(Exchange(exchange) if mark == caller.mark else None)", "Exchange(exchange)")],
        f"{_HTTP}test_anothers_wallet_is_nothing_even_where_one_has_the_same_currency[demo]",
    ),
    "what nobody between the gateway and its caller may keep": Spoilt(
        "gateway/loaders/loaders.py",
        [("self._questions.wallets_by_credential, private=True", "self._questions.wallets_by_credential")],
        f"{_HTTP}test_anothers_wallet_is_nothing_even_where_one_has_the_same_currency[demo]",
    ),
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    assert Engine.VALKEY.program
    return Copy.into(tmp_path_factory.mktemp("copy"))


def test_every_test_holds_while_nothing_is_taken_out(copy: Copy) -> None:
    ended = copy.run(*sorted({each.test for each in PLACES.values()}))
    assert ended.returncode == 0, ended.stdout
    assert "skipped" not in ended.stdout


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_taken_out_of_one_place_it_is_missed(place: Spoilt, copy: Copy) -> None:
    sound = copy.spoil(place)
    try:
        ended = copy.run(place.test)
    finally:
        (copy.folder / place.file).write_text(sound)
    assert ended.returncode == pytest.ExitCode.TESTS_FAILED, ended.stdout
    # It failed for what it looks at, and not because nothing works any more.
    assert re.search(r"^E +(AssertionError|assert|TimeoutError)", ended.stdout, re.MULTILINE), ended.stdout
    assert "1 failed" in ended.stdout
