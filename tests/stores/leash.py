"""What ties a process to the test that starts it."""

import shutil


def leash() -> list[str]:
    """Give the words before a command that let it end with the test's process, however that ends (on Linux)."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL"] if setpriv else []
