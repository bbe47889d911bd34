"""What is seen of a gateway: answers, log lines, metrics, tasks, and all objects that live in it."""

import asyncio
import gc
import json
import traceback
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.secrets.canaries import Canaries

# Whose objects are looked at: the gateway's own, and those of the library that counts its budgets.
_INSIDE = ("gateway.", "limits.")
_OUTSIDE = ("gateway.sandbox",)


@dataclass(slots=True)
class Witness:
    """Remembers every canary that it sees, and how many things of each sort it has looked at."""

    canaries: Canaries
    seen: list[str] = field(default_factory=list)
    looked: dict[str, int] = field(default_factory=dict)

    def look(self, where: str, text: str) -> None:
        self.looked[where] = self.looked.get(where, 0) + 1
        self.seen += [f"{where}: {name}: {text[:2000]}" for name in self.canaries.seen_in(text)]

    async def response(self, response: aiohttp.ClientResponse) -> str:
        text = (await response.read()).decode()
        self.look("response", f"{response.status} {response.reason} {dict(response.headers)} {text}")
        return text

    def fault(self, fault: BaseException) -> None:
        told = [str(fault), repr(fault), repr(fault.args), repr(getattr(fault, "__dict__", {}))]
        self.look("exception", "\n".join([*told, *traceback.format_exception(fault)]))

    def lines(self, lines: Iterable[MutableMapping[str, Any]]) -> None:
        """Look at log lines as both renderers would write them."""
        for line in lines:
            fault = line.get("exc_info")
            if isinstance(fault, BaseException):
                self.fault(fault)
            self.look("log", f"{line!r} {json.dumps(dict(line), default=repr)}")

    def tasks(self) -> None:
        for task in asyncio.all_tasks():
            self.look("task", f"{task.get_name()} {task!r}")

    def objects(self) -> None:
        """Look at how each living object prints, and by which keys it keeps things."""
        for each in gc.get_objects():
            # What is made by C code may have something else there.
            module = str(type(each).__module__)
            if not module.startswith(_INSIDE) or module.startswith(_OUTSIDE):
                continue
            self.look("repr", self._without_digests(repr(each)))
            for held in _held(each):
                if isinstance(held, Mapping):
                    self.look("key", repr(list(held)))

    def _without_digests(self, text: str) -> str:
        """Leave out what is stored in place of the callers' keys: it opens nothing, and may be printed."""
        for digest in self.canaries.digests:
            text = text.replace(digest, "")
        return text


def _held(each: object) -> list[object]:
    slots = [name for kind in type(each).__mro__ for name in getattr(kind, "__slots__", ())]
    return [*getattr(each, "__dict__", {}).values(), *(getattr(each, name, None) for name in slots)]
