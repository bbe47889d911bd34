"""Asks each configured provider once, and says which of them answer."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gateway.app import PROVIDERS, configured, open_sources
from gateway.config import Settings
from gateway.domain.exchange import Credential
from gateway.domain.problem import UpstreamError
from gateway.domain.provider import Provider
from gateway.domain.sources import Source


@dataclass(frozen=True, slots=True)
class Finding:
    """What one question to one provider brought; `asked` names the caller whose token was used, where one was."""

    provider: Provider
    asked: str
    answer: str
    is_well: bool


@dataclass(frozen=True, slots=True)
class Report:
    """All findings."""

    findings: Sequence[Finding]

    @property
    def is_well(self) -> bool:
        return all(finding.is_well for finding in self.findings)

    def table(self) -> str:
        rows = [("PROVIDER", "ASKED", "ANSWER"), *((each.provider, each.asked, each.answer) for each in self.findings)]
        widths = [max(len(row[column]) for row in rows) for column in range(2)]
        return "\n".join(f"{row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]}" for row in rows)


async def check_providers(settings: Settings) -> Report:
    """Ask one question of each provider, and of an exchange one for each caller with an account there."""
    on = configured(settings)
    findings: list[Finding] = []
    async with open_sources(settings) as found:
        for each in PROVIDERS:
            source = found[each.provider][0]
            if not on[each.provider]:
                findings.append(Finding(each.provider, "-", "NOT_CONFIGURED: off", is_well=True))
                continue
            for asked, key in _questions(each.example(settings.section(each.name, each.settings)), settings):
                findings.append(await _ask(each.provider, source, asked, key))
    return Report(findings)


def _questions(example: object, settings: Settings) -> list[tuple[str, object]]:
    if example is not None:
        return [("an example", example)]
    callers = ((name, caller.sfox_token) for name, caller in settings.callers.items())
    return [(f"caller {name}", Credential(token.get_secret_value())) for name, token in callers if token]


async def _ask(provider: Provider, source: Source[Any, Any], asked: str, key: object) -> Finding:
    started = time.perf_counter()
    try:
        (result,) = await source.answers([key])
    except UpstreamError as error:
        result = error
    if isinstance(result, UpstreamError):
        return Finding(provider, asked, f"{result.code}: {result.message} ({result.detail})", is_well=False)
    milliseconds = round((time.perf_counter() - started) * 1000)
    return Finding(provider, asked, f"ok, in {milliseconds} ms", is_well=True)
