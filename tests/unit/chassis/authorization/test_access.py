"""Who may do what, row by row; whoever is on no row may do nothing."""

from typing import cast

import pytest

from events.vocabulary import Agency, Role
from services.chassis.authorization.policy import EVERYWHERE, TABLE, Action, Principal, allowed, role_allows
from services.chassis.identity.tokens import WrongOrganisationError, check_organisation

SHELTER, OTHER_SHELTER = "ALB-IXT-01", "ALB-TAP-01"
SHELTERS = frozenset({SHELTER, OTHER_SHELTER})
SHELTER_ROLES = (Role.SHELTER_WORKER, Role.SHELTER_COORDINATOR, Role.INTEGRATOR)
AGENCY_ROLES = (Role.OFFICER, Role.SUPERVISOR)
ORG = (
    dict.fromkeys(Role, EVERYWHERE)
    | dict.fromkeys(SHELTER_ROLES, SHELTER)
    | dict.fromkeys(AGENCY_ROLES, Agency.UNICEF.value)
)

OWN_SHELTER = {
    Action.SUBMIT,
    Action.SEE_CASE,
    Action.LIST_REFERRALS,
    Action.ANSWER_REFERRAL,
    Action.READ_MESSAGES,
    Action.SEE_CAPACITY,
    Action.SET_CAPACITY,
    Action.GIVE_A_SIGN,
    Action.SEE_ACCESSES,
    Action.SEE_OBLIGATIONS,
    Action.HANDLE_REFUSALS,
    Action.SEE_ALERTS,
    Action.READ_REFERENCE,
}
OWN_AGENCY = {
    Action.SEE_CASE,
    Action.LIST_REFERRALS,
    Action.ANSWER_REFERRAL,
    Action.READ_DISCLOSURE,
    Action.READ_MESSAGES,
    Action.SEE_ALERTS,
    Action.SEE_CAPACITY,
    Action.SET_CAPACITY,
    Action.SEE_ACCESSES,
    Action.SEE_OBLIGATIONS,
    Action.FINISH_OBLIGATION,
    Action.OWN_CHANNELS,
    Action.WATCH_REFERRALS,
}
STAFF = OWN_SHELTER | {
    Action.OWN_CHANNELS,
    Action.REQUEST_RESTRICTED_CONTACT,
    Action.SEE_RESTRICTED_CONTACTS,
    Action.RECORD_DEMAND,
    Action.ISSUE_SLIP,
    Action.TAKE_OVER,
    Action.CHECK_WITHDRAWAL,
    Action.READ_ANSWERS,
    Action.LIST_CASES,
    Action.READ_IDENTITY,
    Action.TELL_PERSON,
    Action.READ_REFUSAL,
    Action.DECIDE_DUPLICATE,
    Action.FINISH_OBLIGATION,
}
DECIDING = {Action.ANSWER_DEMAND, Action.SEE_DEMANDS}
ROWS: dict[Role, set[Action]] = {
    Role.SHELTER_WORKER: STAFF,
    Role.SHELTER_COORDINATOR: STAFF
    | DECIDING
    | {Action.AUTHORISE_RESTRICTED_CONTACT, Action.MANAGE_WEBHOOKS, Action.ENROL_DEVICE},
    Role.INTEGRATOR: OWN_SHELTER | {Action.MANAGE_WEBHOOKS},
    Role.OFFICER: OWN_AGENCY
    | {Action.RECORD_DEMAND, Action.HAND_OVER, Action.BREAK_GLASS, Action.ANSWER_REQUEST, Action.RECORD_MILESTONE}
    | {Action.SEE_BOARD, Action.EXPORT_REFERRALS},
    Role.SUPERVISOR: OWN_AGENCY
    | {Action.RECORD_DEMAND, Action.HAND_OVER, Action.MANAGE_WEBHOOKS, Action.RECORD_MILESTONE}
    | {Action.SEE_BOARD, Action.EXPORT_REFERRALS}
    | {Action.SEE_SILENCE, Action.BREAK_GLASS, Action.REVIEW_ACCESS, Action.SETTLE_CONTEST, Action.ANSWER_REQUEST}
    | DECIDING,
    Role.PROGRAMME_COORDINATOR: (OWN_AGENCY - {Action.READ_DISCLOSURE, Action.SET_CAPACITY})
    | {Action.LIST_CASES, Action.RECORD_DEMAND, Action.AUTHORISE_RESTRICTED_CONTACT, Action.SEE_RESTRICTED_CONTACTS}
    | {Action.CHECK_WITHDRAWAL, Action.SEE_SILENCE, Action.TURN_CARAVAN, Action.BREAK_GLASS, Action.REVIEW_ACCESS}
    | {Action.SETTLE_CONTEST, Action.SEE_SECURITY, Action.ERASE, Action.REPLAY_RULES}
    | DECIDING,
    Role.AUDITOR: {
        Action.SEE_HISTORY,
        Action.SEE_SECURITY,
        Action.SEE_LEDGER,
        Action.SEE_DEMANDS,
        Action.SEE_ACCESSES,
        Action.REPLAY_RULES,
        Action.EXPORT_HISTORY,
    },
    Role.ADMINISTRATOR: {Action.OPERATE, Action.SEE_SECURITY, Action.SEE_LEDGER, Action.ERASE},
    Role.OPERATOR: {
        Action.SUBMIT,
        Action.SEE_CASE,
        Action.LIST_REFERRALS,
        Action.SEE_ALERTS,
        Action.SEE_HISTORY,
        Action.SEE_SECURITY,
        Action.SEE_LEDGER,
        Action.EXPORT_HISTORY,
        Action.OPERATE,
        Action.ERASE,
    },
}


