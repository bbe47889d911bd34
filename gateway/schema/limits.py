"""What one request may ask for; the same figures are enforced and shown."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """The bounds of a request; `default_page` applies where `first` is left out."""

    max_depth: int = 15
    max_aliases: int = 100
    max_tokens: int = 1000
    max_cost: int = 10_000
    max_addresses: int = 500
    max_page_size: int = 1000
    default_page: int = 100
    # Subscriptions are not served by this release, so a connection may have none.
    max_subscriptions_per_connection: int = 0
