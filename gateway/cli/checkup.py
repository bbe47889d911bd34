"""Asks the store and each configured provider once: which of them answer, and what is left of their budgets."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from gateway.app import PROVIDERS, SharedStore, configured, fingerprints_of, open_providers, open_store
from gateway.config import Settings
from gateway.domain.clock import Deadline, SystemClock, instant
from gateway.domain.exchange import Fingerprints
from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.domain.sources import Effort, Source
from gateway.upstream.metrics import Metrics
from gateway.upstream.upstream import State

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one question brought; `asked` names the caller whose token was used, where one was."""

    of: str
    asked: str
    answer: str
    is_well: bool
    state: State | None = None

    def row(self) -> tuple[str, ...]:
        circuit = self.state.circuit if self.state else "-"
        left = self.state.left if self.state else None
        calls, resets = (str(left.calls), f"{instant(left.resets_at):%H:%M:%SZ}") if left else ("-", "-")
        return self.of, self.asked, circuit, calls, resets, self.answer


# What the store's row is called.
_STORE = "STORE"
_HEAD = ("PROVIDER", "ASKED", "CIRCUIT", "CALLS LEFT", "RESETS", "ANSWER")


@dataclass(frozen=True, slots=True)
class Report:
    """All findings."""

    findings: Sequence[Finding]

    @property
    def is_well(self) -> bool:
        return all(finding.is_well for finding in self.findings)

    def table(self) -> str:
        rows = [_HEAD, *(finding.row() for finding in self.findings)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD) - 1)]
        return "\n".join("  ".join((*map(str.ljust, row, widths), row[-1])) for row in rows)


async def check_providers(settings: Settings) -> Report:
    """Ask the store, one question of each provider, and of an exchange one for each caller with an account there."""
    on = configured(settings)
    findings: list[Finding] = []
    clock = SystemClock()
    fingerprints = fingerprints_of(settings)
    async with (
        open_store(_not_required(settings), clock) as shared,
        open_providers(settings, clock, Metrics(), fingerprints, shared) as opened,
    ):
        findings.append(await _ask_store(shared))
        for each in PROVIDERS:
            if not on[each.provider]:
                findings.append(Finding(each.provider, "-", "NOT_CONFIGURED: off", is_well=True))
                continue
            example = each.example(settings.section(each.name, each.settings))
            source = opened.sources[each.provider][0]
            for asked, key, payer in _questions(example, settings, fingerprints):
                effort = Effort(Deadline.after(clock, settings.request_timeout))
                problem, said = await _ask(source, key, effort)
                state = await opened.upstreams[each.provider].state(payer)
                findings.append(Finding(each.provider, asked, said, problem is None, state))
    return Report(findings)


def _not_required(settings: Settings) -> Settings:
    """Let a store that is required and not there be a row of the table, and the providers be asked all the same."""
    return settings.model_copy(update={"cache": settings.cache.model_copy(update={"required": False})})


async def _ask_store(shared: SharedStore | None) -> Finding:
    """Say whether the replicas' store is there, and for how many of them."""
    if shared is None:
        return Finding(_STORE, "-", "NOT_CONFIGURED: off", is_well=True)
    started = time.perf_counter()
    if not await shared.sharing.pulse.beat():
        return Finding(_STORE, "to share", f"UNAVAILABLE: {shared.sharing.link.reason}", is_well=False)
    took = round((time.perf_counter() - started) * 1000)
    # This command is one of them while it runs.
    others = shared.sharing.pulse.replicas - 1
    said = f"ok, in {took} ms; {others} {'replica' if others == 1 else 'replicas'} alive"
    return Finding(_STORE, "to share", said, is_well=True)


def _questions(example: object, settings: Settings, fingerprints: Fingerprints) -> list[tuple[str, object, str]]:
    if example is not None:
        return [("an example", example, "")]
    found: list[tuple[str, object, str]] = []
    for name, caller in settings.callers.items():
        if caller.sfox_token:
            credential = fingerprints.credential(caller.sfox_token.get_secret_value())
            found.append((f"caller {name}", credential, credential.fingerprint))
    for name, account in settings.exchange_accounts.items():
        credential = fingerprints.credential(account.sfox_token.get_secret_value())
        found.append((f"account {name}", credential, credential.fingerprint))
    return found


async def _ask(source: Source[Any, Any], key: object, effort: Effort) -> tuple[UpstreamError | None, str]:
    started = time.perf_counter()
    try:
        (result,) = await source.answers([key], effort)
    except UpstreamError as error:
        result = error
    except Exception as fault:
        provider = source.terms.provider
        log.exception("check.crashed", provider=provider)
        result = UpstreamError(ProblemCode.INTERNAL, provider, detail=f"unforeseen {type(fault).__name__}")
    if isinstance(result, UpstreamError):
        return result, f"{result.code}: {result.message} ({result.detail})"
    return None, f"ok, in {round((time.perf_counter() - started) * 1000)} ms"
