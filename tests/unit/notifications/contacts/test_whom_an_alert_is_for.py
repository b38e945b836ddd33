"""An alert goes to its desk, first to the person on call; nobody's absence leaves it without a recipient."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from events.vocabulary import Agency, Duty
from services.notifications.contacts.domain import Contact
from services.notifications.contacts.file_format import parse_contacts
from services.notifications.contacts.loader import load_contacts
from services.notifications.contacts.roster import DUTIES, PROGRAMME, Roster, ShelterOfDirectory, resolve_roster
from services.system import roster

ROSTER = roster()
PEOPLE = {
    code: {"ways": [{"email": f"{code}@canaliza.invalid"}]} for desk in ROSTER.desks.values() for code in desk.on_call
} | {
    code: {"ways": [{"sms": "+525512345678"}, {"email": f"{code}@canaliza.invalid"}]}
    for supervisors in ROSTER.supervisors.values()
    for code in supervisors
}
DIRECTORY = [*load_contacts(None), *parse_contacts({"people": PEOPLE})]


def recipients(
    known: Sequence[Contact], desk: str, duty: Duty, on_duty: Mapping[str, tuple[str, ...]] | None = None
) -> list[str]:
    return [
        one.contact
        for one in resolve_roster(ROSTER, known, ["email"], on_duty)
        if (one.desk, one.duty) == (desk, duty)
    ]  # fmt: skip


def without(*codes: str) -> list[Contact]:
    return [one for one in DIRECTORY if one.code not in codes]


def test_the_first_on_call_is_notified_with_the_desk_and_the_next_by_escalation() -> None:
    assert recipients(DIRECTORY, "UNICEF-CHP", Duty.DESK) == ["p-049", "UNICEF/email/1"]
    assert recipients(DIRECTORY, "UNICEF-OAX", Duty.DESK) == ["p-051", "UNICEF/email/1"]
    assert recipients(DIRECTORY, "UNICEF-CHP", Duty.ON_CALL) == ["p-050"]
    assert recipients(DIRECTORY, "UNICEF-CHP", Duty.SUPERVISOR) == ["p-047", "p-048", "UNICEF/supervisor/email/1"]


def test_a_desk_with_a_mailbox_of_its_own_does_not_use_the_agencys() -> None:
    own = parse_contacts({"UNICEF-CHP": {"email": ["chiapas@canaliza.invalid"]}})
    assert recipients([*DIRECTORY, *own], "UNICEF-CHP", Duty.DESK) == ["p-049", "UNICEF-CHP/email/1"]
    assert recipients([*DIRECTORY, *own], "UNICEF-TAB", Duty.DESK) == ["p-053", "UNICEF/email/1"]


def test_the_person_who_took_the_desk_over_is_called_first() -> None:
    on_duty = {"UNICEF-CHP": ("p-050",)}
    assert recipients(DIRECTORY, "UNICEF-CHP", Duty.DESK, on_duty) == ["p-050", "UNICEF/email/1"]
    assert recipients(DIRECTORY, "UNICEF-CHP", Duty.ON_CALL, on_duty) == ["p-049"]


def test_the_next_person_takes_the_place_of_a_disabled_one() -> None:
    assert recipients(without("p-049"), "UNICEF-CHP", Duty.DESK) == ["p-050", "UNICEF/email/1"]
    assert recipients(without("p-049", "p-050"), "UNICEF-CHP", Duty.DESK) == ["UNICEF/email/1"]
    assert recipients(without("p-049", "p-050", "UNICEF/email/1"), "UNICEF-CHP", Duty.DESK) == ["p-055"], (
        "its 24-hour desk"
    )


def test_a_mailbox_of_the_next_on_call_takes_the_alert_when_nobody_else_of_the_agency_is_left() -> None:
    left = [one for one in DIRECTORY if one.code == "PNUD/on_call/email/1"]
    for duty in (Duty.DESK, Duty.ON_CALL, Duty.SUPERVISOR):
        assert recipients(left, "PNUD-24H", duty) == ["PNUD/on_call/email/1"]


def test_every_agency_is_in_the_roster_for_alerts_to_a_desk_that_is_gone() -> None:
    found = {one.desk for one in resolve_roster(ROSTER, DIRECTORY, ["email"])}
    assert set(Agency) <= found


@given(st.sets(st.sampled_from(sorted(one.code for one in DIRECTORY))), st.sampled_from([["email"], []]))
def test_whoever_is_disabled_every_desk_and_duty_has_a_contact_while_the_agency_has_one(
    codes: set[str], channels: list[str]
) -> None:
    known = without(*codes)
    drawn = resolve_roster(ROSTER, known, channels)
    answered = {(one.desk, one.duty) for one in drawn}
    lead = any(one.code.startswith("OIM") or one.agency == "*" for one in known)
    if lead:
        assert answered >= {(desk, duty) for desk in ROSTER.desks for duty in (Duty.COORDINATOR, Duty.STEERING)}
    for desk, of in ROSTER.desks.items():
        people = {*of.on_call, *ROSTER.supervisors[of.agency]}
        if any(one.code in people or one.agency == of.agency for one in known):
            assert {(desk, duty) for duty in DUTIES[:3]} <= answered
    assert not {one.contact for one in drawn} & codes


def test_a_contact_without_a_configured_channel_is_used_only_where_nobody_else_is() -> None:
    by_sms = parse_contacts({"people": {"p-049": {"ways": [{"sms": "+525512345678"}]}}})
    assert recipients([*without("p-049"), *by_sms], "UNICEF-CHP", Duty.DESK) == ["p-050", "UNICEF/email/1"]
    assert recipients(by_sms, "UNICEF-CHP", Duty.DESK) == ["p-049"]


SHELTERS = parse_contacts(
    {
        "ALB-TAP-01": {
            "email": ["turno@canaliza.invalid", {"to": "jefa@canaliza.invalid", "duty": "shelter_coordinator"}]
        },
        "ALB-TAP-02": {"email": [{"to": "sola@canaliza.invalid", "duty": "shelter_coordinator"}]},
    }
)


def test_a_shelters_workers_are_notified_and_then_its_coordinator() -> None:
    known = [*DIRECTORY, *SHELTERS]
    assert recipients(known, "ALB-TAP-01", Duty.SHELTER) == ["ALB-TAP-01/email/1"]
    assert recipients(known, "ALB-TAP-01", Duty.SHELTER_COORDINATOR) == ["ALB-TAP-01/shelter_coordinator/email/1"]
    assert recipients(known, "ALB-TAP-02", Duty.SHELTER) == ["ALB-TAP-02/shelter_coordinator/email/1"]


def test_a_shelter_that_nobody_can_reach_falls_to_the_programmes_coordinator() -> None:
    of_the_programme = recipients(DIRECTORY, PROGRAMME, Duty.COORDINATOR)
    assert of_the_programme
    by_sms = parse_contacts({"ALB-TAP-01": {"sms": ["+525512345678"]}})
    for duty in (Duty.SHELTER, Duty.SHELTER_COORDINATOR):
        assert recipients(DIRECTORY, PROGRAMME, duty) == of_the_programme
        assert recipients([*DIRECTORY, *by_sms], "ALB-TAP-01", duty) == of_the_programme


def test_a_shelters_staff_in_the_directory_are_notified_by_their_own_channels() -> None:
    people = parse_contacts({"people": {"p-900": {"ways": [{"email": "p900@canaliza.invalid"}]}}})
    listed = replace(ROSTER, shelters={"ALB-TAP-01": ShelterOfDirectory(workers=("p-900",))})
    drawn = resolve_roster(listed, [*DIRECTORY, *people], ["email"])
    assert [one.contact for one in drawn if (one.desk, one.duty) == ("ALB-TAP-01", Duty.SHELTER)] == ["p-900"]


@given(st.sets(st.sampled_from(sorted(one.code for one in [*DIRECTORY, *SHELTERS]))))
def test_what_no_agency_may_learn_of_reaches_nobody_of_an_agency(codes: set[str]) -> None:
    known = [one for one in [*DIRECTORY, *SHELTERS] if one.code not in codes]
    of_agencies = {one.code for one in known if one.agency in set(Agency)}
    of_agencies |= {code for desk in ROSTER.desks.values() for code in desk.on_call}
    of_agencies |= {code for people in ROSTER.supervisors.values() for code in people}
    places = {PROGRAMME, "ALB-TAP-01", "ALB-TAP-02"}
    told = {one.contact for one in resolve_roster(ROSTER, known, ["email"]) if one.desk in places}
    assert told & of_agencies == set()
    assert bool(told) is any(one.agency == "*" or one.agency in places for one in known)


def test_an_agencys_mailboxes_are_notified_even_with_an_empty_directory() -> None:
    drawn = resolve_roster(Roster(), load_contacts(None), ["email"])
    assert {one.desk for one in drawn} == {*Agency, PROGRAMME}
