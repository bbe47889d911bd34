"""Every setting there is, found from the settings' own types, and whether it may hold a secret."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, is_dataclass
from enum import Enum, StrEnum
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from pydantic import AnyUrl, BaseModel, HttpUrl, SecretStr

from gateway.app import read_settings
from gateway.config import PREFIX

# What the operator calls one of those that have names of their own choosing.
NAME = "canary"
# Settings of free text that are shown to the world, each with the reason.
PLAIN: Mapping[str, str] = {
    "GATEWAY_HOST": "told in the greeting",
    "GATEWAY_CORS_ORIGINS": "sent to browsers in Access-Control-Allow-Origin",
    "GATEWAY_TRUSTED_DOCUMENTS": "a path on the operator's own disk",
    "GATEWAY_CACHE__TLS_CA": "a path on the operator's own disk",
}
_HARMLESS = (int, float, bool, Enum, NoneType)


class Kind(StrEnum):
    """What a setting may hold."""

    SECRET = "secret"
    URL = "url"
    # Free text that nobody said is harmless is treated as a secret.
    TEXT = "text"
    HARMLESS = "harmless"


@dataclass(frozen=True, slots=True)
class Setting:
    """One variable, and what it may hold."""

    name: str
    kind: Kind
    pattern: str | None = None


class Unknown(Exception):
    """A setting of a type of which nobody has said whether it can hold a secret."""


def all_settings(model: type[BaseModel] | None = None) -> list[Setting]:
    """List the settings of the gateway, with those of every provider; or those of a given model."""
    return list(_under(model or type(read_settings({})), PREFIX.removesuffix("_")))


def _under(model: type[BaseModel], prefix: str) -> Iterator[Setting]:
    separator = "_" if prefix == PREFIX.removesuffix("_") else "__"
    for name, field in model.model_fields.items():
        full = f"{prefix}{separator}{name}".upper()
        kinds = set(_leaves(field.annotation))
        models = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
        if get_origin(field.annotation) is dict:
            full, models = f"{full}__{NAME.upper()}", [get_args(field.annotation)[1]]
        if models:
            yield from _under(models[0], full)
        else:
            yield Setting(full, _kind(full, kinds), next(_patterns([*field.metadata, field.annotation]), None))


def _leaves(annotation: Any) -> Iterator[Any]:
    """Take a type apart into those that hold a value."""
    if get_origin(annotation) is Literal:
        yield Enum
    elif get_args(annotation):
        for part in get_args(annotation):
            yield from _leaves(part)
    elif isinstance(annotation, type):
        # A URL is a record too, as pydantic makes it.
        if is_dataclass(annotation) and not issubclass(annotation, AnyUrl | HttpUrl):
            for part in get_type_hints(annotation).values():
                yield from _leaves(part)
        else:
            yield annotation


def _patterns(parts: Iterable[Any]) -> Iterator[str]:
    """Find what a text must look like, also where it may be left out."""
    for part in parts:
        if isinstance(pattern := getattr(part, "pattern", None), str):
            yield pattern
        yield from _patterns(get_args(part))


def _kind(name: str, kinds: set[Any]) -> Kind:
    if name in PLAIN:
        return Kind.HARMLESS
    for held, kind in ((SecretStr, Kind.SECRET), (HttpUrl, Kind.URL), (AnyUrl, Kind.URL)):
        if any(issubclass(each, held) for each in kinds):
            return kind
    if any(each is str or issubclass(each, Path | bytes) for each in kinds):
        return Kind.TEXT
    if all(issubclass(each, _HARMLESS) for each in kinds) and kinds:
        return Kind.HARMLESS
    raise Unknown(f"{name} is of {kinds}: say in tests/secrets/enumeration.py whether it can hold a secret")
