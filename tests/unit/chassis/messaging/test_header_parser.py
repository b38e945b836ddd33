"""Header lines are read as the client would read them, whatever somebody sends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.messaging import header_parser

THEIRS = header_parser.THEIRS
SPACES = [b" ", b"\t", b"\r\n", b"\n", b"\r", b"\x1c", b"\x0b"]
PARTS = st.sampled_from([b"ce-id", b"Name", b":", *SPACES, b"\xc3\xb1", b"\xff", b"v", b""])


@given(st.lists(PARTS, max_size=20).map(b"".join) | st.binary(max_size=60))
def test_whatever_is_sent_both_read_the_same(raw: bytes) -> None:
    assert header_parser.parse(raw) == THEIRS(raw)


@pytest.mark.parametrize("name", [bytes([code]) for code in range(256)], ids=lambda name: name.hex())
def test_every_character_in_a_name_is_judged_alike(name: bytes) -> None:
    for raw in (b"a" + name + b"b: 1\r\n", name + b": 1\r\n", b"a" + name + b": 1\r\n"):
        assert header_parser.parse(raw) == THEIRS(raw)
