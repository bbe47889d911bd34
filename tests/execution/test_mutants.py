"""What compares the compiler with the reference executor notices when the compiler is wrong."""

import pytest

from gateway.loaders.loaders import Loaders
from tests.execution.hard import EVERYTHING, HARD
from tests.execution.mutant import Mutant
from tests.execution.twins import Differs, Twins, open_twins

_CODE, _SCHEMA = "gateway.execution", "gateway.schema.compiled"

MUTANTS = (
    Mutant("null is written as an object", f"{_CODE}.compilation", "literal(leaf.NULL)", "literal(b'{}')"),
    Mutant(
        "fields are in reverse order",
        f"{_CODE}.compilation",
        "for names in runs(fields, kept):",
        "for names in reversed(runs(fields, kept)):",
    ),
    Mutant(
        "an alias is forgotten",
        f"{_CODE}.compilation",
        "leaf.encode(key) + b",
        "leaf.encode(nodes[0].name.value) + b",
    ),
    Mutant("items are not parted", f"{_CODE}.compilation", "{separator} = COMMA", "{separator} = OPEN"),
    Mutant("objects are found in reverse", f"{_CODE}.code", "}found.append(v)", "}found.insert(0, v)"),
    Mutant(
        "what moves is kept where it stands in what does not",
        f"{_CODE}.records",
        "part.settled and self._below(kind.fields[name], nodes)",
        "part.settled",
    ),
    Mutant(
        "pieces of one type are taken for each other",
        f"{_CODE}.compilation",
        r'sha256(f"{kind.name}\n{body}".encode())',
        "sha256(kind.name.encode())",
    ),
    Mutant(
        "what is kept takes its neighbours with it",
        f"{_CODE}.records",
        "if found and (found[-1][-1] in kept) is (key in kept):",
        "if found:",
    ),
    Mutant("a merged field is dropped", f"{_CODE}.selection", "value, []).append(node)", "value, [node])"),
    Mutant("@skip is ignored", f"{_CODE}.selection", '"skip": True', '"skip": None'),
    Mutant("@include is ignored", f"{_CODE}.selection", '"include": False', '"include": None'),
    Mutant(
        "fragments on interfaces are ignored",
        f"{_CODE}.selection",
        "return named is kind or (is_abstract_type(named) and self._schema.is_sub_type(named, kind))",
        "return named is kind",
    ),
    Mutant(
        "a fragment is spread where its type is not",
        f"{_CODE}.selection",
        "            if node.type_condition is None or self._covers(node.type_condition.name.value, kind):",
        "            if node.type_condition is None or kind.name != 'Nothing':",
    ),
    Mutant(
        "siblings are asked when all is lost",
        f"{_CODE}.step",
        "and isinstance(task.exception(), Lost)",
        "and not task.exception",
    ),
    Mutant("any Int is written", f"{_CODE}.leaf", " and -2147483648 <= {v} <= 2147483647 else", " else"),
    Mutant(
        "text is not escaped",
        f"{_CODE}.leaf",
        "(encode({v}) if type({v}) is str",
        r"(b'\"%s\"' % {v}.encode() if type({v}) is str",
    ),
    Mutant(
        "conditions are decided once for all",
        f"{_CODE}.plans",
        "key = (name, *conditions.values())",
        "key = (name,)",
    ),
    Mutant("a null condition is false", f"{_CODE}.plans", "not all(isinstance(each, bool)", "not all(True"),
    Mutant("an outcome is kept", _SCHEMA, "_READING: Final = moving(", "_READING: Final = settled("),
    Mutant("one amount stands for another", _SCHEMA, 'amount="{o}.confirmed"', 'amount="{o}.spendable"'),
    Mutant(
        "a page begins where it ends",
        _SCHEMA,
        'startCursor="{o}.start_cursor"',
        'startCursor="{o}.end_cursor"',
    ),
)


async def _compare(twins: Twins) -> None:
    for _ in range(2):
        await twins.warm(EVERYTHING, 100)
    for question in HARD:
        await twins.agree(question)


@pytest.mark.parametrize("mutant", MUTANTS, ids=[each.said for each in MUTANTS])
async def test_a_mistake_in_the_compiler_is_noticed(mutant: Mutant) -> None:
    async with open_twins(mutant.make) as twins:
        with pytest.raises(Differs):
            await _compare(twins)


async def test_errors_in_another_order_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    # What was read before an operation is begun again then comes before what need not be waited for.
    monkeypatch.setattr(Loaders, "begin_again", lambda _: None)
    async with open_twins() as twins:
        with pytest.raises(Differs, match=r"TIMEOUT.*BAD_USER_INPUT.*\n.*BAD_USER_INPUT.*TIMEOUT"):
            await _compare(twins)
