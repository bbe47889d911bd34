"""Settings read from a given environment, and the lines of a refusal."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from gateway.app import read_settings
from gateway.config import BadSettings

DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def refusal(environ: Mapping[str, str], config: Path | None = None) -> list[str]:
    """Give the lines that say why these settings will not do."""
    with pytest.raises(BadSettings) as refused:
        read_settings(environ, config)
    assert str(refused.value) == "\n".join(refused.value.lines)
    return refused.value.lines
