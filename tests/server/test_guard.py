"""Operations that ask for too much are turned down before anything runs, and no provider hears of them."""

import pytest
from graphql import GraphQLSyntaxError, get_introspection_query

from gateway.schema.limits import RequestLimits
from gateway.schema.schema import create_schema
from gateway.server.guard import Documents
from tests.running import Answer, Gateway

HOLDER = "bc1pdkk5ughajfurnz9zmzdak0pqhmt9lhza7pz96vsmy3y6dj72alkq2zhlxt"
SCHEMA = create_schema().graphql
# A Bitcoin address has no token accounts: these go as deep as they are typed, and ask nobody.
LEVELS = ("tokenAccounts", "nodes", "owner")


def listing(fields: str, many: int) -> str:
    """Ask for one address many times over, typed out."""
    typed = " ".join([f'"{HOLDER}"'] * many)
    return f"accounts(addresses: [{typed}]) {{ {fields} }}"


def deep(levels: int) -> str:
    """Nest fields so many levels deep, the account and a last `__typename` not counted."""
    names = [LEVELS[at % 3] for at in range(levels)]
    return f'{{ account(address: "{HOLDER}") {{ {" { ".join([*names, "__typename"])} {"}" * (levels + 2)}'


def fields_of_account(many: int, start: str = "") -> str:
    return f'{{ account(address: "{HOLDER}") {{ {start} {"id " * many} }} }}'


def renamed(many: int) -> str:
    return f"{{ {' '.join(f'a{n}: limits {{ maxDepth }}' for n in range(many))} }}"


def upstream_calls(gateway: Gateway) -> int:
    return sum(sum(routes.values()) for routes in gateway.sandbox.calls.values())


def refused(answer: Answer, what: str) -> None:
    assert answer.codes == ["LIMIT_EXCEEDED"], answer.body
    assert "data" not in answer.body
    assert answer.body["errors"][0]["message"].startswith(f"The {what} of this operation is ")


async def test_an_operation_may_be_as_deep_as_the_limit_and_no_deeper(gateway: Gateway) -> None:
    assert (await gateway.ask(deep(14))).data == {"account": {"tokenAccounts": None}}
    refused(await gateway.ask(deep(15)), "depth")
    assert upstream_calls(gateway) == 0


async def test_an_operation_may_rename_as_many_fields_as_the_limit_and_no_more(gateway: Gateway) -> None:
    assert len((await gateway.ask(renamed(100))).data) == 100
    refused(await gateway.ask(renamed(101)), "number of aliases")


async def test_an_operation_may_name_as_many_addresses_as_the_limit_and_no_more(gateway: Gateway) -> None:
    assert len((await gateway.ask(f"{{ {listing('chain', 500)} }}")).data["accounts"]) == 500
    refused(await gateway.ask(f"{{ {listing('chain', 501)} }}"), "number of addresses")
    sent = "query ($a: [Address!]!) { accounts(addresses: $a) { chain } }"
    assert len((await gateway.ask(sent, {"a": [HOLDER] * 500})).data["accounts"]) == 500
    refused(await gateway.ask(sent, {"a": [HOLDER] * 501}), "number of addresses")
    twice = "query ($a: [Address!]!) { accounts(addresses: $a) { chain } more: accounts(addresses: $a) { chain } }"
    refused(await gateway.ask(twice, {"a": [HOLDER] * 251}), "number of addresses")


async def test_addresses_in_a_variables_default_are_counted_too(gateway: Gateway) -> None:
    default = " ".join([f'"{HOLDER}"'] * 501)
    query = f"query ($a: [Address!]! = [{default}]) {{ accounts(addresses: $a) {{ runes {{ outcome }} }} }}"
    refused(await gateway.ask(query), "number of addresses")
    assert upstream_calls(gateway) == 0


async def test_an_operation_may_cost_as_much_as_the_limit_and_no_more(gateway: Gateway) -> None:
    # One for the list, and for each address one for each of its fields.
    assert len((await gateway.ask(f"{{ {listing('id ' * 99, 101)} }}")).data["accounts"]) == 101
    refused(await gateway.ask(f"{{ {listing('id ' * 100, 100)} }}"), "cost")
    dear = "query ($a: [Address!]!) { accounts(addresses: $a) { runes { outcome } tokenAccounts { outcome } } }"
    refused(await gateway.ask(dear, {"a": [HOLDER] * 500}), "cost")
    assert upstream_calls(gateway) == 0


