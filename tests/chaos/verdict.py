"""Judges what callers heard: each figure against what was true, and each failure for being called one."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from gateway.sandbox import Sandbox, credentials
from tests.chaos.figures import Figures
from tests.chaos.history import History
from tests.chaos.question import Heard
from tests.chaos.secrecy import told_secrets
from tests.running import DEMO_KEY, OTHER_KEY

_TOKENS: Final = {DEMO_KEY: credentials.SFOX_TOKEN, OTHER_KEY: credentials.SFOX_OTHER_TOKEN}
# How old a reading is at the most where the caller does not say, by provider, in seconds.
_AGES: Final = {"XVERSE": 10, "SOLANA_RPC": 5, "BLOXROUTE": 10, "SFOX": 3}
# What no trouble upstream may become.
_FAULTS_OF_OURS: Final = ("NOT_CONFIGURED",)
# Instants come in milliseconds, cut off.
_TICK: Final = 0.002


class Verdict:
    """Collects complaints; what is fine is counted by provider and outcome."""

    def __init__(self, sandbox: Sandbox, history: History, urls: Iterable[str], *, timeout: float) -> None:
        """`urls` are the providers' as the gateway knows them; `timeout` is the longest that a call may take."""
        self.complaints: list[str] = []
        self.seen: Counter[str] = Counter()
        self.references: set[str] = set()
        self._figures = Figures(sandbox, history, call_seconds=timeout + 1)
        self._urls = tuple(urls)
        self._timeout = timeout
        self._places: dict[str, list[tuple[float, float, int]]] = {}

    def judge(self, heard: Heard) -> None:
        secrets = told_secrets(heard.body, self._urls, _TOKENS.get(heard.question.key or ""))
        self.complaints += [f"an answer tells {secret!r}" for secret in secrets]
        if heard.status != 200:
            self.complaints.append(f"HTTP status {heard.status}: {heard.body[:200]!r}")
            return
        body = msgspec.json.decode(heard.body)
        self._judge_errors(heard, body.get("errors", ()))
        for complaint in self._complaints(heard, body["data"] or {}):
            self.complaints.append(f"{complaint} ({heard.question.variables})")

    def judge_order(self) -> None:
        """Find positions that went back between an answer and a question put after it."""
        for name, places in self._places.items():
            newest, answered = 0, sorted((received, place) for _, received, place in places)
            pending = iter(answered)
            upcoming = next(pending, None)
            for sent, _, place in sorted(places):
                while upcoming is not None and upcoming[0] < sent:
                    newest, upcoming = max(newest, upcoming[1]), next(pending, None)
                if place < newest:
                    self.complaints.append(f"{name} went back from {newest} to {place}")

    def _judge_errors(self, heard: Heard, errors: Iterable[Mapping[str, Any]]) -> None:
        for error in errors:
            code = error["extensions"]["code"]
            self.seen[f"error {code}"] += 1
            if code in ("UNAUTHENTICATED", "FORBIDDEN") and heard.question.key not in _TOKENS:
                continue
            if "reference" not in error["extensions"] or code in ("INTERNAL", *_FAULTS_OF_OURS):
                self.complaints.append(f"an error that should not be: {error}")
            elif error["path"][-1] not in ("rune", "inscriptionId"):
                self.complaints.append(f"an error where an outcome should be: {error}")
            else:
                self.references.add(error["extensions"]["reference"])

    def _complaints(self, heard: Heard, data: Mapping[str, Any]) -> Iterator[str]:
        for account in data.get("accounts", ()):
            yield from self._reading(heard, f"runes of {account['address']}", account["runes"])
            yield from self._figures.runes(account["address"], account["runes"])
        for account in data.get("tokenAccounts", ()):
            yield from self._reading(heard, f"{account['address']} {account['commitment']}", account)
            yield from self._figures.account(account)
        if "account" in data:
            owner, owned = data["account"]["address"], data["account"]["tokenAccounts"]
            yield from self._reading(heard, f"owned by {owner} {heard.question.variables['commitment']}", owned)
            yield from self._figures.owned(owner, owned, heard.question.variables["commitment"], heard.received)
        if "trader" in data:
            owner, tokens = data["trader"]["address"], data["trader"]["tokens"]
            yield from self._reading(heard, f"tokens of {owner}", tokens)
            yield from self._figures.tokens(owner, tokens)
        if data.get("exchangeWallets") is not None:
            token = _TOKENS[heard.question.key or ""]
            yield from self._reading(heard, f"wallets of {token}", data["exchangeWallets"])
            yield from self._figures.wallets(token, data["exchangeWallets"])
        if data.get("rune") is not None:
            yield from self._figures.rune(data["rune"])
        for status in data.get("providers", ()):
            if not status["configured"]:
                yield f"{status['provider']} is not configured"

    def _reading(self, heard: Heard, name: str, reading: Mapping[str, Any]) -> Iterator[str]:
        outcome, problem, provenance = reading["outcome"], reading["problem"], reading["provenance"]
        self._count(outcome, problem or provenance, problem)
        if (problem is not None) is not (outcome in ("STALE", "UNAVAILABLE")):
            yield f"{name}: {outcome} with the problem {problem}"
        if (provenance is None) is not (outcome == "UNAVAILABLE"):
            yield f"{name}: {outcome} with the provenance {provenance}"
        if problem is not None:
            yield from self._problem(name, problem)
        if provenance is not None:
            yield from self._provenance(heard, name, outcome, provenance)

    def _count(self, outcome: str, source: Mapping[str, Any], problem: Mapping[str, Any] | None) -> None:
        self.seen[f"{source['provider']} {outcome}"] += 1
        if problem is not None:
            self.seen[f"problem {problem['code']}"] += 1

    def _problem(self, name: str, problem: Mapping[str, Any]) -> Iterator[str]:
        self.references.add(problem["reference"])
        # A token account whose mint is gone is the one fault of the chain's own data.
        gone = problem["message"] == "The account's mint is gone or is not a mint."
        if problem["code"] in _FAULTS_OF_OURS or (problem["code"] == "INTERNAL" and not gone):
            yield f"{name}: a problem that should not be: {problem}"
        if problem["code"] == "RATE_LIMITED" and problem["retryAfter"] is None:
            yield f"{name}: limited, and nobody says for how long"

    def _provenance(self, heard: Heard, name: str, outcome: str, provenance: Mapping[str, Any]) -> Iterator[str]:
        read_at = datetime.fromisoformat(provenance["readAt"]).timestamp()
        limit = heard.question.variables.get("age")
        limit = _AGES[provenance["provider"]] if limit is None else limit
        fresh = outcome in ("FRESH", "ABSENT")
        if fresh and read_at < heard.sent - limit - _TICK:
            yield f"{name}: called fresh, and was read {heard.sent - read_at} seconds before it was asked for"
        if provenance["servedFrom"] == "UPSTREAM" and read_at < heard.sent - _TICK:
            yield f"{name}: said to be read just now, and was read before it was asked for"
        if read_at > heard.received:
            yield f"{name}: read after it was answered"
        if provenance["position"] is not None:
            place = int(provenance["position"]["value"])
            self._places.setdefault(name, []).append((heard.sent, heard.received, place))
