"""An address is refused where what sends to it would read another one; a person or a shelter that is nobody's too."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.channels.addresses import is_sendable
from services.notifications.contacts.domain import ContactFaultsError
from services.notifications.contacts.file_format import Known, parse_contacts
from services.notifications.contacts.loader import load_contacts
from services.programme.policy_file import PolicyFaultsError

SAMPLES = Path(__file__).parents[3] / "samples" / "contacts"
KNOWN = Known({"ALB-TAP-01"}, {"p-013"})
GOOD = ["guardia@canaliza.invalid", "a+b@b.com", "A.B_c-d@sub.b-c.org", "GUARDIA@canaliza.invalid"]
BAD = [
    *("x'guardia@canaliza.invalid", "guardia@canaliza.xn--p1ai", "a@b.com,c@d.com", "a@b.com;c@d.com"),
    *("a@b.com\r\nBcc: c@d.com", "guardia", "not an address", "a@", "@b.com", "a@b@c.com", "Jefa <jefa@b.com>"),
    *('"a b"@b.org', "a@b.org ", " a@b.org", "ñ@b.org", "a@méxico.mx", "a\x00@b.com", "\ud800@b.com", "", " "),
]


@pytest.mark.parametrize("address", GOOD)
def test_an_address_that_the_mail_library_sends_to_as_written_is_taken(address: str) -> None:
    assert is_sendable("email", address)


@pytest.mark.parametrize("address", BAD)
def test_an_address_that_would_leave_as_another_is_refused_with_its_place(address: str) -> None:
    with pytest.raises(ContactFaultsError) as refused:
        parse_contacts({"ACNUR": {"email": ["guardia@canaliza.invalid", address]}})
    assert [place for place, _ in refused.value.faults] == [("ACNUR", "email", 1)]
    assert not address.strip() or address not in str(refused.value)


@given(st.text(max_size=40))
def test_whatever_is_taken_has_one_recipient_and_nothing_but_visible_characters(address: str) -> None:
    if is_sendable("email", address):
        assert address.isascii()
        assert address.isprintable()
        assert address.count("@") == 1
        assert not set(address) & set(" ,;<>'\"\\")


@pytest.mark.parametrize(
    ("channel", "address", "taken"),
    [
        ("sms", "+525512345678", True),
        ("sms", "5512345678", False),
        ("sms", "+52 55 1234 5678", False),
        ("sms", "+525512345678,+525512345679", False),
        ("whatsapp", "guardia@canaliza.invalid", False),
        ("signal", "+٥٢٥٥١٢٣٤٥٦", False),
        ("telegram", "123456789", True),
        ("telegram", "@guardia_acnur", True),
        ("telegram", "guardia/otra", False),
        ("push", "tema-de_ACNUR.7", True),
        ("push", "ntfy://ntfy.invalid/tema", False),  # an address names no service and no server
        ("push", "json://10.0.0.1/x", False),
        ("push", "..", False),
        ("push", ".", False),
        ("push", "a/b", False),
        ("push", "a" * 300, False),
    ],
)
def test_a_gateways_address_is_one_that_it_takes_as_it_is(channel: str, address: str, taken: bool) -> None:  # noqa: FBT001 - a column
    assert is_sendable(channel, address) is taken


@pytest.mark.parametrize("name", ["contacts-apostrophe", "contacts-nul", "contacts-surrogate"])
def test_what_was_once_taken_wrongly_is_refused(name: str) -> None:
    written = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    with pytest.raises(ContactFaultsError):
        parse_contacts(written["contacts"])


def test_a_person_or_a_shelter_that_the_directory_does_not_have_is_refused() -> None:
    way = {"ways": [{"sms": "+525512345678"}]}
    assert parse_contacts({"people": {"p-013": way}, "ALB-TAP-01": {"contacts": [way]}}, KNOWN)
    for owner, code in (("people", "p-999"), ("people", "p-٠١٣"), ("people", "p-013\x00")):
        with pytest.raises(ContactFaultsError):
            parse_contacts({owner: {code: way}}, KNOWN)
    with pytest.raises(ContactFaultsError):
        parse_contacts({"ALB-XXX-01": {"contacts": [way]}}, KNOWN)


@pytest.mark.parametrize(
    ("owner", "duty"),
    [("ALB-TAP-01", "desk"), ("ALB-TAP-01", "coordinator"), ("ACNUR", "shelter"), ("OIM", "representative")],
)
def test_a_duty_is_held_where_it_exists(owner: str, duty: str) -> None:
    with pytest.raises(ContactFaultsError):
        parse_contacts({owner: {"email": [{"to": "a@canaliza.invalid", "duty": duty}]}})


def test_an_operator_stands_above_all_agencies() -> None:
    (found,) = parse_contacts({"OIM": {"email": [{"to": "soporte@canaliza.invalid", "duty": "operator"}]}})
    assert (found.code, found.agency, found.desk) == ("OIM/operator/email/1", "*", None)


def test_the_file_of_contacts_is_looked_at_in_the_same_way(tmp_path: Path) -> None:
    path = tmp_path / "contacts.yaml"
    path.write_text("ALB-TAP-01: {email: [bien@canaliza.invalid]}\nOIM:\n  email:\n    - x'mal@canaliza.invalid\n")
    with pytest.raises(PolicyFaultsError) as refused:
        load_contacts(path, KNOWN)
    (fault,) = refused.value.faults
    assert ":4" in str(fault)
    assert "mal@" not in str(fault)
