"""Parameters as the node decodes them, and the words with which it refuses them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.sandbox import base58
from gateway.sandbox.books.solana import COMMITMENTS, Commitment
from gateway.sandbox.solana.envelope import RpcError, invalid_params
from gateway.sandbox.wire import Json

ENCODINGS: Final = ("binary", "base58", "base64", "jsonParsed")
_LONGEST_KEY = 44
_KEY_LENGTH = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The optional last parameter of the methods that read accounts."""

    commitment: Commitment = "finalized"
    encoding: str | None = None
    min_context_slot: int | None = None
    # Offset and length of the bytes that are wanted; None is all of them.
    piece: tuple[int, int] | None = None


def counted(params: Json, least: int, most: int) -> list[Json]:
    """The parameters as a list of length `most`, with None for those left out."""
    if not isinstance(params, list):
        raise invalid_params("`params` should be an array")
    if most == 0 and params:
        raise invalid_params("Invalid parameters: No parameters were expected", f"Array({len(params)})")
    if len(params) < least:
        raise invalid_params(f"`params` should have at least {least} argument(s)")
    if len(params) > most:
        sentence = f"Invalid parameters: Expected from {least} to {most} parameters."
        raise invalid_params(sentence, f'"Got: {len(params)}"')
    return params + [None] * (most - len(params))


def key(told: Json) -> str:
    """A public key, with the node's word for each way not to be one."""
    if not isinstance(told, str):
        raise _wrong_type(told, "a string")
    if len(told) > _LONGEST_KEY:
        raise invalid_params("Invalid param: WrongSize")
    try:
        length = len(base58.decode(told))
    except ValueError:
        raise invalid_params("Invalid param: Invalid") from None
    if length != _KEY_LENGTH:
        raise invalid_params("Invalid param: WrongSize")
    return told


def watched_key(told: Json) -> str:
    """A public key as the node's pubsub reads it, which has one word for every way not to be one."""
    try:
        return key(told)
    except RpcError:
        if not isinstance(told, str):
            raise
        raise invalid_params("Invalid Request: Invalid pubkey provided") from None


def subscription_number(told: Json) -> int:
    if type(told) is not int or told < 0:
        raise _wrong_type(told, "u64")
    return told


def keys(told: Json) -> Sequence[Json]:
    if not isinstance(told, list):
        raise _wrong_type(told, "a sequence")
    return told


def bare_commitment(told: Json) -> Commitment:
    """The older form of config: nothing but a commitment is read, and a config without one is refused."""
    if told is None:
        return "finalized"
    config = _members(told, "struct CommitmentConfig")
    if "commitment" not in config:
        raise invalid_params("Invalid params: missing field `commitment`.")
    return _commitment(config["commitment"])


def config(told: Json) -> Config:
    if told is None:
        return Config()
    members = _members(told, "struct RpcAccountInfoConfig")
    commitment = members.get("commitment")
    slot = members.get("minContextSlot")
    if slot is not None and (type(slot) is not int or slot < 0):
        raise _wrong_type(slot, "u64")
    return Config(
        commitment="finalized" if commitment is None else _commitment(commitment),
        encoding=_encoding(members.get("encoding")),
        min_context_slot=slot,
        piece=_piece(members.get("dataSlice")),
    )


def token_filter(told: Json) -> tuple[str, str]:
    """Exactly one of `mint` and `programId`, with its key."""
    members = _members(told, "enum RpcTokenAccountsFilter")
    if len(members) != 1:
        raise invalid_params("Invalid params: invalid value: map, expected map with a single key.")
    name, chosen = next(iter(members.items()))
    if name not in ("mint", "programId"):
        raise invalid_params(f"Invalid params: unknown variant `{name}`, expected `mint` or `programId`.")
    return name, key(chosen)


def _members(told: Json, expected: str) -> Mapping[str, Json]:
    if not isinstance(told, dict):
        raise _wrong_type(told, expected)
    return told


def _commitment(told: Json) -> Commitment:
    if not isinstance(told, str):
        raise _wrong_type(told, "string or map")
    for known in COMMITMENTS:
        if told == known:
            return known
    raise _unknown_variant(told, COMMITMENTS)


def _encoding(told: Json) -> str | None:
    if told is None or told in ENCODINGS:
        return told  # type: ignore[no-any-return]  # one of ENCODINGS by now
    raise _unknown_variant(told, ENCODINGS) if isinstance(told, str) else _wrong_type(told, "string or map")


def _piece(told: Json) -> tuple[int, int] | None:
    if told is None:
        return None
    members = _members(told, "struct UiDataSliceConfig")
    for name in ("offset", "length"):
        if name not in members:
            raise invalid_params(f"Invalid params: missing field `{name}`.")
        if type(members[name]) is not int or members[name] < 0:
            raise _wrong_type(members[name], "usize")
    return members["offset"], members["length"]


def _unknown_variant(told: str, known: Sequence[str]) -> RpcError:
    return invalid_params(
        f"Invalid params: unknown variant `{told}`, expected one of {', '.join(f'`{k}`' for k in known)}."
    )


def _wrong_type(told: Json, expected: str) -> RpcError:
    return invalid_params(f"Invalid params: invalid type: {_described(told)}, expected {expected}.")


def _described(told: Json) -> str:
    named = {type(None): "null", list: "sequence", dict: "map"}.get(type(told))
    if named is not None:
        return named
    match told:
        case bool():
            return f"boolean `{str(told).lower()}`"
        case int():
            return f"integer `{told}`"
        case str():
            return f'string "{told}"'
    return f"floating point `{told}`"
