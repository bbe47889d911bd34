"""Names of what is kept and of what is in flight: they tell all that an answer depends on, and no address."""

from gateway.domain.address import Address
from gateway.domain.exchange import Credential, Fingerprints
from gateway.domain.sources import Terms
from gateway.domain.token import AccountKey

# Hex digits of a key's fingerprint: 160 bits.
_DIGITS = 40


class Names:
    """Names keys; only who knows the gateway's secret can tell which address a name stands for."""

    def __init__(self, fingerprints: Fingerprints) -> None:
        self._fingerprints = fingerprints

    def of(self, terms: Terms, key: object) -> str:
        """Name an entry or a call in flight: provider, capability, scope, commitment where there is one, and key.

        A credential takes part only as its fingerprint, and always: no setting leaves it out. Raises `TypeError` for a
        key of an unknown kind.
        """
        commitment = f":{key.commitment}" if isinstance(key, AccountKey) else ""
        digest = self._fingerprints.of("key", _text(key))[:_DIGITS]
        return f"{terms.provider}:{terms.capability}:{terms.scope}{commitment}:{digest}"


def _text(key: object) -> str:
    if isinstance(key, Credential):
        return key.fingerprint
    if isinstance(key, AccountKey):
        return key.address.text
    if isinstance(key, Address):
        return key.text
    if isinstance(key, str):
        return key
    raise TypeError(f"a key of kind {type(key).__name__} has no name")
