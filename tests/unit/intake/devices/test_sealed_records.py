"""What a telephone sealed opens as the RFC says, for whom it was sealed, and only if nothing of it was changed."""

import json
from base64 import urlsafe_b64decode
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key, generate_private_key
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.authorization.policy import Action, role_allows
from services.intake.devices.domain import Device, RecordUnreadableError, UnknownDeviceError
from services.intake.devices.envelope import (
    SUITE,
    base64url,
    coordinates_of,
    open_record,
    plain_bytes,
    read_record,
    text_of,
    verify_record,
)
from services.intake.opaque_codes import DEVICE_FORM
from tests.support.builders.device_records import MADE_AT, Telephone, info_of, padded
from tests.support.models import hpke

# RFC 9180, appendix A.3.1: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, base mode, sequence number 0.
EPHEMERAL = derive_private_key(0x4995788EF4B9D6132B249CE59A77281493EB39AF373D236A1FE415CB0C2D7BEB, SECP256R1())
READER = derive_private_key(0xF3CE7FDAE57E1A310D87F1EBBDE6F328BE0A99CDBCADF4D6589CF29DE4B8FFD2, SECP256R1())
INFO, AAD = bytes.fromhex("4f6465206f6e2061204772656369616e2055726e"), b"Count-0"
PLAIN = b"Beauty is truth, truth beauty"
ENCAPSULATED = (
    "04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac9"
    "8536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4"
)
CIPHERTEXT = "5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f9076ac232e3ab2523f39513434"

KEY = generate_private_key(SECP256R1())
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda one: st.lists(one) | st.dictionaries(st.text(), one)
)
ELSEWHERE: list[dict[str, Any]] = [
    {"submission_id": "d70a39d1-33dc-477f-b179-f2d2e48b9662"},
    {"shelter": "ALB-TAP-01"},
    {"device": {"id": "tel-0001"}},
    {"device": "tel-4821"},
]


def jwk() -> dict[str, str]:
    x, y = coordinates_of(text_of(KEY.public_key()))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


TELEPHONE = Telephone("tel-4821", reception_key={"id": "b4f0a5a2-6a63-4a3e-9a57-8a1c7b6d5e4f", "public_key": jwk()})
PUBLIC = text_of(TELEPHONE.key.public_key())
DOCUMENT = TELEPHONE.document()
RECORD = TELEPHONE.seals(DOCUMENT)


def opened(record: Any) -> dict[str, Any]:
    """The document, after everything that is checked of a record."""
    found = read_record(record)
    verify_record(found, PUBLIC)
    return open_record(found, KEY).document


class TestHpke:
    def test_the_plain_one_is_as_the_rfc_says(self) -> None:
        made = hpke.seal(EPHEMERAL, READER.public_key(), INFO, PLAIN, aad=AAD, aead=hpke.AES_128)
        assert made.hex() == ENCAPSULATED + CIPHERTEXT

    @given(st.binary(max_size=200), st.binary(max_size=300))
    def test_what_either_seals_the_other_opens(self, info: bytes, plain: bytes) -> None:
        assert SUITE.decrypt(hpke.seal(EPHEMERAL, KEY.public_key(), info, plain), KEY, info) == plain
        assert hpke.open_sealed(KEY, info, SUITE.encrypt(plain, KEY.public_key(), info)) == plain

    def test_bound_to_something_else_it_does_not_open(self) -> None:
        sealed = SUITE.encrypt(PLAIN, KEY.public_key(), INFO)
        for key, info in ((KEY, INFO + b"!"), (READER, INFO)):
            with pytest.raises(InvalidTag):
                SUITE.decrypt(sealed, key, info)
            with pytest.raises(InvalidTag):
                hpke.open_sealed(key, info, sealed)


