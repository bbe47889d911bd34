"""How much of itself the gateway shows to those who ask it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Exposure:
    """What is open: all of it to those who build, nothing that is not needed in production.

    `trusted_documents` is the manifest of the only documents that run; None lets any document run.
    """

    page: bool = True
    introspection: bool = True
    # Whether an error may name what the caller did not: suggestions, types, arguments.
    names: bool = True
    trusted_documents: Path | None = None
    # Whether an answer tells how its operation was run.
    explains: bool = False

    @classmethod
    def of(
        cls,
        *,
        production: bool,
        introspection: bool | None,
        trusted_documents: Path | None,
        explains: bool = False,
    ) -> "Exposure":
        """Close what the operator did not open; `introspection` None follows `production`."""
        open_to_introspection = not production if introspection is None else introspection
        return cls(
            # The page writes documents of its own, so it is of no use where only trusted ones run.
            page=not production and trusted_documents is None,
            introspection=open_to_introspection,
            names=not production and open_to_introspection,
            trusted_documents=trusted_documents,
            explains=explains,
        )
