"""Places of an operation: where the objects lie that a field is asked of."""

from dataclasses import dataclass, replace
from typing import Final

from gateway.execution.step import Step

SKIPS_NULL: Final = "if v is None: continue"
TAKES_ITEMS: Final = "for v in v:"
# Ways from a step's value to the value itself, where there is one, or to its items.
_ITSELF: Final = ((), (SKIPS_NULL,), (TAKES_ITEMS,), (SKIPS_NULL, TAKES_ITEMS))


@dataclass(frozen=True, slots=True)
class Place:
    """Objects of one place: the step whose values they lie in, the way from there, and whether they are dressed.

    The way is made of statements that take `v` to what lies in it. What is kept already is not kept again in pieces.
    """

    step: Step | None = None
    way: tuple[str, ...] = ()
    dressed: bool = True
    is_kept: bool = False

    def on(self, *way: str) -> "Place":
        return replace(self, way=(*self.way, *way))

    @property
    def is_of_step(self) -> bool:
        """Say whether the objects are a step's own values, or the items of these."""
        return self.step is not None and self.way in _ITSELF

    @property
    def is_vital(self) -> bool:
        """Say whether there is nothing that may be null between these objects and the whole answer."""
        return SKIPS_NULL not in self.way and (self.step is None or self.step.is_vital)
