"""Intake opens a sealed submission only unchanged and in its shelter's stream."""

import os
from base64 import b64encode
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.leaf_nodes.envelope import (
    CannotOpenError,
    OpenedEnvelope,
    open_from_transit,
    public_key_of,
    seal_for_transit,
)

PRIVATE = b64encode(bytes(range(32))).decode()
PUBLIC = public_key_of(PRIVATE)
HERE = "ALB-TAP-01"
SUBMISSION = UUID("128b2f33-0c5c-4fd0-a6a3-a4506513270e")


def sealed(document: bytes = b'{"name": "\xc3\x93scar"}') -> bytes:
    return seal_for_transit(PUBLIC, shelter=HERE, submission_id=SUBMISSION, token="czl_secret", document=document)  # noqa: S106 - of nobody


def test_intake_reads_the_document_as_it_was_with_the_token() -> None:
    opened = open_from_transit(PRIVATE, shelter=HERE, message=sealed())
    assert opened == OpenedEnvelope("czl_secret", b'{"name": "\xc3\x93scar"}')


def test_the_message_contains_nothing_in_clear_and_never_looks_the_same() -> None:
    message = sealed()
    assert b"scar" not in message
    assert b"czl_secret" not in message
    assert message != sealed()


def test_opened_it_shows_in_no_representation() -> None:
    assert "scar" not in repr(open_from_transit(PRIVATE, shelter=HERE, message=sealed()))


def test_moved_to_another_shelters_stream_it_does_not_open() -> None:
    with pytest.raises(CannotOpenError):
        open_from_transit(PRIVATE, shelter="ALB-TAP-02", message=sealed())


def test_under_another_submissions_id_it_does_not_open() -> None:
    message = sealed()
    with pytest.raises(CannotOpenError):
        open_from_transit(PRIVATE, shelter=HERE, message=message[:1] + uuid4().bytes + message[17:])


def test_another_key_does_not_open_it() -> None:
    with pytest.raises(CannotOpenError):
        open_from_transit(b64encode(os.urandom(32)).decode(), shelter=HERE, message=sealed())


@given(st.data())
def test_changed_in_any_place_it_does_not_open(data: st.DataObject) -> None:
    message = bytearray(sealed())
    place = data.draw(st.integers(0, len(message) - 1))
    # Clearing the last byte's top bit of an X25519 point changes nothing: RFC 7748 ignores it.
    message[place] ^= data.draw(st.integers(1, 127))
    with pytest.raises(CannotOpenError):
        open_from_transit(PRIVATE, shelter=HERE, message=bytes(message))


@given(st.binary(max_size=200))
def test_anything_else_does_not_open(message: bytes) -> None:
    with pytest.raises(CannotOpenError):
        open_from_transit(PRIVATE, shelter=HERE, message=message)
