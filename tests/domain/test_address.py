"""Addresses: real ones are known for what they are, and mistyped ones are refused before anyone is asked."""

import string
from collections.abc import Callable

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from solders.pubkey import Pubkey

from gateway.domain import address
from gateway.domain.address import Address, Chain, Form, NotAnAddress, solana_key
from tests.domain import writer

P2WPKH = "bc1qdkk5ughajfurnz9zmzdak0pqhmt9lhzath4anx"
FIXTURES = {
    "1AzvGNJwEgQvu6eFfeQDjcetPiRi3rfa22": {Form.MAIN},
    "mqWsZRPv3hrBgD7sPDNbZXsDFi2R1iyihi": {Form.TEST, Form.REGTEST},
    "3BgwBuoNnajJzGLgnk4pAF1pYEiRfD4r3J": {Form.MAIN},
    "2N3F9FejQQ3EfC3yETsggnC15kavbRMbVUT": {Form.TEST, Form.REGTEST},
    P2WPKH: {Form.MAIN},
    "tb1qdkk5ughajfurnz9zmzdak0pqhmt9lhzap3wwg4": {Form.TEST},
    "bcrt1qdkk5ughajfurnz9zmzdak0pqhmt9lhzarchrlu": {Form.REGTEST},
    "bc1pdkk5ughajfurnz9zmzdak0pqhmt9lhza7pz96vsmy3y6dj72alkq2zhlxt": {Form.MAIN},
    "tb1pdkk5ughajfurnz9zmzdak0pqhmt9lhza7pz96vsmy3y6dj72alkqa2psuy": {Form.TEST},
    "bcrt1pdkk5ughajfurnz9zmzdak0pqhmt9lhza7pz96vsmy3y6dj72alkqsntkf7": {Form.REGTEST},
}
SEGWIT_FIXTURES = [text for text in FIXTURES if text.startswith(("bc", "tb"))]
BASE58_FIXTURES = [text for text in FIXTURES if text not in SEGWIT_FIXTURES]
SOLANA_FIXTURES = [
    "3dGoFzaDHbU5Y8RFT8uUYn19VjckDnJn4guWvSzxM8pL",
    "Z2iSdbwVQgwCPhPyUrpoxro814FxA8fBUdRJG2rFkoy",
    "Ao7Gmmo61F91H7sxUSNAr9aMT2sGAyY7H8S1LZErczyK",
    "4pSPKggRgkcFKGyaxc7Q3hCmra7wC95WTQ8Rr5V4kUWU",
    "5xyucW429fmKFNh1UoEH7qtDo38dPPB3ztUuiqjWq3R",
    "JEKNVnkbo3jma5nREBBJCDoXFVeKkD56V3xKrvRmWxFG",
    "11111111111111111111111111111111",
    # Wrapped SOL's mint.
    "So11111111111111111111111111111111111111112",
]

programs = st.one_of(
    st.tuples(st.just(0), st.binary(min_size=20, max_size=20)),
    st.tuples(st.just(0), st.binary(min_size=32, max_size=32)),
    st.tuples(st.integers(1, 16), st.binary(min_size=2, max_size=40)),
)
keys = st.binary(min_size=32, max_size=32)


def refused(text: str) -> bool:
    try:
        Address.parse(text)
    except NotAnAddress:
        return True
    return False


@pytest.mark.parametrize("text", FIXTURES)
def test_a_bitcoin_address_is_known_with_the_networks_it_may_be_on(text: str) -> None:
    address = Address.parse(text)
    assert (address.chain, address.forms, str(address)) == (Chain.BITCOIN, frozenset(FIXTURES[text]), text)


@pytest.mark.parametrize("text", SOLANA_FIXTURES)
def test_a_solana_address_is_known_on_every_cluster(text: str) -> None:
    address = Address.parse(text)
    assert (address.chain, address.forms, str(address)) == (Chain.SOLANA, frozenset(Form), text)
    assert solana_key(text) == address


def test_what_has_the_length_of_a_key_and_is_none_is_refused() -> None:
    # 44 characters of the alphabet that stand for 33 bytes: one more than the largest key.
    assert refused("JEKNVnkbo3jma5nREBBJCDoXFVeKkD56V3xKrvRmWxFH")
    assert refused("1" * 31)
    assert refused("1" * 33)
    assert solana_key("1" * 33) is None


@pytest.mark.parametrize("text", SEGWIT_FIXTURES)
def test_bech32_in_capitals_is_the_same_address_and_mixed_case_is_none(text: str) -> None:
    assert Address.parse(text.upper()) == Address.parse(text)
    for mixed in (text.capitalize(), text[:-1] + text[-1].upper(), text.upper()[:-2] + text[-2:], text.title()):
        assert mixed == text or refused(mixed)


@pytest.mark.parametrize("text", BASE58_FIXTURES)
def test_base58_is_never_folded(text: str) -> None:
    for folded in (text.lower(), text.upper(), text.swapcase()):
        assert refused(folded)


@given(keys)
def test_a_solana_key_in_another_case_is_never_taken_for_the_same(key: bytes) -> None:
    text = writer.base58(key)
    for folded in {text.lower(), text.upper(), text.swapcase()} - {text}:
        assert refused(folded) or Address.parse(folded).text == folded


