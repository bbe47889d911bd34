"""What one request may ask for; the same figures are settings, enforced, and shown."""

from typing import Final

from pydantic import BaseModel, Field

# How many items a list gives where `first` is left out.
DEFAULT_PAGE: Final = 100


class RequestLimits(BaseModel, frozen=True, extra="forbid"):
    """The bounds of a request."""

    # Of the document as it is written, whatever it means.
    max_tokens: int = Field(1000, ge=1, description="how long a document may be, in GraphQL tokens")
    max_depth: int = Field(15, ge=1, le=30, description="how deeply fields may be nested")
    max_aliases: int = Field(100, ge=0, description="how many fields may be renamed")
    max_fields: int = Field(1000, ge=1, le=5000, description="how many fields may be selected, fragments spread out")
    max_merges: int = Field(5000, ge=1, le=50_000, description="how many pairs of fields of one name may be merged")
    # Of what it asks for with the variables that were sent.
    max_values: int = Field(2000, ge=1, description="how many values the variables may hold")
    max_addresses: int = Field(500, ge=1, description="how many addresses may be asked for, repeats included")
    max_representations: int = Field(500, ge=1, description="how many entities may be asked for, repeats included")
    max_page_size: int = Field(1000, ge=1, description="the most that `first` may be")
    max_cost: int = Field(150_000, ge=1, description="what an operation may cost: 100 for each upstream call, and more")
    # Of a connection: what runs over one WebSocket at once, queries included.
    max_subscriptions_per_connection: int = Field(100, ge=1, description="how many operations one WebSocket may run")
