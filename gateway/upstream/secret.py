"""A secret from the settings, as it may stand in a header."""

from typing import Annotated

from pydantic import AfterValidator, SecretStr


def _in_a_header(secret: SecretStr) -> SecretStr:
    # A line end would otherwise come to light with the first call, as a fault of the gateway's own.
    if not all("!" <= each <= "~" or each == " " for each in secret.get_secret_value()):
        raise ValueError("holds what no header can: a line end, a control character or a letter outside ASCII")
    return secret


Secret = Annotated[SecretStr, AfterValidator(_in_a_header)]
