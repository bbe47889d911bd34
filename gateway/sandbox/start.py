"""Orders for the start, as they are written on a command line: `sfox:429`, `solana:80-900`, `xverse:v2=false`."""

from collections.abc import Iterable, Mapping

import msgspec

from gateway.sandbox.fault import PlannedFault
from gateway.sandbox.latency import read_latency
from gateway.sandbox.provider import Provider
from gateway.sandbox.wire import Json


def plan_faults(written: Iterable[str], providers: Mapping[str, Provider]) -> None:
    """Make providers fail until a reset, by `provider:fault`; raise ValueError with the names that there are."""
    for text in written:
        provider, fault = _addressed(text, providers)
        if fault not in provider.faults:
            raise ValueError(f"{text!r} names no fault of {provider.name}: its faults are {', '.join(provider.faults)}")
        provider.plan.add(PlannedFault(fault, None, None))


def set_latencies(written: Iterable[str], providers: Mapping[str, Provider]) -> None:
    """Make providers slow, by `provider:milliseconds` or `provider:median-p99`; raise ValueError."""
    for text in written:
        provider, told = _addressed(text, providers)
        median, dash, p99 = told.partition("-")
        if not (median.isdecimal() and (p99.isdecimal() or not dash)):
            raise ValueError(
                f"{text!r} gives no time: write milliseconds, as in sfox:800, or median and p99, as in sfox:80-900"
            )
        provider.latency = read_latency({"median": int(median), "p99": int(p99)} if dash else int(median))


def tell_modes(written: Iterable[str], providers: Mapping[str, Provider]) -> None:
    """Give providers a lasting personality, by `provider:mode=value` with JSON or a bare word; raise ValueError."""
    for text in written:
        provider, told = _addressed(text, providers)
        mode, _, setting = told.partition("=")
        provider.tell_modes({mode: _value(setting)})


def _addressed(text: str, providers: Mapping[str, Provider]) -> tuple[Provider, str]:
    name, _, told = text.partition(":")
    if name not in providers:
        raise ValueError(f"{text!r} names no provider: it begins with one of {', '.join(providers)} and a colon")
    return providers[name], told


def _value(setting: str) -> Json:
    try:
        return msgspec.json.decode(setting)
    except msgspec.DecodeError:
        return setting