def somebody(role: Role) -> Principal:
    return Principal(role, ORG[role], "prueba")


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("action", Action)
def test_a_role_may_do_what_its_row_says_and_nothing_else(role: Role, action: Action) -> None:
    principal = somebody(role)
    assert role_allows(principal, action) == (action in ROWS[role])
    agency = None if role in SHELTER_ROLES else Agency.UNICEF
    assert allowed(principal, action, shelter=SHELTER, agency=agency) == (action in ROWS[role])


@pytest.mark.parametrize("role", SHELTER_ROLES)
@pytest.mark.parametrize("action", sorted(STAFF | DECIDING | {Action.AUTHORISE_RESTRICTED_CONTACT}))
def test_a_shelter_acts_for_itself_only(role: Role, action: Action) -> None:
    assert allowed(somebody(role), action, shelter=SHELTER, agency=Agency.UNICEF) == (action in ROWS[role])
    assert not allowed(somebody(role), action, shelter=OTHER_SHELTER, agency=Agency.UNICEF)
    assert not allowed(somebody(role), action, shelter=OTHER_SHELTER)
    assert not allowed(somebody(role), action)


@pytest.mark.parametrize("role", SHELTER_ROLES)
@pytest.mark.parametrize("action", Action)
def test_a_shelter_never_sees_what_is_reported_about_its_staff(role: Role, action: Action) -> None:
    assert not allowed(somebody(role), action, shelter=SHELTER, agency=Agency.PEAS)


@pytest.mark.parametrize("role", AGENCY_ROLES)
@pytest.mark.parametrize(
    "action",
    sorted(
        OWN_AGENCY
        | {Action.RECORD_DEMAND, Action.SEE_SILENCE, Action.REVIEW_ACCESS, Action.SETTLE_CONTEST}
        | {Action.RECORD_MILESTONE, Action.SEE_BOARD, Action.EXPORT_REFERRALS}
        | DECIDING
    ),
)
def test_an_agency_acts_for_itself_only(role: Role, action: Action) -> None:
    assert allowed(somebody(role), action, shelter=OTHER_SHELTER, agency=Agency.UNICEF) == (action in ROWS[role])
    for other in set(Agency) - {Agency.UNICEF}:
        assert not allowed(somebody(role), action, shelter=SHELTER, agency=other)
    assert not allowed(somebody(role), action, shelter=SHELTER)
    assert not allowed(somebody(role), action)


