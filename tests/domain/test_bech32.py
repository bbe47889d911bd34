"""Segwit addresses, by the test vectors of BIP 173 and BIP 350."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain import bech32
from gateway.domain.address import Address, Chain, NotAnAddress
from tests.domain import writer

# BIP 350, "Test vectors for v0-v16 native segregated witness addresses": the address and its script.
VALID = {
    "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4": "0014751e76e8199196d454941c45d1b3a323f1433bd6",
    "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7": (
        "00201863143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262"
    ),
    "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y": (
        "5128751e76e8199196d454941c45d1b3a323f1433bd6751e76e8199196d454941c45d1b3a323f1433bd6"
    ),
    "BC1SW50QGDZ25J": "6002751e",
    "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs": "5210751e76e8199196d454941c45d1b3a323",
    "tb1qqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesrxh6hy": (
        "0020000000c4a5cad46221b2a187905e5266362b99d5e91c6ce24d165dab93e86433"
    ),
    "tb1pqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesf3hn0c": (
        "5120000000c4a5cad46221b2a187905e5266362b99d5e91c6ce24d165dab93e86433"
    ),
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0": (
        "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
    ),
}
INVALID = {
    # BIP 350
    "tc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq5zuyut": "invalid human-readable part",
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd": "Bech32 instead of Bech32m",
    "tb1z0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqglt7rf": "Bech32 instead of Bech32m",
    "BC1S0XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ54WELL": "Bech32 instead of Bech32m",
    "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh": "Bech32m instead of Bech32",
    "tb1q0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq24jc47": "Bech32m instead of Bech32",
    "bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4": "invalid character in checksum",
    "BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R": "invalid witness version",
    "bc1pw5dgrnzv": "a program of 1 byte",
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v8n0nx0muaewav253zgeav": "a program of 41 bytes",
    "BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P": "a version 0 program of 16 bytes",
    "tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq47Zagq": "mixed case",
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v07qwwzcrf": "padding of more than 4 bits",
    "tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vpggkg4j": "padding that is not zero",
    "bc1gmk9yu": "no program",
    # BIP 173, and its addresses of later versions, which BIP 350 has taken back
    "tc1qw508d6qejxtdg4y5r3zarvary0c5xw7kg3g4ty": "invalid human-readable part",
    "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5": "invalid checksum",
    "BC13W508D6QEJXTDG4Y5R3ZARVARY0C5XW7KN40WF2": "invalid witness version",
    "bc1rw5uspcuh": "a program of 1 byte",
    "bc10w508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kw5rljs90": "a program of 41 bytes",
    "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sL5k7": "mixed case",
    "bc1zw508d6qejxtdg4y5r3zarvaryvqyzf3du": "padding of more than 4 bits",
    "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3pjxtptv": "padding that is not zero",
    "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7k7grplx": "Bech32 instead of Bech32m",
    "BC1SW50QA3JX3S": "Bech32 instead of Bech32m",
    "bc1zw508d6qejxtdg4y5r3zarvaryvg6kdaj": "Bech32 instead of Bech32m",
}
# Both standards' strings that are no addresses: well formed or not, none of them names a witness program.
NO_ADDRESSES = [
    *("A12UEL5L", "a12uel5l", "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", "?1ezyfcl", "A1LQFN3A", "?1v759aa"),
    "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs",
    "11qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqc8247j",
    "split1checkupstagehandshakeupstreamerranterredcaperredlc445v",
    *("\x201nwldj5", "\x7f1axkwrx", "\x801eym55h", "\x201xj0phk", "\x7f1g6xzxy", "\x801vctc34"),
    "an84characterslonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1569pvx",
    *("pzry9x0s0muk", "1pzry9x0s0muk", "x1b4n0q5v", "li1dgmt3", "de1lg7wt\xff", "A1G7SGD8", "10a06t8", "1qzzfhee"),
    *("qyrz8wqd2c9m", "1qyrz8wqd2c9m", "y1b0jsk6g", "lt1igcx5c0", "in1muywd", "mm1crxm3i", "au1s5cgom", "M1VUXWEZ"),
    *("16plkw9", "1p2gdwpf", "", "1", "bc", "bc1", "bc1qqqqqq"),
]


@pytest.mark.parametrize("text", VALID)
def test_every_valid_address_of_the_standards_is_one(text: str) -> None:
    address = Address.parse(text)
    assert (address.chain, address.text) == (Chain.BITCOIN, text.lower())
    # The same script, written by the tests' own arithmetic, has the same address.
    version, program = VALID[text][:2], bytes.fromhex(VALID[text][4:])
    assert writer.segwit(text[:2].lower(), max(int(version, 16) - 0x50, 0), program) == address.text


@pytest.mark.parametrize("text", INVALID)
def test_no_invalid_address_of_the_standards_is_one(text: str) -> None:
    with pytest.raises(NotAnAddress):
        Address.parse(text)


@pytest.mark.parametrize("text", [text for text in INVALID if not text.startswith("tc")])
def test_what_is_wrong_with_them_is_found_by_the_code_for_segwit_itself(text: str) -> None:
    # Address.parse would refuse some of them later, as base58.
    assert bech32.prefix(text) is None


@pytest.mark.parametrize("text", NO_ADDRESSES)
def test_strings_that_are_no_witness_programs_are_no_addresses(text: str) -> None:
    assert bech32.prefix(text) is None
    with pytest.raises(NotAnAddress):
        Address.parse(text)


def test_another_coins_segwit_address_is_not_one_of_bitcoins() -> None:
    text = writer.segwit("ltc", 0, bytes(20))
    assert bech32.prefix(text) == "ltc"
    with pytest.raises(NotAnAddress):
        Address.parse(text)


@pytest.mark.parametrize("version", [0, 1, 16])
@pytest.mark.parametrize("more", [(0,), (1,), (16,), (31,)])
def test_a_group_of_bits_that_holds_no_byte_is_refused(version: int, more: tuple[int, ...]) -> None:
    # 20 bytes fill 32 groups to the last bit.
    assert bech32.prefix(writer.segwit("bc", version, bytes(range(20)))) == "bc"
    assert bech32.prefix(writer.segwit("bc", version, bytes(range(20)), more=more)) is None


@given(
    st.integers(0, 31),
    st.binary(max_size=50),
    st.one_of(st.sampled_from([1, 0x2BC830A3]), st.integers(0, 2**30 - 1)),
)
def test_only_the_versions_sizes_and_checksums_of_the_standards_are_taken(
    version: int, program: bytes, constant: int
) -> None:
    text = writer.segwit("bc", version, program, constant=constant)
    sizes = {20, 32} if version == 0 else set(range(2, 41))
    right = version <= 16 and len(program) in sizes and constant == (1 if version == 0 else 0x2BC830A3)
    assert bech32.prefix(text) == ("bc" if right else None)