async def test_a_document_may_have_as_many_tokens_as_the_limit_and_no_more(gateway: Gateway) -> None:
    most = f"{{ {listing('id', 500)} limits {{ maxDepth {'__typename ' * 484} }} }}"
    assert "errors" not in (await gateway.ask(most)).body
    answer = await gateway.ask(most.replace("maxDepth", "maxDepth maxCost"))
    assert answer.codes == ["LIMIT_EXCEEDED"]
    assert "more than 1000 tokens" in answer.body["errors"][0]["message"]


@pytest.mark.parametrize("inner", ["id", "a: id", "runes { outcome }", "tokenAccounts { nodes { owner { id } } }"])
async def test_a_bomb_of_sixty_doubled_fragments_is_refused(gateway: Gateway, inner: str) -> None:
    bodies = [f"fragment f{n} on Account {{ ...f{n + 1} ...f{n + 1} }}" for n in range(60)]
    bomb = " ".join(
        [f'{{ account(address: "{HOLDER}") {{ ...f0 }} }}', *bodies, f"fragment f60 on Account {{ {inner} }}"]
    )
    answer = await gateway.ask(bomb)
    assert answer.codes == ["LIMIT_EXCEEDED"]
    assert "beyond counting" in answer.body["errors"][0]["message"]
    assert upstream_calls(gateway) == 0


async def test_introspection_cannot_be_made_to_grow_by_renaming(gateway: Gateway) -> None:
    # Ten names on each of four levels are ten thousand times the schema.
    def ten(field: str, spread: str) -> str:
        return " ".join(f"{field}{n}: {field} {{ {spread} }}" for n in range(10))

    answer = await gateway.ask(
        f"{{ __schema {{ ...S }} }} fragment S on __Schema {{ {ten('types', '...T')} }}"
        f" fragment T on __Type {{ {ten('fields', '...F')} }} fragment F on __Field {{ {ten('type', '...U')} }}"
        f" fragment U on __Type {{ {ten('fields', 'name')} }}"
    )
    refused(answer, "number of aliases")


@pytest.mark.parametrize(
    "cycle",
    [
        "fragment f on Account { ...f }",
        "fragment f on Account { id ...g } fragment g on Account { ...f }",
        "fragment f on Account { tokenAccounts { nodes { owner { ...f } } } }",
        "fragment f on Account { ... on Account { ... { ...f } } }",
    ],
)
async def test_fragments_that_spread_themselves_are_refused(gateway: Gateway, cycle: str) -> None:
    answer = await gateway.ask(f'{{ account(address: "{HOLDER}") {{ ...f }} }} {cycle}')
    assert set(answer.codes) == {"GRAPHQL_VALIDATION_FAILED"}
    assert "data" not in answer.body


@pytest.mark.parametrize("levels", [16, 40, 100, 190, 198, 250, 300])
async def test_nesting_deeper_than_the_interpreter_can_follow_is_refused_like_any_other(
    gateway: Gateway, levels: int
) -> None:
    for answer in (await gateway.ask(deep(levels)), await gateway.ask("{ limits " * levels + "}" * levels)):
        (code,) = set(answer.codes)
        assert code in {"LIMIT_EXCEEDED", "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED"}
        assert "data" not in answer.body


@pytest.mark.parametrize("levels", [10, 150, 250, 320])
@pytest.mark.parametrize(
    ("before", "opening", "inner", "closing", "after"),
    [
        ("{ limits { ", "... { ", "maxDepth ", "} ", "} }"),
        ("{ limits { ", "... on Limits { ", "maxDepth ", "} ", "} }"),
        ("{ accounts(addresses: ", "[", '"x"', "]", ") { id } }"),
        ("query ($a: [Address!]! = ", "[", '"x"', "]", ") { accounts(addresses: $a) { id } }"),
        ('{ account(address: "x") { runes(filter: ', "{ a: ", "1", " }", ") { outcome } } }"),
        ("query ($a: ", "[", "Int", "]", ") { limits { maxDepth } }"),
    ],
)
async def test_deep_nesting_of_any_kind_is_answered_and_never_a_crash(
    gateway: Gateway, before: str, opening: str, inner: str, closing: str, after: str, levels: int
) -> None:
    answer = await gateway.ask(f"{before}{opening * levels}{inner}{closing * levels}{after}")
    assert answer.status == 200
    assert "INTERNAL" not in (answer.codes if "errors" in answer.body else [])