@pytest.mark.parametrize("role", [*AGENCY_ROLES, Role.PROGRAMME_COORDINATOR])
def test_in_an_emergency_one_desk_may_stand_in_for_another_but_never_where_staff_are_reported(role: Role) -> None:
    for other in set(Agency) - {Agency.PEAS}:
        assert allowed(somebody(role), Action.BREAK_GLASS, shelter=SHELTER, agency=other)
    assert not allowed(somebody(role), Action.BREAK_GLASS, shelter=SHELTER, agency=Agency.PEAS)
    focal_point = Principal(role, Agency.PEAS, "prueba")
    assert role is Role.PROGRAMME_COORDINATOR or not allowed(focal_point, Action.BREAK_GLASS, agency=Agency.OIM)


def test_the_focal_point_for_abuse_is_a_desk_like_any_other() -> None:
    focal_point = Principal(Role.OFFICER, Agency.PEAS, "prueba")
    assert allowed(focal_point, Action.ANSWER_REFERRAL, shelter=SHELTER, agency=Agency.PEAS)
    assert not allowed(focal_point, Action.ANSWER_REFERRAL, shelter=SHELTER, agency=Agency.OIM)


@pytest.mark.parametrize("role", [*SHELTER_ROLES, *AGENCY_ROLES])
def test_a_star_is_nobodys_organisation(role: Role) -> None:
    """``*`` on a role that belongs to an organisation opens nothing."""
    nowhere = Principal(role, EVERYWHERE, "prueba")
    for action in Action:
        assert not allowed(nowhere, action, shelter=SHELTER, agency=Agency.UNICEF)


def test_an_auditor_sees_history_and_changes_nothing() -> None:
    auditor = somebody(Role.AUDITOR)
    assert {action for action in Action if role_allows(auditor, action)} == {
        Action.SEE_HISTORY,
        Action.SEE_SECURITY,
        Action.SEE_LEDGER,
        Action.SEE_DEMANDS,
        Action.SEE_ACCESSES,
        Action.REPLAY_RULES,
        Action.EXPORT_HISTORY,
    }


def test_whoever_only_looks_on_takes_no_step_of_a_referral() -> None:
    """Which steps a role takes, the state table says (``services.referral.lifecycle.transitions``)."""
    taking = {role for role in Role if role_allows(somebody(role), Action.ANSWER_REFERRAL)}
    assert taking == {*AGENCY_ROLES, *SHELTER_ROLES, Role.PROGRAMME_COORDINATOR}


def test_every_role_has_a_row() -> None:
    assert set(TABLE) == set(Role) == set(ROWS)


@pytest.mark.parametrize("action", Action)
def test_a_role_that_nobody_knows_is_refused(action: Action) -> None:
    stranger = Principal(cast("Role", "archduke"), SHELTER, "prueba")
    assert not role_allows(stranger, action)
    assert not allowed(stranger, action, shelter=SHELTER, agency=Agency.UNICEF)


@pytest.mark.parametrize("role", Role)
def test_an_action_that_nobody_knows_is_refused(role: Role) -> None:
    action = cast("Action", "erase_everything")
    assert not role_allows(somebody(role), action)
    assert not allowed(somebody(role), action, shelter=SHELTER, agency=Agency.UNICEF)


def test_an_event_names_an_actor_by_role_organisation_and_label() -> None:
    assert somebody(Role.OFFICER).actor == "officer:UNICEF:prueba"


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OPERATOR])
def test_a_role_goes_with_its_own_kind_of_organisation(role: Role) -> None:
    for org in (SHELTER, Agency.UNICEF.value, EVERYWHERE, "ALB-NONE-99", "INM", ""):
        if org == ORG[role]:
            check_organisation(role, org, SHELTERS)
        else:
            with pytest.raises(WrongOrganisationError):
                check_organisation(role, org, SHELTERS)


@pytest.mark.parametrize("org", [EVERYWHERE, SHELTER, "OIM"])
def test_nobody_is_made_operator(org: str) -> None:
    with pytest.raises(WrongOrganisationError):
        check_organisation(Role.OPERATOR, org, SHELTERS)
