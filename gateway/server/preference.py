"""What a client prefers, as the weights in its `Accept` and `Accept-Encoding` headers say (RFC 9110, section 12)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"

# Headers that are remembered, for there are few, and the longest of them.
_KNOWN, _LONGEST_KNOWN = 256, 512
_WEIGHT = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Choice:
    """One item of a header: its name in lower case, its parameters, and its weight in thousandths."""

    name: str
    parameters: dict[str, str]
    weight: int

    def fits(self, media_type: str) -> int:
        """Say how closely this range fits a media type: 0 not at all, 1 as any type, 2 by its first half, 3 by name."""
        if not is_utf_8(self.parameters):
            return 0
        ranges = ("*/*", f"{media_type.partition('/')[0]}/*", media_type)
        return ranges.index(self.name) + 1 if self.name in ranges else 0


def is_utf_8(parameters: Mapping[str, str]) -> bool:
    """Say whether a media type's parameters mean UTF-8, as they do where they name no charset."""
    return parameters.get("charset", "utf-8") in {"utf-8", "utf8"}


def taken_apart(header: str) -> tuple[str, dict[str, str]]:
    """Take a value such as `text/html; charset="UTF-8"` apart, all in lower case; of a parameter twice, the last."""
    name, *rest = header.lower().split(";")
    pairs = (part.partition("=") for part in rest)
    return name.strip(), {key.strip(): value.strip().strip('"') for key, _, value in pairs}


def _choices(headers: Sequence[str]) -> Sequence[_Choice]:
    text = ",".join(headers)
    return _read(text) if len(text) <= _LONGEST_KNOWN else _read.__wrapped__(text)


@lru_cache(_KNOWN)
def _read(text: str) -> Sequence[_Choice]:
    found = []
    for item in text.split(","):
        name, rest = taken_apart(item)
        weight = rest.pop("q", "1")
        # What is no weight takes its item out, as a weight of 0 would: nobody can tell what was meant.
        whole = round(float(weight) * 1000) if _WEIGHT.fullmatch(weight) else 0
        if name:
            found.append(_Choice(name, rest, whole))
    return found


def media_type(accept: Sequence[str]) -> str | None:
    """Choose what an answer is written as; None where the client takes neither of the two.

    JSON where anything will do, for a client that names nothing is likely to know nothing else.
    """
    choices = _choices(accept)
    if not choices:
        return JSON
    found = []
    for media in (JSON, GRAPHQL):
        closest = max(choices, key=lambda choice: (choice.fits(media), choice.weight))
        if closest.fits(media) and closest.weight:
            named = closest.name == media
            # Of two that weigh the same, the one that is named; of two named ones, GraphQL's own; of two others, JSON.
            found.append((closest.weight, named, named == (media == GRAPHQL), media))
    return max(found)[-1] if found else None


def is_named(accept: Sequence[str], media: str, parameters: Mapping[str, str] | None = None) -> int:
    """Give the weight of a media type that a client names itself, with such parameters; 0 where it does not.

    Ranges do not count: whoever takes anything does not expect a stream.
    """
    wanted = (parameters or {}).items()
    return max(
        (each.weight for each in _choices(accept) if each.name == media and wanted <= each.parameters.items()),
        default=0,
    )


def accepts_gzip(accept_encoding: Sequence[str]) -> bool:
    """Say whether a client asked for gzip; one that says nothing did not."""
    weights = {choice.name: choice.weight for choice in _choices(accept_encoding)}
    return weights.get("gzip", weights.get("*", 0)) > 0
