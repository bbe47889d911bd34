"""The middle way: runs what is known of a document at once, without the layers that stand around a new one."""

from typing import Final

from graphql import GraphQLError
from strawberry.http import GraphQLRequestData

from gateway.execution.unhandled import Unhandled
from gateway.schema.context import Context
from gateway.server.compiled import AT_HAND, COMPILED, at_hand, read
from gateway.server.repeated import Repeated, Repetition
from gateway.server.varied import Varied

_DATA: Final = b'{"data":'


class Midway:
    """Answers queries that need nothing but their figures; what else there is to say of one is left to the whole way.

    Whoever goes on to that has paid, where they were let pass, and has been asked for nothing twice.
    """

    def __init__(self, varied: Varied, repeated: Repeated) -> None:
        """`repeated` is asked for bodies, and told of new ones."""
        self._varied = varied
        self._repeated = repeated

    async def answer(self, asked: GraphQLRequestData, body: bytes | None, context: Context) -> bytes | None:
        """Give the whole content of an answer that has no errors; None where the request has to go the whole way.

        `body` is what was posted, if anything was.
        """
        found = self._found(asked, body)
        if found is None:
            return None
        try:
            await context.charge(found.measures.cost)
        except GraphQLError:
            # Nothing was taken, and nothing is when it is asked again.
            return None
        try:
            pieces, how = await _run(found, context)
        except Unhandled as unhandled:
            context.weighed.unhandled = unhandled
            return None
        context.count_run(how)
        answer = b"".join((_DATA, *pieces, self._varied.end(found.measures, how, context.weighed.remaining)))
        found.size = len(answer)
        return answer

    def _found(self, asked: GraphQLRequestData, body: bytes | None) -> Repetition | None:
        known = None if body is None else self._repeated.get(body)
        found = known or self._varied.find(asked)
        if known is None and found is not None and body is not None:
            self._repeated.add(body, found)
        return found


async def _run(found: Repetition, context: Context) -> tuple[list[bytes], str]:
    """Write the data, and say how it was run; raises `Unhandled`."""
    # Who wants all of it read now is not to wait until it is found that nothing is at hand.
    if not context.loaders.reads_now:
        pieces = at_hand(found.prepared, context)
        if pieces is not None:
            return pieces, AT_HAND
    return await read(found.prepared, context), COMPILED
