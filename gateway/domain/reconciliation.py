"""Two sources' figures for one asset, side by side: lag is not disagreement, and a failure is not zero."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gateway.domain.amount import Amount
from gateway.domain.asset import Asset
from gateway.domain.problem import Problem
from gateway.domain.reading import Provenance, Reading


class Verdict(StrEnum):
    """What two figures say of each other."""

    AGREED = "AGREED"
    DISPUTED = "DISPUTED"
    SINGLE_SOURCE = "SINGLE_SOURCE"
    NOT_COMPARABLE = "NOT_COMPARABLE"


@dataclass(frozen=True, slots=True)
class Observation:
    """A figure and whose it is; zero where a source was read and did not list the asset."""

    amount: Amount
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What each source says of one asset; `problems` tell which source is missing or old, and why."""

    asset: Asset
    verdict: Verdict
    observations: tuple[Observation, ...]
    problems: tuple[Problem, ...] = ()


def problems_of(*readings: Reading[Any]) -> tuple[Problem, ...]:
    """List what was met, each problem once."""
    met = (reading.problem for reading in readings)
    return tuple({problem.reference: problem for problem in met if problem is not None}.values())
