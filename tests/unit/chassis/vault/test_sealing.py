"""A box opens at its own place, for its own class, with its own key, and nowhere else."""

import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import assume, given
from hypothesis import strategies as some

from events.contract import MAX_STATE_BYTES
from events.sealed import Box
from events.vocabulary import BoxClass
from services.chassis.vault.sealing import (
    PADDED_UP_TO,
    BrokenBoxError,
    Place,
    commit,
    fingerprint,
    open_box,
    padded_length,
    seal,
)
from services.intake.submissions.document.canonical_json import MAX_DOCUMENT_BYTES

keys = some.binary(min_size=32, max_size=32)
texts = some.text(some.characters(exclude_categories=["Cs"]), max_size=40)
contents = some.dictionaries(texts, some.none() | some.booleans() | some.integers(-(2**53), 2**53) | texts, max_size=5)
places = some.builds(
    Place, stream=some.uuids(), version=some.integers(0, 2**31 - 1), event=texts, field=texts
)  # fmt: skip
classes = some.sampled_from(BoxClass)

HERE = Place(stream=UUID(int=1), version=1, event="intake.case_opened", field="identity")
KEY, KEY_ID = b"k" * 32, UUID(int=7)


def sealed(content: dict[str, Any] | None = None, place: Place = HERE) -> Box:
    return seal(content or {"name": "Yesenia"}, key_id=KEY_ID, key=KEY, kind=BoxClass.IDENTITY, place=place)


@given(contents, some.uuids(), keys, classes, places)
def test_a_box_opens_to_what_was_sealed(
    content: dict[str, Any], key_id: UUID, key: bytes, kind: BoxClass, place: Place
) -> None:
    box = seal(content, key_id=key_id, key=key, kind=kind, place=place)
    assert open_box(box, place, {key_id: key}) == content


@given(places, classes)
def test_a_place_is_bound_as_it_always_was(place: Place, kind: BoxClass) -> None:
    """Every box ever sealed needs the same bytes again to be opened."""
    parts = [str(place.stream), place.version, place.event, place.field, kind.value]
    assert place.bound(kind) == json.dumps(parts).encode()


@given(contents)
def test_content_that_is_written_already_is_sealed_as_it_is(content: dict[str, Any]) -> None:
    written = json.dumps(content).encode()
    box = seal(written, key_id=KEY_ID, key=KEY, kind=BoxClass.IDENTITY, place=HERE)
    assert open_box(box, HERE, {KEY_ID: KEY}) == content


@given(contents)
def test_a_box_from_before_contents_were_padded_still_opens(content: dict[str, Any]) -> None:
    nonce = os.urandom(12)
    exact = nonce + AESGCM(KEY).encrypt(nonce, json.dumps(content).encode(), HERE.bound(BoxClass.IDENTITY))
    box = sealed().model_copy(update={"sealed": urlsafe_b64encode(exact).decode().rstrip("=")})
    assert open_box(box, HERE, {KEY_ID: KEY}) == content


@given(some.text(max_size=60), some.text(max_size=60))
def test_two_names_have_boxes_of_one_length(one: str, other: str) -> None:
    assume(not {chr(point) for point in range(0xD800, 0xE000)} & {*one, *other})
    assert len(sealed({"name": one}).sealed) == len(sealed({"name": other}).sealed)


@pytest.mark.parametrize("field", ["identity", "screening", "grounds", "outcome"])
def test_a_content_of_any_length_has_one_of_few_lengths_and_is_never_cut(field: str) -> None:
    lengths = [padded_length(length, field) for length in range(PADDED_UP_TO + 1)]
    assert all(padded >= length for length, padded in enumerate(lengths))
    assert lengths == sorted(lengths)
    assert len(set(lengths)) <= 15


def test_the_longest_submission_fits_in_an_entry_however_its_length_is_shared_by_the_boxes() -> None:
    both = max(
        padded_length(identity, "identity") + padded_length(MAX_DOCUMENT_BYTES - identity, "screening")
        for identity in range(0, MAX_DOCUMENT_BYTES, 100)
    )
    envelope_and_clear_fields = 12_000
    assert both * 4 / 3 + envelope_and_clear_fields < MAX_STATE_BYTES


