"""Refuses what passes a limit, and says which limit, by how much."""

from gateway.schema.errors import CallerError, ErrorCode
from gateway.schema.limits import RequestLimits
from gateway.server.measure import Measures
from gateway.server.outline import ENDLESS, Outline, Shape
from gateway.server.variables import Sent, count_values

# Introspection asks no provider, and tools ask it deeper than anything else is asked.
_DEEPEST_INTROSPECTION = 30
_WORDS = {
    "max_depth": "depth",
    "max_aliases": "number of aliases",
    "max_fields": "number of fields",
    "max_merges": "number of pairs of fields to merge",
    "max_values": "number of values in the variables",
    "max_addresses": "number of addresses",
    "max_representations": "number of representations",
    "max_page_size": "page size",
    "max_cost": "cost",
}


def excess(limits: RequestLimits, **found: int) -> CallerError | None:
    """Give the error for the first limit that is passed by what was found of it."""
    for name, value in found.items():
        most: int = getattr(limits, name)
        if value > most:
            counted = value < ENDLESS
            return CallerError(
                ErrorCode.LIMIT_EXCEEDED,
                f"The {_WORDS[name]} of this operation is {value if counted else 'beyond counting'}; "
                f"at most {most} is allowed.",
                limit=_as_shown(name),
                maximum=most,
                found=value if counted else None,
            )
    return None


def too_long_to_validate(limits: RequestLimits, outline: Outline) -> CallerError | None:
    """Refuse a document that would take long to validate, whichever of its operations is to run."""
    return excess(limits, max_fields=outline.fields) or excess(limits, max_merges=outline.merges)


def too_wide(limits: RequestLimits, shape: Shape) -> CallerError | None:
    deepest = shape.introspected if shape.introspected > _DEEPEST_INTROSPECTION else shape.depth
    return excess(limits, max_depth=deepest, max_aliases=shape.aliases)


def too_many_values(limits: RequestLimits, sent: Sent) -> CallerError | None:
    return excess(limits, max_values=count_values(sent))


def too_dear(limits: RequestLimits, found: Measures) -> CallerError | None:
    return excess(
        limits,
        max_addresses=found.addresses,
        max_representations=found.representations,
        max_page_size=found.page_size,
        max_cost=found.cost,
    )


def _as_shown(name: str) -> str:
    """Give a limit's name as it is in `limits`."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
