"""The wheel brings the schema along, for client authors who have not got the repository."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).parents[2]


def test_the_wheel_holds_the_published_schema(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)  # noqa: S603 - the build is our own
    (wheel,) = tmp_path.glob("*.whl")
    with ZipFile(wheel) as archive:
        assert archive.read("gateway/schema.graphql") == (ROOT / "schema.graphql").read_bytes()
