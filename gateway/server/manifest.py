"""Reads the manifests of trusted documents that clients' build tools write."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

_APOLLO = "apollo-persisted-query-manifest"


class BadManifest(Exception):
    """A manifest that cannot be started with; each line says what is wrong, and with which document."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def read_manifest(path: Path) -> dict[str, str]:
    """Read the documents' texts by their names; raises `BadManifest`.

    Two forms are known: Apollo's (`generate-persisted-query-manifest`), and one object of texts by their hashes, as
    Relay's compiler and graphql-codegen write it. A name is whatever the tool made it, mostly a hash: each tool hashes
    in its own way, so names are not checked against texts.
    """
    try:
        found = msgspec.json.decode(path.read_bytes())
    except OSError as trouble:
        raise BadManifest([f"cannot be read: {trouble.strerror}"]) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError, ValueError):
        raise BadManifest(["is not well-formed JSON in UTF-8"]) from None
    if not isinstance(found, dict):
        raise BadManifest(["is not an object: expected Apollo's manifest, or texts by their hashes"])
    texts = _apollo(found) if "format" in found else _pairs(found)
    if not texts:
        raise BadManifest(["holds no documents, so nothing could be asked"])
    return texts


def _pairs(found: Mapping[str, Any]) -> dict[str, str]:
    wrong = [
        f"document {name}: expected its text, as a string" for name, text in found.items() if type(text) is not str
    ]
    if wrong:
        raise BadManifest(wrong)
    return dict(found)


def _apollo(found: Mapping[str, Any]) -> dict[str, str]:
    operations = found.get("operations")
    if found["format"] != _APOLLO or found.get("version") != 1 or not isinstance(operations, list):
        raise BadManifest([f"has a format: expected {_APOLLO}, version 1, with operations"])
    texts: dict[str, str] = {}
    wrong = []
    for number, operation in enumerate(operations, 1):
        match operation:
            case {"id": str(name), "body": str(text)} if texts.get(name, text) == text:
                texts[name] = text
            case {"id": str(name), "body": str()}:
                wrong.append(f"document {name}: stands there twice, with different bodies")
            case _:
                wrong.append(f"operation {number}: expected an id and a body, as strings")
    if wrong:
        raise BadManifest(wrong)
    return texts
