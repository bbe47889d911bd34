"""The engines that can be the shared store, and whether they are on this machine."""

import os
import shutil
from enum import StrEnum

import pytest


class Engine(StrEnum):
    """A server that speaks the store's protocol."""

    REDIS = "redis"
    VALKEY = "valkey"

    @property
    def program(self) -> str:
        """The path of its server."""
        return find_program(f"{self}-server")


def find_program(name: str) -> str:
    """Give the path of a program; a test that needs an absent one is skipped, and fails under CI."""
    path = shutil.which(name)
    if path is not None:
        return path
    absent = f"{name} is not on this machine; .ci/install-stores puts it there"
    if os.environ.get("CI") == "true":
        pytest.fail(absent)
    pytest.skip(absent)
