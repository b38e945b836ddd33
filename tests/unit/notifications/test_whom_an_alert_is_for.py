"""An alert goes to the desk it is for, first to whoever is on call; and nobody's absence leaves it without anybody."""

from collections.abc import Mapping, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from events.vocabulary import Agency, Duty
from services.notifications.contacts import Contact, contacts, contacts_of
from services.notifications.whom import DUTIES, Roster, places
from services.system import roster

ROSTER = roster()
PEOPLE = {
    code: {"ways": [{"email": f"{code}@canaliza.invalid"}]} for desk in ROSTER.desks.values() for code in desk.on_call
} | {
    code: {"ways": [{"sms": "+525512345678"}, {"email": f"{code}@canaliza.invalid"}]}
    for supervisors in ROSTER.supervisors.values()
    for code in supervisors
}
DIRECTORY = [*contacts(None), *contacts_of({"people": PEOPLE})]


def told(
    known: Sequence[Contact], desk: str, duty: Duty, on_duty: Mapping[str, tuple[str, ...]] | None = None
) -> list[str]:
    return [
        one.contact
        for one in places(ROSTER, known, ["email"], on_duty)
        if (one.desk, one.duty) == (desk, duty)
    ]  # fmt: skip


def without(*codes: str) -> list[Contact]:
    return [one for one in DIRECTORY if one.code not in codes]


def test_the_first_on_call_of_that_desk_is_told_with_the_desk_and_the_next_by_the_ladder() -> None:
    assert told(DIRECTORY, "UNICEF-CHP", Duty.DESK) == ["p-049", "UNICEF/email/1"]
    assert told(DIRECTORY, "UNICEF-OAX", Duty.DESK) == ["p-051", "UNICEF/email/1"]
    assert told(DIRECTORY, "UNICEF-CHP", Duty.ON_CALL) == ["p-050"]
    assert told(DIRECTORY, "UNICEF-CHP", Duty.SUPERVISOR) == ["p-047", "p-048", "UNICEF/supervisor/email/1"]


def test_a_desk_with_a_mailbox_of_its_own_is_not_told_by_the_agencys() -> None:
    own = contacts_of({"UNICEF-CHP": {"email": ["chiapas@canaliza.invalid"]}})
    assert told([*DIRECTORY, *own], "UNICEF-CHP", Duty.DESK) == ["p-049", "UNICEF-CHP/email/1"]
    assert told([*DIRECTORY, *own], "UNICEF-TAB", Duty.DESK) == ["p-053", "UNICEF/email/1"]


def test_whoever_was_handed_the_desk_over_is_called_first() -> None:
    on_duty = {"UNICEF-CHP": ("p-050",)}
    assert told(DIRECTORY, "UNICEF-CHP", Duty.DESK, on_duty) == ["p-050", "UNICEF/email/1"]
    assert told(DIRECTORY, "UNICEF-CHP", Duty.ON_CALL, on_duty) == ["p-049"]


def test_a_disabled_person_hands_their_place_to_the_next() -> None:
    assert told(without("p-049"), "UNICEF-CHP", Duty.DESK) == ["p-050", "UNICEF/email/1"]
    assert told(without("p-049", "p-050"), "UNICEF-CHP", Duty.DESK) == ["UNICEF/email/1"]
    assert told(without("p-049", "p-050", "UNICEF/email/1"), "UNICEF-CHP", Duty.DESK) == ["p-055"], "its 24-hour desk"


def test_a_desk_that_an_agency_does_not_have_any_more_is_answered_as_the_agency() -> None:
    found = {one.desk for one in places(ROSTER, DIRECTORY, ["email"])}
    assert set(Agency) <= found


@settings(deadline=None)
@given(st.sets(st.sampled_from(sorted(one.code for one in DIRECTORY))), st.sampled_from([["email"], []]))
def test_whoever_is_disabled_no_desk_and_no_duty_is_left_without_anybody_while_there_is_somebody(
    codes: set[str], channels: list[str]
) -> None:
    known = without(*codes)
    drawn = places(ROSTER, known, channels)
    answered = {(one.desk, one.duty) for one in drawn}
    lead = any(one.code.startswith("OIM") or one.agency == "*" for one in known)
    if lead:
        assert answered >= {(desk, duty) for desk in ROSTER.desks for duty in (Duty.COORDINATOR, Duty.STEERING)}
    for desk, of in ROSTER.desks.items():
        people = {*of.on_call, *ROSTER.supervisors[of.agency]}
        if any(one.code in people or one.agency == of.agency for one in known):
            assert {(desk, duty) for duty in DUTIES[:3]} <= answered
    assert not {one.contact for one in drawn} & codes


def test_a_contact_by_a_channel_that_the_installation_lacks_is_told_only_where_nobody_else_is() -> None:
    by_sms = contacts_of({"people": {"p-049": {"ways": [{"sms": "+525512345678"}]}}})
    assert told([*without("p-049"), *by_sms], "UNICEF-CHP", Duty.DESK) == ["p-050", "UNICEF/email/1"]
    assert told(by_sms, "UNICEF-CHP", Duty.DESK) == ["p-049"]


def test_an_empty_directory_still_tells_an_agencys_mailboxes() -> None:
    drawn = places(Roster(), contacts(None), ["email"])
    assert {one.desk for one in drawn} == set(Agency)
