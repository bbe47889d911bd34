"""Two answers held against each other, figure by figure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Path = tuple[str | int, ...]


class Differ(Exception):
    """Two answers to one question are not the same."""

    def __init__(self, who: str, differences: Sequence[str]) -> None:
        listed = "\n".join(f"  {each}" for each in differences[:_SHOWN])
        super().__init__(f"{who} answers otherwise ({len(differences)} differences):\n{listed}")


_SHOWN = 5


def require_same(ours: Mapping[str, Any], theirs: Mapping[str, Any], who: str) -> None:
    """Raise Differ unless both have the same data, and neither has an error."""
    for name, answer in (("the gateway", ours), (who, theirs)):
        if answer.get("errors") or not answer.get("data"):
            raise Differ(name, [f"it failed: {answer.get('errors')}"])
    differences = list(_differences(ours["data"], theirs["data"], ()))
    if differences:
        raise Differ(who, differences)


def _differences(ours: Any, theirs: Any, path: Path) -> Iterator[str]:
    if isinstance(ours, dict) and isinstance(theirs, dict) and ours.keys() == theirs.keys():
        for name, value in ours.items():
            yield from _differences(value, theirs[name], (*path, name))
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for place, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from _differences(one, other, (*path, place))
    elif type(ours) is not type(theirs) or ours != theirs:
        yield f"{'.'.join(map(str, path)) or 'data'}: {_short(ours)} here, {_short(theirs)} there"


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return f"an object of {', '.join(sorted(value))}"
    return f"a list of {len(value)}" if isinstance(value, list) else repr(value)
