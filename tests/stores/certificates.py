"""Certificates for a store on loopback, from an authority that lives as long as a test's folder."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.stores.engine import find_program

_REQUEST = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2")


@dataclass(frozen=True, slots=True)
class Certificates:
    """Where an authority's certificate lies, and those of the server it vouches for."""

    authority: Path
    certificate: Path
    key: Path


def make_certificates(folder: Path) -> Certificates:
    """Found an authority and let it vouch for 127.0.0.1."""
    folder.mkdir()
    made = Certificates(folder / "authority.pem", folder / "certificate.pem", folder / "key.pem")
    own_key = folder / "authority.key"
    # Strict checks (Python 3.13 on) want an authority that says what its key is for, and a leaf that says it is one.
    signs = ("-addext", "keyUsage=critical,keyCertSign,cRLSign")
    _run(*_REQUEST, "-subj", "/CN=An authority of a test", *signs, "-keyout", own_key, "-out", made.authority)
    signed = ("-CA", made.authority, "-CAkey", own_key, "-addext", "subjectAltName=IP:127.0.0.1")
    leaf = ("-addext", "basicConstraints=critical,CA:FALSE", "-addext", "authorityKeyIdentifier=keyid:always")
    _run(*_REQUEST, "-subj", "/CN=127.0.0.1", *signed, *leaf, "-keyout", made.key, "-out", made.certificate)
    return made


def _run(*words: str | Path) -> None:
    ended = subprocess.run([find_program("openssl"), *words], capture_output=True, text=True, check=False)  # noqa: S603 - the words are above
    assert ended.returncode == 0, ended.stderr
