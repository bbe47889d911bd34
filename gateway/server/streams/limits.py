"""How many may listen; the same figures are settings."""

from pydantic import BaseModel, Field


class StreamLimits(BaseModel, frozen=True, extra="forbid"):
    """The bounds of all subscriptions together, and of each caller's."""

    connections: int = Field(2000, ge=1, description="WebSockets that may be open")
    listeners: int = Field(10_000, ge=1, description="subscriptions that may run at once")
    listeners_per_caller: int = Field(1000, ge=1, description="subscriptions that one caller with a name may run")
