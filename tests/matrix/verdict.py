"""What must hold of every row that was played, whatever its table."""

import re
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

from tests.matrix.play import Seen
from tests.matrix.row import CANARY, Row

_PROVIDERS = {"xverse": "XVERSE", "solana": "SOLANA_RPC", "bloxroute": "BLOXROUTE", "sfox": "SFOX"}

Log = Sequence[MutableMapping[str, Any]]


def assert_figures(rows: Sequence[Row], seen: Mapping[str, Seen]) -> None:
    """Where a row says what is shown, just that is; where nothing could be read, nothing is."""
    wanted = {row.name: row.figures for row in rows if row.figures is not None}
    assert {name: seen[name].figures for name in wanted} == wanted


def assert_drift(rows: Sequence[Row], seen: Mapping[str, Seen], log: Log) -> None:
    """An answer that was not understood is counted once, and the log says under its reference what was wrong."""
    for row in rows:
        if row.end.code != "PROTOCOL":
            assert "gateway_contract_drift_total{" not in seen[row.name].metrics, row.name
            continue
        (line,) = [each for each in log if each.get("reference") == seen[row.name].reference]
        detail = line["detail"]
        assert row.names, f"{row.name} does not say what it names: {detail}"
        assert row.names in detail, row.name
        # One field is one series, in whichever row of an answer it stands.
        field = re.sub(r"\[\d+\]", "[...]", detail)
        provider = _PROVIDERS[row.question.provider]
        counted = [
            each for each in seen[row.name].metrics.splitlines() if each.startswith("gateway_contract_drift_total{")
        ]
        assert counted == [f'gateway_contract_drift_total{{field="{field}",provider="{provider}"}} 1.0'], row.name


def assert_kept_quiet(seen: Mapping[str, Seen], log: str) -> None:
    """Nothing of a body, a header, a URL or a credential comes out, to callers or to operators."""
    assert CANARY not in log
    assert [name for name, each in seen.items() if CANARY in each.response + each.metrics] == []
