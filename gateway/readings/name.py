"""Names of what is kept and of what is in flight: they tell all that an answer depends on, and no address."""

from gateway.domain.address import Address
from gateway.domain.exchange import Credential, Fingerprints
from gateway.domain.sources import Terms
from gateway.domain.token import AccountKey, Commitment

# Hex digits of a key's fingerprint: 160 bits.
_DIGITS = 40
# Of each capability and commitment.
_REMEMBERED = 100_000


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

    def book(self, terms: Terms) -> "NameBook":
        """Give what remembers the names of one capability's keys."""
        return NameBook(self, terms)


class NameBook:
    """Names of one capability's keys, remembered: to make one takes longer than all else that a hit needs."""

    def __init__(self, names: Names, terms: Terms) -> None:
        self._names = names
        self._terms = terms
        self._plain: dict[str, str] = {}
        # By the member itself, of which there is one: to hash it would take longer than the look-up.
        self._committed: dict[int, dict[str, str]] = {id(each): {} for each in Commitment}

    def of(self, key: object) -> str:
        """Name a key as `Names` does."""
        if isinstance(key, Address):
            known, text = self._plain, key.text
        elif isinstance(key, AccountKey):
            known, text = self._committed[id(key.commitment)], key.address.text
        else:
            return self._names.of(self._terms, key)
        name = known.get(text)
        if name is None:
            if len(known) >= _REMEMBERED:
                known.clear()
            name = known[text] = self._names.of(self._terms, key)
        return name


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
