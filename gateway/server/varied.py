"""A document that is known, asked with other variables: what a body asks that nobody has sent before."""

from typing import Final

import msgspec
from strawberry.http import GraphQLRequestData

from gateway.execution.plans import Plans
from gateway.schema.limits import RequestLimits
from gateway.server.asked import read_body
from gateway.server.compiled import AT_HAND
from gateway.server.documents import Documents
from gateway.server.excess import too_dear, too_many_values, too_wide
from gateway.server.guard import cost_told
from gateway.server.measure import Measures
from gateway.server.persisted import Persisted, named
from gateway.server.reason import MAX_BODY
from gateway.server.repeated import Repetition
from gateway.server.variables import Sent

_NOTHING_SENT: Final[Sent] = {}


class Varied:
    """Finds out what is asked as the whole way does, and by the same means, but says nothing of what is wrong.

    The document has been read there before: it is valid, and its operations are as good as compiled. All that is found
    out here depends on the variables. Whatever is not as it should be is left to the whole way, which says why.
    """

    def __init__(
        self, persisted: Persisted, documents: Documents, plans: Plans, limits: RequestLimits, *, explains: bool
    ) -> None:
        self._persisted = persisted
        self._documents = documents
        self._plans = plans
        self._limits = limits
        self._explains = explains

    def read(self, body: bytes) -> Repetition | None:
        """Give what a body asks; None where that has to go the whole way."""
        if len(body) > MAX_BODY:
            return None
        try:
            asked = read_body(body)
        except Exception:  # noqa: BLE001 - whatever it is, the whole way meets it as well, and tells the caller
            return None
        return self.find(asked)

    def find(self, asked: GraphQLRequestData) -> Repetition | None:
        """Give what is asked; None where that has to go the whole way."""
        try:
            return self._find(asked)
        except Exception:  # noqa: BLE001 - as said
            return None

    def end(self, measures: Measures, how: str, remaining: int | None = None) -> bytes:
        """Write the end of an answer: what it costs, what `remaining` a budget holds, and how it was run."""
        told: dict[str, object] = {"cost": cost_told(measures, self._limits, remaining)}
        if self._explains:
            told["execution"] = how
        return b',"extensions":' + msgspec.json.encode(told) + b"}"

    def _find(self, asked: GraphQLRequestData) -> Repetition | None:
        name, is_hash = named(asked.extensions or {})
        text = self._persisted.text(asked.query or None, name, is_hash=is_hash)
        sent = asked.variables or _NOTHING_SENT
        found = None if text is None else self._known(text, asked.operation_name, sent)
        if text is not None and found is not None and is_hash:
            self._persisted.learn(text)
        return found

    def _known(self, text: str, name: str | None, sent: Sent) -> Repetition | None:
        known = self._documents.valid(text)
        operation = None if known is None else self._documents.operation(known, name)
        # A text that was never run is not to be taken for seen: it is about to be.
        if known is None or operation is None or not operation.is_query or text not in self._plans:
            return None
        if too_wide(self._limits, operation.shape) or too_many_values(self._limits, sent):
            return None
        # Rows of a wallet's answer are made fit on the whole way alone; those that fit as they are stay as they are.
        prepared = self._plans.prepare(text, known.document, name, sent)
        measures = operation.ruler.measure(sent)
        if too_dear(self._limits, measures):
            return None
        return Repetition(prepared, measures, self.end(measures, AT_HAND))
