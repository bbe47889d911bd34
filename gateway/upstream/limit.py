"""Limits: how many calls in how much time a provider allows, and what is left of them."""

from dataclasses import dataclass

from limits import parse_many

_WANTED = "wants one number of calls in a time, such as 40/10 seconds, or none"


@dataclass(frozen=True, slots=True)
class Limit:
    """So many calls in so many seconds; `by_wall_clock` counts in full minutes of the wall clock, `cost` to a call.

    Calls are counted when they leave, and at the provider when they arrive: `slack` seconds more are kept between the
    first and the one after the last, for a first that was late and a last that was not.
    With `fails_closed` the limit holds in every stretch of time even where replicas lose the store in which they count
    together: for as long as nobody can know what the others did, nobody calls.
    """

    calls: int
    seconds: int
    by_wall_clock: bool = False
    cost: int = 1
    fails_closed: bool = False
    slack: int = 0


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a budget; `resets_at` is in seconds since 1970."""

    calls: int
    resets_at: float


def parse_limit(text: str) -> Limit | None:
    """Read a limit such as `40/10 seconds` or `2/second`; `none` sets none. Raises `ValueError`."""
    if text.strip().lower() == "none":
        return None
    try:
        # Of several limits every one would have to be kept.
        (item,) = parse_many(text)
    except ValueError:
        raise ValueError(_WANTED) from None
    if item.amount == 0:
        raise ValueError(_WANTED)
    return Limit(item.amount, item.get_expiry())
