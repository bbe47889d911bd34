"""Operations drawn from the schema are answered as compiled exactly as by the reference executor."""

import asyncio
from collections import Counter
from collections.abc import Iterator

import pytest
from graphql import DocumentNode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.execution.unhandled import Reason
from gateway.server.compiled import AT_HAND, COMPILED
from tests.execution.drawing import documents, questions
from tests.execution.hard import EVERYTHING
from tests.execution.twins import SCHEMA, Twins, open_twins

_DOCUMENTS = 400


class _Run:
    """All that was drawn, asked of the same twins one after the other."""

    def __init__(self, runner: asyncio.Runner, twins: Twins) -> None:
        self.runner = runner
        self.twins = twins
        self.drawn = 0
        self.hows: Counter[str] = Counter()

    async def ask(self, document: DocumentNode) -> None:
        for question in questions(SCHEMA, document, self.drawn):
            self.drawn += 1
            told = await self.twins.agree(question)
            # Asked once more, with other pieces kept and other answers grown old.
            self.twins.clock.advance(0.5)
            self.hows += self.twins.hows if told else Counter()
            await self.twins.agree(question)