class TestARecord:
    def test_opens_whole(self) -> None:
        assert opened(RECORD) == DOCUMENT

    def test_is_of_a_length_that_tells_nothing(self) -> None:
        lengths = {
            len(plain_bytes(TELEPHONE.seals(TELEPHONE.document(needs=needs))["sealed"]))
            for needs in (["legal"], ["legal", "shelter", "food"], [])
        }
        assert len(lengths) == 1

    def test_binds_what_is_signed_without_a_space(self) -> None:
        expected = (
            f'["canaliza record v1","{TELEPHONE.shelter}","{RECORD["id"]}","tel-4821","{RECORD["key"]}","{MADE_AT}"]'
        )
        assert info_of(RECORD) == expected.encode()
        assert read_record(RECORD).info == expected.encode()

    @given(st.data())
    def test_of_which_a_letter_was_changed_is_refused(self, data: st.DataObject) -> None:
        field = data.draw(st.sampled_from([name for name in RECORD if name != "format"]))
        text = RECORD[field]
        at = data.draw(st.integers(0, len(text) - 1))
        letter = data.draw(st.sampled_from("ABab01_-:.+/= {\x00ñ").filter(lambda one: one != text[at]))
        with pytest.raises((RecordUnreadableError, UnknownDeviceError)):
            opened(RECORD | {field: text[:at] + letter + text[at + 1 :]})

    def test_that_spells_the_same_bytes_otherwise_is_refused(self) -> None:
        """The last letter of a signature has four bits that say nothing: another one would go unnoticed."""
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        signature = RECORD["signature"]
        other = signature[:-1] + letters[letters.index(signature[-1]) ^ 1]
        assert urlsafe_b64decode(other + "==") == urlsafe_b64decode(signature + "==")
        with pytest.raises(RecordUnreadableError):
            opened(RECORD | {"signature": other})

    @given(st.data())
    def test_that_was_changed_inside_does_not_open_whoever_signed_it(self, data: st.DataObject) -> None:
        sealed = bytearray(plain_bytes(RECORD["sealed"]))
        sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
        text, signed = base64url(bytes(sealed)), TELEPHONE.signs(info_of(RECORD) + b"\x00" + bytes(sealed))
        with pytest.raises(RecordUnreadableError):
            opened(RECORD | {"sealed": text, "signature": signed})

    @pytest.mark.parametrize("change", [{"format": 2}, {"more": 1}, {"sealed": ""}, {"sealed": "AA=="}, {"id": 5}])
    def test_of_another_form_is_none(self, change: dict[str, Any]) -> None:
        with pytest.raises(RecordUnreadableError):
            opened(RECORD | change)

    @pytest.mark.parametrize("sealed", [b"\x04", bytes(64), bytes(65), bytes(81), b"\x04" + bytes(200)])
    def test_that_is_signed_and_sealed_to_nobody_does_not_open(self, sealed: bytes) -> None:
        signed = TELEPHONE.signs(info_of(RECORD) + b"\x00" + sealed)
        with pytest.raises(RecordUnreadableError):
            opened(RECORD | {"sealed": base64url(sealed), "signature": signed})

    @pytest.mark.parametrize("value", [None, [], "x", {}, {"record": RECORD}])
    def test_that_is_none_is_refused(self, value: Any) -> None:
        with pytest.raises(RecordUnreadableError):
            read_record(value)

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda one: st.lists(one) | st.dictionaries(st.text(), one),
        )
    )
    def test_that_holds_anything_else_is_refused(self, inside: Any) -> None:
        record = TELEPHONE.seals_bytes(json.dumps(inside).encode(), RECORD["id"])
        with pytest.raises(RecordUnreadableError):
            opened(record)

    def test_of_another_telephone_is_nobodys(self) -> None:
        other = Telephone("tel-4821", reception_key=TELEPHONE.reception_key)
        with pytest.raises(UnknownDeviceError):
            opened(other.seals(DOCUMENT))

    @pytest.mark.parametrize(
        "change",
        [
            {"submission_id": RECORD["key"]},
            {"shelter": "ALB-TAP-01"},
            {"device": {"id": "tel-0001"}},
            {"device": "tel-4821"},
        ],
    )
    def test_that_says_another_id_inside_is_refused(self, change: dict[str, Any]) -> None:
        record = TELEPHONE.seals_bytes(padded({"document": DOCUMENT | change}), RECORD["id"])
        with pytest.raises(RecordUnreadableError):
            opened(record)


class TestATelephone:
    def test_may_submit_and_do_nothing_else(self) -> None:
        principal = Device(id="tel-4821", shelter="ALB-HUI-01", key=PUBLIC).principal
        assert {action for action in Action if role_allows(principal, action)} == {Action.SUBMIT}
        assert principal.actor == "integrator:ALB-HUI-01:device tel-4821"

    def test_has_a_code_that_a_submission_takes(self) -> None:
        assert DEVICE_FORM.fullmatch(TELEPHONE.id)
