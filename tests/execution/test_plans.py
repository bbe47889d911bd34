"""Plans are made when a text is seen again, kept for its operations and conditions, and never without a bound."""

from collections.abc import Mapping
from typing import Any

import pytest
from graphql import DocumentNode, parse

from gateway.execution.compiler import Compiler
from gateway.execution.fragment import Fragments
from gateway.execution.plan import Plan
from gateway.execution.plans import Plans, Prepared
from gateway.execution.unhandled import Reason, Unhandled
from gateway.schema.compiled import DECLARATIONS
from tests.execution.twins import SCHEMA

_LIMITS = "{ limits { maxCost } }"
_CONDITIONAL = (
    "query ($yes: Boolean = true, $no: Boolean!) { limits @include(if: $yes) { maxCost @skip(if: $no) maxDepth } }"
)


class _CountingCompiler(Compiler):
    """Counts what it is asked to compile."""

    asked = 0

    def compile(self, document: DocumentNode, name: str | None, conditions: Mapping[str, bool]) -> Plan:
        self.asked += 1
        return super().compile(document, name, conditions)


class _Bench:
    def __init__(self) -> None:
        self.compiler = _CountingCompiler(SCHEMA, DECLARATIONS, Fragments(1000))
        self.plans = Plans(self.compiler)

    def prepare(self, text: str, sent: Mapping[str, Any] | None = None, name: str | None = None) -> Prepared:
        return self.plans.prepare(text, parse(text), name, sent or {})

    def reason(self, text: str, sent: Mapping[str, Any] | None = None, name: str | None = None) -> Reason:
        with pytest.raises(Unhandled) as left:
            self.prepare(text, sent, name)
        return left.value.reason

    def seen(self, text: str) -> None:
        assert self.reason(text) is Reason.FIRST_SEEN


@pytest.fixture
def bench() -> _Bench:
    return _Bench()


def test_a_text_is_compiled_when_it_is_seen_again_and_once(bench: _Bench) -> None:
    bench.seen(_LIMITS)
    assert bench.compiler.asked == 0
    first, second = bench.prepare(_LIMITS), bench.prepare(_LIMITS)
    assert first.plan is second.plan
    assert bench.compiler.asked == 1


def test_what_does_not_compile_is_tried_once(bench: _Bench) -> None:
    text = "{ __schema { __typename } }"
    bench.seen(text)
    assert [bench.reason(text) for _ in range(3)] == [Reason.INTROSPECTION] * 3
    assert bench.compiler.asked == 1


def test_a_text_that_is_too_long_is_never_compiled(bench: _Bench) -> None:
    text = _LIMITS + "#" * 16_384
    assert [bench.reason(text) for _ in range(3)] == [Reason.FIRST_SEEN] * 3


def test_each_answer_of_the_conditions_has_a_plan_of_its_own(bench: _Bench) -> None:
    bench.seen(_CONDITIONAL)
    plans = {
        (yes, no): bench.prepare(_CONDITIONAL, {"yes": yes, "no": no}).plan
        for yes in (True, False)
        for no in (True, False)
    }
    assert len(set(map(id, plans.values()))) == 4
    # What is left out is what the default says.
    assert bench.prepare(_CONDITIONAL, {"no": True}).plan is plans[True, True]


@pytest.mark.parametrize("sent", [{}, {"no": None}, {"no": "true"}, {"no": True, "yes": None}, {"no": True, "yes": 1}])
def test_conditions_that_are_none_are_left_to_the_reference_executor(bench: _Bench, sent: Mapping[str, Any]) -> None:
    bench.seen(_CONDITIONAL)
    assert bench.reason(_CONDITIONAL, sent) is Reason.VARIABLES
    assert bench.compiler.asked == 0


def test_operations_of_one_text_have_plans_of_their_own(bench: _Bench) -> None:
    text = "query A { limits { maxCost } } query B { limits { maxDepth } }"
    bench.seen(text)
    assert bench.prepare(text, name="A").plan is not bench.prepare(text, name="B").plan
    assert bench.reason(text) is Reason.NOT_A_QUERY
    assert bench.reason(text, name="C") is Reason.NOT_A_QUERY


def test_the_text_that_was_used_longest_ago_makes_room(bench: _Bench) -> None:
    bench.seen(_LIMITS)
    bench.seen("{ __typename }")
    for number in range(999):
        bench.seen(f"{{ a{number}: __typename }}")
        bench.prepare(_LIMITS)
    assert bench.reason("{ __typename }") is Reason.FIRST_SEEN


def test_plans_of_one_text_are_bounded(bench: _Bench) -> None:
    names = [f"v{number}" for number in range(6)]
    fields = " ".join(f"{name}: __typename @skip(if: ${name})" for name in names)
    text = f"query ({', '.join(f'${name}: Boolean!' for name in names)}) {{ {fields} last: __typename }}"
    bench.seen(text)
    for number in range(64):
        bench.prepare(text, {name: bool(number >> at & 1) for at, name in enumerate(names)})
    assert bench.compiler.asked == 64
    (seen,) = bench.plans._seen.values()  # noqa: SLF001 - that it is bounded is told nowhere else
    assert len(seen.plans) <= 16


def test_arguments_that_their_types_refuse_are_left_to_the_reference_executor(bench: _Bench) -> None:
    text = "query ($address: Address!) { account(address: $address) { id } }"
    bench.seen(text)
    assert bench.reason(text, {"address": "nowhere"}) is Reason.VARIABLES
    text = '{ account(address: "nowhere") { id } }'
    bench.seen(text)
    assert bench.reason(text) is Reason.ARGUMENTS


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("mutation { __typename }", Reason.NOT_A_QUERY),
        ('{ __type(name: "Rune") { name } }', Reason.INTROSPECTION),
        ("{ " + " ".join(f"a{n}: __typename" for n in range(2001)) + " }", Reason.TOO_LARGE),
    ],
)
def test_what_is_not_compiled_says_why(bench: _Bench, text: str, reason: Reason) -> None:
    with pytest.raises(Unhandled) as left:
        bench.compiler.compile(parse(text), None, {})
    assert left.value.reason is reason