@pytest.mark.parametrize("extras", [False, True])
async def test_the_question_that_every_tool_asks_about_the_schema_is_answered(
    gateway: Gateway, *, extras: bool
) -> None:
    query = get_introspection_query(
        specified_by_url=extras,
        directive_is_repeatable=extras,
        schema_description=extras,
        input_value_deprecation=extras,
    )
    shown = (await gateway.ask(query)).data["__schema"]
    assert shown["queryType"]["name"] == "Query"
    assert {"Account", "Rune", "TokenAccount", "ExchangeWallet"} <= {kind["name"] for kind in shown["types"]}


async def test_introspection_that_goes_round_in_circles_is_refused(gateway: Gateway) -> None:
    answer = await gateway.ask("{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }")
    assert answer.codes == ["GRAPHQL_VALIDATION_FAILED"]
    assert answer.body["errors"][0]["message"] == "Maximum introspection depth exceeded"


async def test_the_operation_that_is_measured_is_the_one_that_runs(gateway: Gateway) -> None:
    two = f"query Small {{ limits {{ maxDepth }} }} query Large {renamed(101)}"
    for name, fits in (("Small", True), ("Large", False), (None, False)):
        payload = {"query": two, "operationName": name}
        async with gateway.http.post(f"{gateway.url}/graphql", json=payload) as response:
            body = await response.json()
        assert ("errors" not in body) is fits
        assert body.get("data") == ({"limits": {"maxDepth": 15}} if fits else None)
    for name in ("", "Other"):
        payload = {"query": f"query Large {renamed(101)}", "operationName": name}
        async with gateway.http.post(f"{gateway.url}/graphql", json=payload) as response:
            body = await response.json()
        assert "data" not in body
        assert [error["extensions"]["code"] for error in body["errors"]] == ["BAD_REQUEST"]


async def test_the_same_document_is_measured_anew_with_other_variables(gateway: Gateway) -> None:
    query = "query ($a: [Address!]!) { accounts(addresses: $a) { chain } }"
    refused(await gateway.ask(query, {"a": [HOLDER] * 501}), "number of addresses")
    assert len((await gateway.ask(query, {"a": [HOLDER]})).data["accounts"]) == 1
    refused(await gateway.ask(query, {"a": [HOLDER] * 501}), "number of addresses")


async def test_a_document_that_is_wrong_is_wrong_each_time_it_is_sent(gateway: Gateway) -> None:
    for query, code in (("{ nothing }", "GRAPHQL_VALIDATION_FAILED"), ("{ limits { ", "GRAPHQL_PARSE_FAILED")):
        first, second = await gateway.ask(query), await gateway.ask(query)
        assert first.codes == [code]
        assert first.body == second.body


def documents() -> Documents:
    return Documents(SCHEMA, RequestLimits())


def test_a_document_is_parsed_and_validated_once_for_each_text() -> None:
    kept = documents()
    document, errors = kept.get("{ limits { maxDepth } }")
    assert errors == []
    again = kept.get("{ limits { maxDepth } }")
    assert again[0] is document
    assert kept.get("{ limits { maxDepth }  }")[0] is not document


def test_what_validation_said_is_remembered_with_the_document() -> None:
    kept = documents()
    _, errors = kept.get("{ nothing }")
    assert [error.message for error in errors] == ["Cannot query field 'nothing' on type 'Query'."]
    assert kept.get("{ nothing }")[1] is errors


def test_text_that_does_not_parse_is_refused_each_time() -> None:
    kept = documents()
    for _ in range(2):
        with pytest.raises(GraphQLSyntaxError):
            kept.get("{")


def test_a_thousand_documents_are_kept_and_the_longest_unused_goes_first() -> None:
    kept = documents()
    used, unused = kept.get("{ __typename } # used")[0], kept.get("{ __typename } # unused")[0]
    for n in range(998):
        kept.get(f"{{ __typename }} # {n}")
    assert kept.get("{ __typename } # used")[0] is used
    kept.get("{ __typename } # one more")
    assert kept.get("{ __typename } # used")[0] is used
    assert kept.get("{ __typename } # unused")[0] is not unused


def test_a_document_with_many_mistakes_is_not_searched_for_all_of_them() -> None:
    _, errors = documents().get(f"{{ {' '.join(f'wrong{n}' for n in range(200))} }}")
    assert len(errors) == 11
    assert errors[-1].message.startswith("Too many validation errors")
