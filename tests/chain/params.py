"""The parameters of Solana's JSON-RPC methods, and the errors a node answers where they are wrong."""

from typing import Any

from solders.pubkey import Pubkey

_COMMITMENTS = ("processed", "confirmed", "finalized")
_LONGEST_BASE58 = 44


class RpcError(Exception):
    """What stands in a reply's `error`."""

    def __init__(self, code: int, message: str, data: object = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data


def invalid_param(cause: str) -> RpcError:
    return RpcError(-32602, f"Invalid param: {cause}")


def read_params(value: Any) -> list[Any]:
    if value is not None and not isinstance(value, list):
        raise RpcError(-32602, "`params` should be an array")
    return value or []


def check_count(params: list[Any], least: int, most: int) -> None:
    if len(params) < least:
        raise RpcError(-32602, f"`params` should have at least {least} argument(s)")
    if len(params) > most:
        raise RpcError(-32602, f"Expected from {least} to {most} parameters.", f"Got: {len(params)}")


def read_pubkey(value: Any) -> Pubkey:
    """Read 32 bytes of base58: the text's length is looked at first, then the alphabet, then what it decodes to."""
    text = _read_text(value)
    if len(text.encode()) > _LONGEST_BASE58:
        raise invalid_param("WrongSize")
    try:
        return Pubkey.from_string(text)
    except ValueError as problem:
        raise invalid_param("WrongSize" if "size" in str(problem) else "Invalid") from problem


def read_texts(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise _wrong_type(value, "a sequence")
    return [_read_text(item) for item in value]


def read_config(params: list[Any], slot: int) -> dict[str, Any]:
    """The last, optional parameter: everything in it is optional, and what a node does not know it drops."""
    config = _read_object(params)
    _check_commitment(config.get("commitment"))
    least = config.get("minContextSlot")
    if least is not None and (not isinstance(least, int) or isinstance(least, bool)):
        raise _wrong_type(least, "u64")
    if least is not None and slot < least:
        raise RpcError(-32016, "Minimum context slot has not been reached", {"contextSlot": slot})
    return config


def read_commitment_only(params: list[Any]) -> None:
    """Check the last parameter of getTokenAccountBalance: it must name a commitment, and ignores minContextSlot."""
    if not params or params[0] is None:
        return
    if "commitment" not in _read_object(params):
        raise RpcError(-32602, "Invalid params: missing field `commitment`.")
    _check_commitment(params[0]["commitment"])


def read_filter(value: Any) -> tuple[str, Pubkey]:
    """The kind (`mint` or `programId`) and the address; exactly one of them may be given."""
    fields = _read_object([value])
    if len(fields) != 1:
        raise RpcError(-32602, "Invalid params: expected map with a single key.")
    kind, address = next(iter(fields.items()))
    if kind not in ("mint", "programId"):
        raise RpcError(-32602, f"Invalid params: unknown variant `{kind}`, expected `mint` or `programId`.")
    return kind, read_pubkey(address)


def _read_text(value: Any) -> str:
    if not isinstance(value, str):
        raise _wrong_type(value, "a string")
    return value


def _read_object(params: list[Any]) -> dict[str, Any]:
    if not params or params[0] is None:
        return {}
    if not isinstance(params[0], dict):
        raise _wrong_type(params[0], "struct")
    return params[0]


def _check_commitment(value: Any) -> None:
    if value is not None and value not in _COMMITMENTS:
        expected = ", ".join(f"`{name}`" for name in _COMMITMENTS)
        raise RpcError(-32602, f"Invalid params: unknown variant `{value}`, expected one of {expected}.")


def _wrong_type(value: object, expected: str) -> RpcError:
    return RpcError(-32602, f"Invalid params: invalid type: `{value}`, expected {expected}.")
