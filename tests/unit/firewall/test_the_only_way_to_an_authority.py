"""Contact with an authority needs the person's written wish, a member of staff, and another one within a day."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.authorities import RestrictedContactAuthorised, RestrictedContactRequested
from events.vocabulary import Agency, CaseKind, ConsentPurpose, RestrictedRecipient, Role
from services.chassis.authorization.policy import EVERYWHERE, Action, Principal, allowed
from services.intake.cases.errors import NoPersonError
from services.intake.restricted_contacts import domain as firewall
from services.intake.restricted_contacts.domain import (
    LAPSES_AFTER,
    AlreadyAuthorisedError,
    ContactLapsedError,
    RecipientWithheldError,
    RestrictedContact,
    SamePersonError,
    WishWithdrawnError,
)
from services.intake.restricted_contacts.wishes import Wish, opened_wish, sealed_wish
from services.intake.wordings import Use, wordings

AT = datetime(2013, 6, 12, 20, tzinfo=UTC)
SHELTER = "ALB-IXT-01"
INM = RestrictedRecipient.INM
WORDING = wordings(Use.RESTRICTED_CONTACT)["contacto-es-1"]
WISH = Wish(INM, ConsentPurpose.LEGAL)
CONTACT, KEY_ID, KEY = UUID(int=20), UUID(int=21), b"k" * 32
SEALED = sealed_wish(WISH, CONTACT, KEY_ID, KEY)
WORKER = Principal(Role.SHELTER_WORKER, SHELTER, "w-009")
COORDINATOR = Principal(Role.SHELTER_COORDINATOR, SHELTER, "c-001")

PRINCIPALS = st.builds(
    Principal,
    st.sampled_from(Role),
    st.sampled_from([SHELTER, "ALB-TAP-01", "UNICEF", EVERYWHERE]),
    st.sampled_from(["w-009", "W-009", " w-009", "w\u2010009", "ｗ-009", "w-010", "c-001"]),
)
W_009 = {"w-009", "W-009", " w-009", "w\u2010009", "ｗ-009"}


def a_wish(**changes: Any) -> RestrictedContact:
    given: dict[str, Any] = {
        "case": None, "shelter": SHELTER, "requested_by": "w-009", "requested_at": AT,
    }  # fmt: skip
    return RestrictedContact(**{**given, **changes})


def asked(**changes: Any) -> RestrictedContactRequested:
    given: dict[str, Any] = {
        "kind": CaseKind.PERSON, "withheld": (), "shelter": SHELTER, "wish": WISH, "sealed": SEALED,
        "wording": WORDING, "by": WORKER,
    }  # fmt: skip
    return firewall.request(**{**given, **changes})


def authorised(contact: RestrictedContact, **changes: Any) -> RestrictedContactAuthorised:
    given: dict[str, Any] = {"wish": WISH, "kind": CaseKind.PERSON, "withheld": (), "by": COORDINATOR, "at": AT}
    return firewall.authorise(contact, **{**given, **changes})


def test_a_wish_names_the_signed_text_and_seals_authority_and_purpose() -> None:
    assert opened_wish(SEALED, CONTACT, {KEY_ID: KEY}) == WISH
    assert asked().model_dump() == {
        "shelter": SHELTER,
        "wish": SEALED.model_dump(),
        "clear_recipient": None,
        "clear_purpose": None,
        "wording_version": "contacto-es-1",
        "wording_sha256": WORDING.sha256,
        "requested_by": "w-009",
    }


def test_an_excluded_authority_is_not_contacted_however_the_wish_was_signed() -> None:
    with pytest.raises(RecipientWithheldError):
        asked(withheld=["OIM", "INM"])
    assert asked(withheld=["POLICIA"]).wish == SEALED


@pytest.mark.parametrize("kind", [CaseKind.COMMUNITY_INCIDENT, CaseKind.SHELTER_THREAT])
def test_an_incident_without_a_person_has_no_wish(kind: CaseKind) -> None:
    with pytest.raises(NoPersonError):
        asked(kind=kind)
    with pytest.raises(NoPersonError):
        authorised(a_wish(), kind=kind)


def test_it_lapses_after_a_day_and_not_before() -> None:
    assert authorised(a_wish(), at=AT + LAPSES_AFTER).authorised_by == "c-001"
    with pytest.raises(ContactLapsedError):
        authorised(a_wish(), at=AT + LAPSES_AFTER + timedelta(microseconds=1))


def test_it_is_authorised_once() -> None:
    with pytest.raises(AlreadyAuthorisedError):
        authorised(a_wish(authorised=True))


@pytest.mark.parametrize("before", [False, True])
def test_a_person_may_change_their_mind_before_and_after_it_was_authorised(before: bool) -> None:  # noqa: FBT001
    event = firewall.withdraw(a_wish(authorised=before), WORKER)
    assert event.model_dump() == {"shelter": SHELTER, "recorded_by": "w-009"}


def test_a_withdrawn_wish_is_neither_authorised_nor_withdrawn_again() -> None:
    with pytest.raises(WishWithdrawnError):
        authorised(a_wish(withdrawn=True))
    with pytest.raises(WishWithdrawnError):
        firewall.withdraw(a_wish(withdrawn=True), WORKER)


def test_an_authority_excluded_after_the_wish_is_not_contacted() -> None:
    with pytest.raises(RecipientWithheldError):
        authorised(a_wish(), withheld=["INM"])


@given(
    first=PRINCIPALS,
    second=PRINCIPALS,
    waited=st.integers(0, 48).map(lambda hours: timedelta(hours=hours)),
    withheld=st.lists(st.sampled_from([*Agency, *RestrictedRecipient]), max_size=2),
    kind=st.sampled_from(CaseKind),
)
def test_there_is_no_other_way(
    first: Principal, second: Principal, waited: timedelta, withheld: list[Any], kind: CaseKind
) -> None:
    """Whoever tries: it is authorised exactly if two people may, in time, and the person did not exclude it."""
    may = first.role in {Role.SHELTER_WORKER, Role.SHELTER_COORDINATOR} and first.org == SHELTER
    and_second = (second.role is Role.SHELTER_COORDINATOR and second.org == SHELTER) or (
        second.role is Role.PROGRAMME_COORDINATOR
    )
    two = not ({first.label, second.label} <= W_009 or first.label == second.label)
    expected = may and and_second and two and kind is CaseKind.PERSON and INM not in withheld and waited <= LAPSES_AFTER
    assert tried(first, second, waited, withheld, kind) == expected


def tried(first: Principal, second: Principal, waited: timedelta, withheld: list[Any], kind: CaseKind) -> bool:
    """As the routes do it: the table, then the decision."""
    if not allowed(first, Action.REQUEST_RESTRICTED_CONTACT, shelter=SHELTER):
        return False
    if not allowed(second, Action.AUTHORISE_RESTRICTED_CONTACT, shelter=SHELTER):
        return False
    try:
        wish = asked(by=first, withheld=withheld, kind=kind)
        contact = a_wish(requested_by=wish.requested_by)
        authorised(contact, by=second, at=AT + waited, withheld=withheld, kind=kind)
    except (NoPersonError, RecipientWithheldError, SamePersonError, ContactLapsedError):
        return False
    return True
