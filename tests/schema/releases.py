"""What each release promised to clients and routers, and which of it a later version breaks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from graphql import DocumentNode, GraphQLSchema, TypeDefinitionNode, build_ast_schema, find_breaking_changes, parse

# What other subgraphs and routers rely on; graphql-core compares types alone.
_PROMISES = {"key", "shareable"}
_CODE = re.compile(r"^\| `([A-Z_]+)` \|", re.MULTILINE)


def version_of(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


def may_break(released: str, now: str) -> bool:
    """Say whether semantic versioning lets `now` break what `released` promised."""
    was, is_ = version_of(released), version_of(now)
    told = 1 if was[0] else 2
    return is_[:told] > was[:told]


@dataclass(frozen=True, slots=True)
class Release:
    """One version's schema and error codes, as they were published."""

    version: str
    schema: str
    errors: str

    @classmethod
    def read(cls, folder: Path, version: str) -> "Release":
        return cls(version, (folder / "schema.graphql").read_text(), (folder / "errors.md").read_text())

    def broken_by(self, now: "Release") -> list[str]:
        """Tell in words what a client of this release would miss in that version."""
        if may_break(self.version, now.version):
            return []
        was, is_ = parse(self.schema), parse(now.schema)
        found = [change.description for change in find_breaking_changes(_built(was), _built(is_))]
        found += [f"{promise} was taken back." for promise in sorted(_promises(was) - _promises(is_))]
        gone = set(_CODE.findall(self.errors)) - set(_CODE.findall(now.errors))
        return found + [f"The error code {code} was removed." for code in sorted(gone)]


def releases(folder: Path) -> list[Release]:
    """Read all releases that are kept in a folder, oldest first."""
    kept = [each for each in folder.iterdir() if each.is_dir()]
    return [Release.read(each, each.name) for each in sorted(kept, key=lambda each: version_of(each.name))]


def _built(document: DocumentNode) -> GraphQLSchema:
    return build_ast_schema(document, assume_valid=True, assume_valid_sdl=True)


def _promises(document: DocumentNode) -> set[str]:
    return set(_each_promise(document))


def _each_promise(document: DocumentNode) -> Iterator[str]:
    for node in document.definitions:
        if isinstance(node, TypeDefinitionNode):
            for directive in node.directives or ():
                if directive.name.value in _PROMISES:
                    values = [getattr(each.value, "value", "") for each in directive.arguments or ()]
                    yield " ".join((f"{node.name.value} @{directive.name.value}", *map(str, values)))