@pytest.mark.parametrize("text", FIXTURES)
def test_one_wrong_character_anywhere_is_always_noticed(text: str) -> None:
    for at, right in enumerate(text):
        for wrong in set(string.printable) - {right}:
            assert refused(text[:at] + wrong + text[at + 1 :])


@pytest.mark.parametrize("text", FIXTURES)
def test_a_character_left_out_or_typed_twice_is_always_noticed(text: str) -> None:
    for at in range(len(text)):
        assert refused(text[:at] + text[at + 1 :])
        assert refused(text[:at] + text[at] + text[at:])


@given(st.binary(min_size=20, max_size=20), st.sampled_from(["bc", "tb", "bcrt"]), st.data())
def test_a_mistyped_bitcoin_address_never_passes_for_a_solana_key(
    program: bytes, human: str, data: st.DataObject
) -> None:
    # With one or two characters too many these have the length of a key, and no checksum would be asked.
    text = writer.segwit(human, 0, program)
    at = data.draw(st.integers(len(human) + 1, len(text) - 1))
    for mistyped in (text[:at] + text[at] + text[at:], text[:at] + text[at + 1 :], text[:at] + "q" + text[at + 1 :]):
        for cased in (mistyped, mistyped.upper()):
            assert cased.lower() == text or refused(cased)


def test_a_letter_that_only_folds_into_the_alphabet_is_refused() -> None:
    # The Kelvin sign is a k in lower case; the long s is an S in upper case.
    assert "\u212a".lower() == "k"
    assert refused(P2WPKH.upper().replace("K", "\u212a"))
    assert refused(P2WPKH.replace("s", "\u017f").replace("n", "\u017f"))


@given(st.sampled_from([("bc", Form.MAIN), ("tb", Form.TEST), ("bcrt", Form.REGTEST)]), programs)
def test_every_witness_program_has_an_address(human: tuple[str, Form], program: tuple[int, bytes]) -> None:
    text = writer.segwit(human[0], *program)
    assert Address.parse(text) == Address(text, Chain.BITCOIN, frozenset({human[1]}))


@given(st.sampled_from([0x00, 0x05, 0x6F, 0xC4]), st.binary(min_size=20, max_size=20))
@example(0x00, bytes(20))
def test_every_key_and_script_hash_has_an_address(version: int, payload: bytes) -> None:
    address = Address.parse(writer.base58check(version, payload))
    assert address.chain is Chain.BITCOIN
    assert (Form.MAIN in address.forms) is (version < 0x10)


@given(st.integers(0, 255), st.binary(max_size=38))
def test_other_checked_texts_are_no_addresses(version: int, payload: bytes) -> None:
    # Private keys, other coins' addresses and other lengths are written in the same way; with 27 bytes of payload
    # there are 32 in all, and those are a key.
    assume(len(payload) != 27 and not (len(payload) == 20 and version in {0x00, 0x05, 0x6F, 0xC4}))
    assert refused(writer.base58check(version, payload))


@given(keys)
@example(bytes(32))
@example(bytes([255] * 32))
def test_any_32_bytes_are_a_solana_key(key: bytes) -> None:
    text = str(Pubkey(key))
    assert Address.parse(text).chain is Chain.SOLANA
    assert solana_key(text) == Address.parse(text)


@given(
    st.one_of(
        st.text(writer.BASE58, max_size=50),
        st.text(writer.BASE58, min_size=42, max_size=45),
        st.text(max_size=50),
        st.binary(min_size=30, max_size=34).map(writer.base58),
    )
)
@example("")
def test_solanas_own_library_agrees_on_what_a_key_is(text: str) -> None:
    try:
        theirs: Pubkey | None = Pubkey.from_string(text)
    except ValueError:
        theirs = None
    assert (solana_key(text) is not None) is (theirs is not None)


@given(st.one_of(st.text(), st.text(string.printable), st.from_regex(r"(bc|tb|bcrt|BC|TB|BCRT)1[ -~]*")))
@example("\ud800")
@example("bc1" + "q" * 87)
@example("1")
@example("bc1")
def test_no_text_makes_parsing_fail_in_another_way(text: str) -> None:
    try:
        address = Address.parse(text)
    except NotAnAddress:
        return
    assert Address.parse(address.text) == address
    assert text in {address.text, address.text.upper()}


@pytest.mark.parametrize(
    "padded", [lambda text: f" {text}", lambda text: f"{text} ", lambda text: f"{text}\n", lambda text: f"\ufeff{text}"]
)
@pytest.mark.parametrize("text", [*FIXTURES, *SOLANA_FIXTURES])
def test_blanks_around_an_address_are_not_cut_away(text: str, padded: Callable[[str], str]) -> None:
    assert refused(padded(text))


@pytest.mark.parametrize("unit", ["1", "z", "q", "bc1q", "BC1", "\u212a", "İ", "💰"])
def test_texts_longer_than_any_address_are_refused_for_their_length(unit: str) -> None:
    # Base58 takes time in the square of the length: a million characters would hold up everybody else.
    assert refused(unit * 1_000_000)
    assert solana_key(unit * 1_000_000) is None


def test_what_is_longer_than_any_key_is_no_key_and_is_not_remembered() -> None:
    before = address._solana_key.cache_info().currsize  # noqa: SLF001 - how much is kept is told nowhere else
    assert solana_key("1" * 5_000_000) is None
    assert address._solana_key.cache_info().currsize == before  # noqa: SLF001 - the same
