"""A copy of the gateway and its tests, in which a single place can be spoilt to see which test notices."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "graphiql")


@dataclass(frozen=True, slots=True)
class Spoilt:
    """Places of one file of the gateway, each as it stands and as it must not be, and the test that notices."""

    file: str
    places: Sequence[tuple[str, str]]
    test: str


@dataclass(frozen=True, slots=True)
class Copy:
    """A folder that is its tests' whole world: nothing in it is imported from anywhere else."""

    folder: Path

    @classmethod
    def into(cls, folder: Path) -> "Copy":
        for name in ("gateway", "tests"):
            shutil.copytree(_ROOT / name, folder / name, ignore=_LEFT_OUT)
        shutil.copy(_ROOT / "pyproject.toml", folder)
        return cls(folder)

    def spoil(self, spoilt: Spoilt) -> str:
        """Spoil the places, each of which must be there once; gives the file as it was."""
        path = self.folder / spoilt.file
        whole = text = path.read_text()
        for sound, wrong in spoilt.places:
            assert text.count(sound) == 1, f"{spoilt.file} has not exactly one place of: {sound}"
            text = text.replace(sound, wrong)
        path.write_text(text)
        return whole

    def run(self, *tests: str) -> "subprocess.CompletedProcess[str]":
        """Run tests of the copy, one by one, until the first that fails."""
        kept = {name: text for name, text in os.environ.items() if not name.startswith(("COV", "PYTEST", "PYTHONPATH"))}
        return subprocess.run(  # noqa: S603 - this interpreter, on this copy
            [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests],
            cwd=self.folder,
            # A file that changes twice within a second must be compiled twice.
            env={**kept, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
