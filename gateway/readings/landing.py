"""What a call brought for one key."""

import msgspec

from gateway.domain.problem import Problem
from gateway.domain.reading import ServedFrom
from gateway.readings.entry import Entry


class Landing(msgspec.Struct, frozen=True, gc=False):
    """A newer entry, or the problem that the call met; both where a newer entry kept the call's own from being taken.

    `served_from` is CACHE where it was another replica that called.
    """

    entry: Entry | None = None
    problem: Problem | None = None
    served_from: ServedFrom = ServedFrom.UPSTREAM
