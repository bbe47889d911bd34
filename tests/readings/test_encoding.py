"""What is written for other replicas is read again digit by digit, or not at all."""

import pickle
import random
import re
import zlib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.reading import Absent, Answer, Position, PositionKind
from gateway.readings.encoding import VERSION, Encoding
from gateway.readings.entry import Entry
from tests.readings.value import EXAMPLES, SHAPES, VALUES, entries

NAMES = list(SHAPES)
ENCODING = Encoding()
# The members of a set stand in any order.
_FORMS = re.compile(r"frozenset\(\{.*?\}\)")
AT = Position(PositionKind.SLOT, 300_000_000)


def _written(text: bytes) -> bytes:
    return zlib.decompress(text)


def _ordered(text: bytes) -> Any:
    """Read what is written, with the members of sets in order: each process has an order of its own."""

    def ordered(part: Any) -> Any:
        if isinstance(part, dict):
            return {name: sorted(each) if name == "forms" else ordered(each) for name, each in part.items()}
        return [ordered(each) for each in part] if isinstance(part, list) else part

    # Strict about what JSON leaves open: 1.0 is not 1, and the order of fields counts.
    return repr(ordered(msgspec.json.decode(text)))


def _entry(name: str) -> Entry:
    return Entry(Answer(EXAMPLES[name], "ask", AT), 1_800_000_000.25)


@pytest.mark.parametrize("name", NAMES)
def test_every_value_is_read_again_as_it_was_written(name: str) -> None:
    @settings(max_examples=60, deadline=None)
    @given(entries(VALUES[name]))
    def law(entry: Entry) -> None:
        again = ENCODING.decode(ENCODING.encode(entry), SHAPES[name])
        assert again == entry
        # Equal is not enough for decimals, whose zeros count, nor for what has another type.
        assert _FORMS.sub("", repr(again)) == _FORMS.sub("", repr(entry))

    law()


@pytest.mark.parametrize("name", NAMES)
def test_each_example_tells_every_field_and_is_read_again(name: str) -> None:
    entry = _entry(name)
    assert ENCODING.decode(ENCODING.encode(entry), SHAPES[name]) == entry
    absent = Entry(Absent("ask", AT), 1.5)
    assert ENCODING.decode(ENCODING.encode(absent), SHAPES[name]) == absent


@pytest.mark.parametrize("name", NAMES)
def test_what_stands_in_stores_is_pinned_and_another_form_of_it_needs_another_version(name: str) -> None:
    pinned = (Path(__file__).parent / "written" / f"{VERSION}" / f"{name}.json").read_bytes().strip()
    written = _written(ENCODING.encode(_entry(name)))
    assert _ordered(written) == _ordered(pinned), "raise VERSION, and pin what is written anew"
    assert ENCODING.decode(zlib.compress(pinned), SHAPES[name]) == _entry(name)


@pytest.mark.parametrize("name", NAMES)
def test_another_version_is_no_entry(name: str) -> None:
    entry = _entry(name)
    assert Encoding(VERSION + 1).decode(ENCODING.encode(entry), SHAPES[name]) is None
    assert ENCODING.decode(Encoding(VERSION + 1).encode(entry), SHAPES[name]) is None


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("other", NAMES)
def test_a_value_of_another_shape_is_no_entry(name: str, other: str) -> None:
    read = ENCODING.decode(ENCODING.encode(_entry(other)), SHAPES[name])
    assert (read is not None) is (SHAPES[name] == SHAPES[other])


@pytest.mark.parametrize("name", NAMES)
def test_what_is_cut_off_or_goes_on_is_no_entry(name: str) -> None:
    text = ENCODING.encode(_entry(name))
    assert not any(ENCODING.decode(text[:end], SHAPES[name]) for end in range(len(text)))
    assert ENCODING.decode(text + b"\0", SHAPES[name]) is None
    assert ENCODING.decode(text + text, SHAPES[name]) is None


@pytest.mark.parametrize("name", NAMES)
def test_a_flipped_bit_is_no_other_entry(name: str) -> None:
    text = ENCODING.encode(_entry(name))
    for at in random.Random(name).sample(range(len(text) * 8), 200):
        spoilt = bytearray(text)
        spoilt[at // 8] ^= 1 << at % 8
        assert ENCODING.decode(bytes(spoilt), SHAPES[name]) in (None, _entry(name))


class _Trap:
    """Leaves a file behind where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, tuple[Path]]:
        return Path.touch, (self.path,)


def test_a_planted_pickle_is_no_entry_and_runs_nothing(tmp_path: Path) -> None:
    trap = tmp_path / "sprung"
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        planted = pickle.dumps(_Trap(trap), protocol)
        for text in (planted, zlib.compress(planted)):
            assert all(ENCODING.decode(text, shape) is None for shape in SHAPES.values())
    assert not trap.exists()


@pytest.mark.parametrize(
    "text",
    [
        b"[" * 200_000,
        b'{"version":1}',
        b"[1]",
        b'[1,"now","ask",null,null,false,{}]',
        b'[1,1.5,"ask","EPOCH",1,false,{}]',
        b'[1,1.5,"ask","SLOT","1",false,{}]',
        b'[1,1.5,"ask",null,null,false,' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"]",
        b'[1,1.5,"ask",null,null,false]',
        b'["1",1.5,"ask",null,null,true,null]',
        b"\xff\xfe",
        b"",
    ],
    ids=lambda text: repr(text[:20]),
)
def test_what_nobody_wrote_is_no_entry(text: bytes) -> None:
    assert all(ENCODING.decode(zlib.compress(text), shape) is None for shape in SHAPES.values())


def test_a_bomb_is_no_entry_and_is_not_unfolded() -> None:
    folded = zlib.compress(b'[1,1.5,"ask",null,null,false,"' + bytes(64 * 1024 * 1024) + b'"]', 9)
    assert len(folded) < 100_000
    assert ENCODING.decode(folded, SHAPES["RuneById"]) is None


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_noise_is_no_entry(noise: bytes) -> None:
    for shape in SHAPES.values():
        assert ENCODING.decode(noise, shape) is None
        assert ENCODING.decode(zlib.compress(noise), shape) is None


def test_a_position_needs_its_kind_and_its_value() -> None:
    for kind, value in (("null", "7"), ('"SLOT"', "null")):
        text = f'[{VERSION},1.5,"ask",{kind},{value},null,true,null]'.encode()
        assert ENCODING.decode(zlib.compress(text), SHAPES["RuneById"]) == Entry(Absent("ask"), 1.5)


def test_what_is_written_is_plain_json_under_its_version() -> None:
    written = msgspec.json.decode(_written(ENCODING.encode(_entry("InscriptionsByAddress"))))
    told = EXAMPLES["InscriptionsByAddress"]
    assert written == [VERSION, 1_800_000_000.25, "ask", "SLOT", 300_000_000, None, False, told]
