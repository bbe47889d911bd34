"""Reading control orders: each refusal is a sentence that names what is wrong."""

from collections.abc import Mapping

from gateway.sandbox.wire import Json


class BadOrder(ValueError):
    """An order that cannot be carried out; its text says why."""


def text(order: Mapping[str, Json], name: str) -> str:
    """A required string."""
    told = order.get(name)
    if not isinstance(told, str) or not told:
        raise BadOrder(f"{name!r} must be given, as a string")
    return told


def atomic(order: Mapping[str, Json], name: str) -> int:
    """A required whole amount, given as a string of digits."""
    told = text(order, name)
    if not (told.isascii() and told.isdigit()):
        raise BadOrder(f"{name!r} must be a string of digits, not {told!r}")
    return int(told)


def count(order: Mapping[str, Json], name: str, most: int) -> int:
    """A required whole number from 1 to `most`."""
    told = order.get(name)
    if type(told) is not int or not 1 <= told <= most:
        raise BadOrder(f"{name!r} must be a whole number from 1 to {most}")
    return told


def only(order: Mapping[str, Json], *known: str) -> None:
    """Refuse a key that would do nothing."""
    for name in order:
        if name not in known:
            raise BadOrder(f"{name!r} is not known here; the keys are {', '.join(known)}")
