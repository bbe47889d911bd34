"""`gateway serve --production` and `--trusted-documents`: what is closed, and which manifests stop the start."""

import json
from pathlib import Path

import pytest

from tests.cli.command import ask, run, running

SDL = "{ _service { sdl } }"
DEPTH = "{ limits { maxDepth } }"
ANSWER = {"data": {"limits": {"maxDepth": 15}}}


def _codes(body: dict[str, object]) -> list[str]:
    errors: object = body["errors"]
    assert isinstance(errors, list)
    return [error["extensions"]["code"] for error in errors]


async def test_with_the_option_it_is_closed_whatever_the_setting_says() -> None:
    settings = {"GATEWAY_PORT": "0", "GATEWAY_PRODUCTION": "false"}
    async with running("serve", "--production", last="open", **settings) as serving:
        _, body = await ask(serving.greeting["open"], SDL)
        assert _codes(body) == ["INTROSPECTION_OFF"]


async def test_with_the_setting_it_is_closed_too_and_opens_for_a_router() -> None:
    settings = {"GATEWAY_PORT": "0", "GATEWAY_PRODUCTION": "true"}
    async with running("serve", last="open", **settings) as serving:
        assert _codes((await ask(serving.greeting["open"], SDL))[1]) == ["INTROSPECTION_OFF"]
    async with running("serve", last="open", **settings, GATEWAY_INTROSPECTION="true") as serving:
        assert "errors" not in (await ask(serving.greeting["open"], SDL))[1]


async def test_with_a_manifest_only_its_documents_run(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps({"d1": DEPTH}))
    arguments = ("serve", "--production", "--trusted-documents", str(path))
    # The option outweighs the setting, however that is given.
    settings = {"GATEWAY_PORT": "0", "GATEWAY_TRUSTED_DOCUMENTS_FILE": str(path)}
    async with running(*arguments, last="open", **settings) as serving:
        assert await ask(serving.greeting["open"], DEPTH) == (200, ANSWER)
        assert _codes((await ask(serving.greeting["open"], "{ limits { maxCost } }"))[1]) == ["DOCUMENT_NOT_TRUSTED"]


@pytest.mark.parametrize("by_option", [True, False])
async def test_a_manifest_with_a_broken_document_stops_the_start_and_names_it(
    tmp_path: Path, *, by_option: bool
) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps({"good": DEPTH, "bad": "{ limits { depth } }", "worse": "{"}))
    arguments = ["--trusted-documents", str(path)] if by_option else []
    settings = {} if by_option else {"GATEWAY_TRUSTED_DOCUMENTS": str(path)}
    told = await run("serve", *arguments, GATEWAY_PORT="0", **settings)
    assert (told.code, told.out) == (1, "")
    assert "the manifest of trusted documents will not do:" in told.err
    assert "document bad: Cannot query field 'depth' on type 'Limits'" in told.err
    assert "document worse: Syntax Error" in told.err
    assert "document good" not in told.err
    assert "Traceback" not in told.err