@given(contents, keys, places, places)
def test_it_opens_at_no_other_place(content: dict[str, Any], key: bytes, place: Place, other: Place) -> None:
    assume(place != other)
    box = seal(content, key_id=KEY_ID, key=key, kind=BoxClass.IDENTITY, place=place)
    with pytest.raises(BrokenBoxError):
        open_box(box, other, {KEY_ID: key})


@pytest.mark.parametrize(
    "elsewhere", [{"stream": UUID(int=2)}, {"version": 2}, {"event": "intake.case_closed"}, {"field": "screening"}]
)
def test_a_box_moved_to_another_stream_version_event_or_field_does_not_open(elsewhere: dict[str, Any]) -> None:
    with pytest.raises(BrokenBoxError):
        open_box(sealed(), replace(HERE, **elsewhere), {KEY_ID: KEY})


def test_two_swapped_boxes_of_one_person_do_not_open() -> None:
    there = replace(HERE, field="notes")
    one, other = sealed({"name": "a"}), sealed({"name": "b"}, there)
    assert open_box(one, HERE, {KEY_ID: KEY}) == {"name": "a"}
    for box, place in ((other, HERE), (one, there)):
        with pytest.raises(BrokenBoxError):
            open_box(box, place, {KEY_ID: KEY})


def test_a_box_relabelled_as_another_class_does_not_open() -> None:
    with pytest.raises(BrokenBoxError):
        open_box(sealed().model_copy(update={"kind": BoxClass.SCREENING}), HERE, {KEY_ID: KEY})


@given(keys)
def test_another_key_with_the_same_id_is_not_the_key_that_the_log_committed_to(other: bytes) -> None:
    assume(other != KEY)
    box = sealed()
    assert open_box(box, HERE, {KEY_ID: other}) is None
    assert commit(other) != box.commitment == commit(KEY)


def test_the_right_key_is_refused_where_the_log_committed_to_another() -> None:
    """AES-GCM alone would open it: one ciphertext can be made that opens to two texts under two keys."""
    assert open_box(sealed().model_copy(update={"commitment": commit(b"o" * 32)}), HERE, {KEY_ID: KEY}) is None


@given(some.integers(0, 10_000), some.integers(1, 255))
def test_a_box_with_a_changed_byte_does_not_open(at: int, change: int) -> None:
    box = sealed()
    data = bytearray(urlsafe_b64decode(box.sealed + "=="))
    data[at % len(data)] ^= change
    with pytest.raises(BrokenBoxError):
        open_box(box.model_copy(update={"sealed": urlsafe_b64encode(data).decode()}), HERE, {KEY_ID: KEY})


@given(some.text(max_size=60))
def test_what_is_no_box_does_not_open_and_is_not_repeated(text: str) -> None:
    with pytest.raises(BrokenBoxError) as broken:
        open_box(sealed().model_copy(update={"sealed": text}), HERE, {KEY_ID: KEY})
    assert str(broken.value) == ""


def test_without_its_key_a_box_is_erased_and_no_fault() -> None:
    assert open_box(sealed(), HERE, {}) is None
    assert open_box(sealed(), HERE, {uuid4(): KEY}) is None


@given(contents)
def test_the_same_sealed_twice_looks_different(content: dict[str, Any]) -> None:
    one, other = (
        seal(content, key_id=KEY_ID, key=KEY, kind=BoxClass.IDENTITY, place=HERE) for _ in range(2)
    )  # fmt: skip
    assert one.sealed != other.sealed
    assert one.sealed[:16] != other.sealed[:16]


def test_a_box_shows_nothing_of_its_content_or_its_key() -> None:
    shown = sealed({"name": "Yesenia"}).model_dump_json()
    assert "Yesenia" not in shown
    assert urlsafe_b64encode(KEY).decode().rstrip("=") not in shown


@given(keys, keys, some.binary(max_size=50), some.binary(max_size=50))
def test_a_fingerprint_tells_contents_apart_and_means_nothing_without_its_key(
    key: bytes, other_key: bytes, content: bytes, other: bytes
) -> None:
    assert (fingerprint(key, content) == fingerprint(key, other)) == (content == other)
    assert (fingerprint(key, content) == fingerprint(other_key, content)) == (key == other_key)
    assert fingerprint(key, content).hex() != commit(key)
