"""The operations for client authors are valid, and each answers without an error when it is asked as it stands."""

from pathlib import Path
from typing import Any

import pytest
from graphql import build_ast_schema, parse, print_ast, separate_operations, validate

from gateway.sandbox.addresses import OWNER, RUNES_HOLDER, SANDBOX_ALPHA_COIN, TOKEN_ACCOUNT
from gateway.schema.schema import create_schema
from tests.running import DEMO_KEY, Gateway

ROOT = Path(__file__).parents[2]
DOCUMENT = parse((ROOT / "examples" / "operations.graphql").read_text())
OPERATIONS = {name: print_ast(document) for name, document in separate_operations(DOCUMENT).items()}
VARIABLES: dict[str, dict[str, Any]] = {
    "RunesOfAddresses": {"addresses": [RUNES_HOLDER, OWNER], "first": 3},
    "RunesByName": {"address": RUNES_HOLDER, "names": ["sandbox alpha coin"]},
    "RuneById": {"id": SANDBOX_ALPHA_COIN},
    "TokenAccounts": {"addresses": [TOKEN_ACCOUNT]},
    "TokensOfOwner": {"owner": OWNER},
    "MyExchangeWallets": {"currencies": ["btc"]},
    "Status": {},
}


def test_the_operations_fit_the_schema_that_is_published() -> None:
    published = build_ast_schema(parse((ROOT / "schema.graphql").read_text()), assume_valid_sdl=True)
    assert validate(published, DOCUMENT) == []
    assert validate(create_schema().graphql, DOCUMENT) == []


@pytest.mark.parametrize("name", OPERATIONS)
async def test_each_operation_answers_as_it_stands(gateway: Gateway, name: str) -> None:
    answer = await gateway.ask(OPERATIONS[name], VARIABLES[name], key=DEMO_KEY)
    assert answer.data
    assert "UNAVAILABLE" not in str(answer.data)
