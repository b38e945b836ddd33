"""Who may do what: one pure function and its table.

A token has a role and an organisation: a shelter's code, an agency, or ``*`` for roles that belong to
none. What is another organisation's looks as if it did not exist.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from events.vocabulary import Agency, Role

EVERYWHERE = "*"
DESKS = frozenset(agency.value for agency in Agency) - {Agency.PEAS.value}
"""Who may stand in for another desk in an emergency. No authority is among them, and none can be added."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever acts: what they are, for which organisation, and the label events show of them."""

    role: Role
    org: str
    label: str

    @property
    def actor(self) -> str:
        """How an event names them: never by a person's name."""
        return f"{self.role}:{self.org}:{self.label}"


class Action(StrEnum):
    """What can be asked for."""

    SUBMIT = "submit"
    SEE_CASE = "see_case"
    LIST_REFERRALS = "list_referrals"
    ANSWER_REFERRAL = "answer_referral"
    READ_DISCLOSURE = "read_disclosure"
    READ_MESSAGES = "read_messages"
    SEE_ALERTS = "see_alerts"
    SEE_HISTORY = "see_history"
    REQUEST_RESTRICTED_CONTACT = "request_restricted_contact"
    AUTHORISE_RESTRICTED_CONTACT = "authorise_restricted_contact"
    SEE_RESTRICTED_CONTACTS = "see_restricted_contacts"
    RECORD_DEMAND = "record_demand"
    ANSWER_DEMAND = "answer_demand"
    SEE_DEMANDS = "see_demands"
    GIVE_A_SIGN = "give_a_sign"
    SEE_SILENCE = "see_silence"
    TURN_CARAVAN = "turn_caravan"
    BREAK_GLASS = "break_glass"
    REVIEW_ACCESS = "review_access"
    SEE_ACCESSES = "see_accesses"
    OPERATE = "operate"


Scope = Callable[[Principal, str | None, str | None], bool]
"""principal, the shelter and the agency it is about → allowed."""


def _own_shelter(principal: Principal, shelter: str | None, agency: str | None) -> bool:
    # A report of abuse by shelter staff is hidden from the shelter that registered it (domain.md §5).
    return principal.org == shelter and agency != Agency.PEAS


def _own_agency(principal: Principal, _shelter: str | None, agency: str | None) -> bool:
    return principal.org == agency


def _of_a_desk(principal: Principal, _shelter: str | None, agency: str | None) -> bool:
    """Whoever is on duty at an agency's desk, for any agency's referral; never for what is reported about staff."""
    return principal.org in DESKS and agency != Agency.PEAS


def _not_about_staff(_principal: Principal, _shelter: str | None, agency: str | None) -> bool:
    return agency != Agency.PEAS


def _any(_principal: Principal, _shelter: str | None, _agency: str | None) -> bool:
    return True


_SHELTER: dict[Action, Scope] = {
    Action.SUBMIT: _own_shelter,
    Action.SEE_CASE: _own_shelter,
    Action.LIST_REFERRALS: _own_shelter,
    Action.ANSWER_REFERRAL: _own_shelter,
    Action.READ_MESSAGES: _own_shelter,
    Action.GIVE_A_SIGN: _own_shelter,
    Action.SEE_ACCESSES: _own_shelter,
}
# Of people only: a shelter's software neither records a person's wish nor what an authority said.
_STAFF: dict[Action, Scope] = {
    **_SHELTER,
    Action.REQUEST_RESTRICTED_CONTACT: _own_shelter,
    Action.SEE_RESTRICTED_CONTACTS: _own_shelter,
    Action.RECORD_DEMAND: _own_shelter,
}
_AGENCY: dict[Action, Scope] = {
    Action.SEE_CASE: _own_agency,
    Action.LIST_REFERRALS: _own_agency,
    Action.ANSWER_REFERRAL: _own_agency,
    Action.READ_DISCLOSURE: _own_agency,
    Action.READ_MESSAGES: _own_agency,
    Action.SEE_ALERTS: _own_agency,
    Action.RECORD_DEMAND: _own_agency,
    Action.BREAK_GLASS: _of_a_desk,
    Action.SEE_ACCESSES: _own_agency,
}

TABLE: dict[Role, dict[Action, Scope]] = {
    Role.SHELTER_WORKER: _STAFF,
    Role.SHELTER_COORDINATOR: {
        **_STAFF,
        Action.AUTHORISE_RESTRICTED_CONTACT: _own_shelter,
        Action.ANSWER_DEMAND: _own_shelter,
        Action.SEE_DEMANDS: _own_shelter,
    },
    Role.INTEGRATOR: _SHELTER,
    Role.OFFICER: _AGENCY,
    Role.SUPERVISOR: {
        **_AGENCY,
        Action.SEE_SILENCE: _own_agency,
        Action.REVIEW_ACCESS: _own_agency,
        Action.ANSWER_DEMAND: _own_agency,
        Action.SEE_DEMANDS: _own_agency,
    },
    Role.PROGRAMME_COORDINATOR: {
        Action.SEE_CASE: _any,
        Action.LIST_REFERRALS: _any,
        Action.ANSWER_REFERRAL: _any,
        Action.READ_MESSAGES: _any,
        Action.SEE_ALERTS: _any,
        Action.AUTHORISE_RESTRICTED_CONTACT: _any,
        Action.SEE_RESTRICTED_CONTACTS: _any,
        Action.RECORD_DEMAND: _any,
        Action.ANSWER_DEMAND: _any,
        Action.SEE_DEMANDS: _any,
        Action.SEE_SILENCE: _any,
        Action.TURN_CARAVAN: _any,
        Action.BREAK_GLASS: _not_about_staff,
        Action.REVIEW_ACCESS: _not_about_staff,
        Action.SEE_ACCESSES: _not_about_staff,
    },
    Role.AUDITOR: {Action.SEE_HISTORY: _any, Action.SEE_DEMANDS: _any, Action.SEE_ACCESSES: _any},
    Role.ADMINISTRATOR: {Action.OPERATE: _any},
    Role.OPERATOR: {
        Action.SUBMIT: _any,
        Action.SEE_CASE: _any,
        Action.LIST_REFERRALS: _any,
        Action.SEE_ALERTS: _any,
        Action.SEE_HISTORY: _any,
        Action.OPERATE: _any,
    },
}


def ever(principal: Principal, action: Action) -> bool:
    """Whether the role may do this to anything at all. What it may do it to, ``allowed`` says."""
    return action in TABLE.get(principal.role, {})


def allowed(principal: Principal, action: Action, *, shelter: str | None = None, agency: str | None = None) -> bool:
    """Whether the principal may do this to something of this shelter and agency."""
    scope = TABLE.get(principal.role, {}).get(action)
    return scope is not None and scope(principal, shelter, agency)
