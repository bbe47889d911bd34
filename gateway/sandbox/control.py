"""The control endpoint: what a provider of the sandbox shows of itself, and the orders it takes."""

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from gateway.sandbox import order
from gateway.sandbox.fault import PlannedFault
from gateway.sandbox.latency import read_latency
from gateway.sandbox.provider import Provider
from gateway.sandbox.wire import Json


def shown(provider: Provider) -> bytes:
    stands: dict[str, Json] = {
        "provider": provider.name,
        "calls": dict(provider.calls),
        "faults": provider.plan.shown(),
        "modes": provider.modes.shown(),
        "limits": provider.limits,
        "latency_ms": provider.latency.shown(),
    }
    if provider.feed is not None:
        stands["feed"] = provider.feed.shown()
    if provider.sockets is not None:
        stands["connections"] = provider.sockets.shown()
    return msgspec.json.encode(stands)


def apply(provider: Provider, body: bytes) -> None:
    """Carry out the orders of one JSON object; raise BadOrder or ValueError with a sentence when one cannot be."""
    try:
        told = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise order.BadOrder(f"a JSON object is wanted: {error}") from None
    if not isinstance(told, dict):
        raise order.BadOrder("a JSON object is wanted")
    order.only(told, *_ORDERS)
    for name, carry_out in _ORDERS.items():
        if name in told:
            carry_out(provider, told[name])


def _reset(provider: Provider, told: Json) -> None:
    if told is not True:
        raise order.BadOrder("'reset' wants true")
    provider.reset()


def _limits(provider: Provider, told: Json) -> None:
    if not isinstance(told, bool):
        raise order.BadOrder("'limits' wants true or false")
    provider.limits = told


def _latency(provider: Provider, told: Json) -> None:
    provider.latency = read_latency(told)


def _mode(provider: Provider, told: Json) -> None:
    provider.tell_modes(_object("mode", told))


def _fail(provider: Provider, told: Json) -> None:
    wanted = _object("fail", told)
    order.only(wanted, "fault", "times", "route")
    name, times, route = order.text(wanted, "fault"), wanted.get("times"), wanted.get("route")
    if name not in provider.faults:
        raise order.BadOrder(f"{provider.name} has no fault {name!r}; its faults are {', '.join(provider.faults)}")
    if times is not None and (type(times) is not int or times < 1):
        raise order.BadOrder("'times' wants a whole number, 1 or more, or null for until reset")
    if route is not None and route not in provider.known_routes:
        raise order.BadOrder(f"'route' wants one of {', '.join(provider.known_routes)}")
    provider.plan.add(PlannedFault(name, times, route))


def _balance(provider: Provider, told: Json) -> None:
    provider.change_balance(_object("balance", told))


def _crowd(provider: Provider, told: Json) -> None:
    provider.gather(_object("crowd", told))


def _slots(provider: Provider, told: Json) -> None:
    if type(told) is not int or told < 1:
        raise order.BadOrder("'slots' wants a whole number, 1 or more")
    provider.advance(told)


def _hang_up(provider: Provider, told: Json) -> None:
    if told is not True:
        raise order.BadOrder("'hang_up' wants true")
    if provider.sockets is None:
        raise order.BadOrder(f"{provider.name} has no WebSockets")
    provider.sockets.hang_up()


def _object(name: str, told: Json) -> Mapping[str, Json]:
    if not isinstance(told, dict):
        raise order.BadOrder(f"{name!r} wants a JSON object")
    return told


# In this order, whatever the order in the object: a reset comes first, a change of balance sees the new mode.
_ORDERS: Final[Mapping[str, Callable[[Provider, Json], None]]] = {
    "reset": _reset,
    "limits": _limits,
    "latency_ms": _latency,
    "mode": _mode,
    "fail": _fail,
    "crowd": _crowd,
    "balance": _balance,
    "slots": _slots,
    "hang_up": _hang_up,
}
