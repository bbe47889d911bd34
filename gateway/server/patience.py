"""How long a caller waits and how old a figure it accepts, as its headers `X-Request-Timeout` and `X-Max-Age` say."""

import re

from cross_web import HTTPException

_WHOLE_SECONDS = re.compile(r"[0-9]{1,9}", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,4}(\.[0-9]{1,3})?", re.ASCII)


def timeout_of(header: str | None) -> float | None:
    """Read how long a caller is willing to wait, in seconds; raises `HTTPException`."""
    if header is None:
        return None
    if not _SECONDS.fullmatch(header):
        raise HTTPException(400, "X-Request-Timeout is a number of seconds, such as 2 or 0.5.")
    return float(header)


def age_of(header: str | None) -> int | None:
    """Read how old a figure a caller accepts where a field does not say, in seconds; raises `HTTPException`."""
    if header is None:
        return None
    if not _WHOLE_SECONDS.fullmatch(header):
        raise HTTPException(400, "X-Max-Age is a whole number of seconds, 0 or more; 0 means read now.")
    return int(header)
