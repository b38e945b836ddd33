"""Who may do what: one pure function and its table.

A principal has a role and an organisation: a shelter's code, an agency, or ``*`` for roles that belong to
none. A resource of another organisation looks as if it did not exist. docs/guides/access.md has the same table
in words, for the people who are accountable for it; the tests compare both.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from events.vocabulary import Agency, Role
from services.chassis.authorization.actions import PEOPLE_ONLY, Action

__all__ = [
    "DESKS",
    "EVERYWHERE",
    "PEOPLE_ONLY",
    "TABLE",
    "Action",
    "Decision",
    "Field",
    "Principal",
    "Refusal",
    "Scope",
    "allowed",
    "decide",
    "lacks_a_person",
    "role_allows",
    "scope_of",
]

EVERYWHERE = "*"
DESKS = frozenset(agency.value for agency in Agency) - {Agency.PEAS.value}
"""The agencies whose desks may act for another desk in an emergency. None is an authority, and none can be added."""


@dataclass(frozen=True, slots=True)
class Principal:
    """The sender of a request: role, organisation, and the label that events show of them."""

    role: Role
    org: str
    label: str
    scopes: frozenset[Action] | None = None
    """The actions that a token is limited to; ``None``: all of the role's. Scopes never add an action."""
    person: str | None = None
    """The code of the person's account; ``None`` for a token of software, or of this machine."""
    token: UUID | None = field(default=None, compare=False)
    """The id of the token that the request was sent with; ``None`` for a session. It decides nothing."""
    language: str | None = field(default=None, compare=False)
    """The language of the person's pages; ``None`` for a token. It decides nothing."""
    time_zone: str | None = field(default=None, compare=False)
    """The time zone of the person's pages; ``None`` for a token. It decides nothing."""

    @property
    def actor(self) -> str:
        """The actor that events record: ``role:organisation:label``, never a person's name."""
        return f"{self.role}:{self.org}:{self.label}"


class Scope(StrEnum):
    """The resources that a role may do something to."""

    OWN_SHELTER = "own_shelter"
    """What its shelter registered or took over, and has not handed over; never a report about its own staff
    (domain.md §5)."""
    OWN_AGENCY = "own_agency"
    """What was sent to its agency; anything else looks as if it did not exist."""
    OF_A_DESK = "of_a_desk"
    """Every organisation's, for staff of an agency with a desk; never a report about a shelter's staff."""
    NOT_ABOUT_STAFF = "not_about_staff"
    """Every organisation's, but never a report about a shelter's staff."""
    ANY = "any"


class Refusal(StrEnum):
    """The reason of a refusal, for the log only: the caller gets 403 or 404 and never the reason."""

    NOT_THIS_ROLE = "not_this_role"
    OUTSIDE_THE_TOKEN = "outside_the_token"  # noqa: S105 - a reason
    ANOTHER_ORGANISATION = "another_organisation"
    ABOUT_THE_SHELTER = "about_the_shelter"
    NEVER_SENT = "never_sent"


class Field(StrEnum):
    """The parts of a resource that an allowed action may show."""

    ITSELF = "itself"
    """The requested resource itself, without related resources."""
    OTHER_REFERRALS = "other_referrals"
    """Of a case: its referrals to every agency."""
    CONSENTS = "consents"
    """Of a case: the person's consents, by recipient."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Allowed, with the parts that may be shown, or refused, with the reason."""

    fields: frozenset[Field] = frozenset()
    refusal: Refusal | None = None

    @property
    def allowed(self) -> bool:
        """Whether the action is allowed."""
        return self.refusal is None


_SHELTER: dict[Action, Scope] = {
    Action.SUBMIT: Scope.OWN_SHELTER,
    Action.SEE_CASE: Scope.OWN_SHELTER,
    Action.LIST_REFERRALS: Scope.OWN_SHELTER,
    Action.ANSWER_REFERRAL: Scope.OWN_SHELTER,
    Action.READ_MESSAGES: Scope.OWN_SHELTER,
    Action.SEE_CAPACITY: Scope.OWN_SHELTER,
    Action.SET_CAPACITY: Scope.OWN_SHELTER,
    Action.GIVE_A_SIGN: Scope.OWN_SHELTER,
    Action.SEE_ACCESSES: Scope.OWN_SHELTER,
    Action.SEE_OBLIGATIONS: Scope.OWN_SHELTER,
    Action.HANDLE_REFUSALS: Scope.OWN_SHELTER,
    Action.SEE_ALERTS: Scope.OWN_SHELTER,
    Action.READ_REFERENCE: Scope.OWN_SHELTER,
}
# For people only: a shelter's software says of no task that it is done, records neither a person's decisions nor an
# authority's demands, and issues no slips.
_STAFF: dict[Action, Scope] = {
    **_SHELTER,
    Action.REQUEST_RESTRICTED_CONTACT: Scope.OWN_SHELTER,
    Action.SEE_RESTRICTED_CONTACTS: Scope.OWN_SHELTER,
    Action.RECORD_DEMAND: Scope.OWN_SHELTER,
    Action.ISSUE_SLIP: Scope.OWN_SHELTER,
    Action.TAKE_OVER: Scope.OWN_SHELTER,
    Action.CHECK_WITHDRAWAL: Scope.OWN_SHELTER,
    Action.READ_ANSWERS: Scope.OWN_SHELTER,
    Action.LIST_CASES: Scope.OWN_SHELTER,
    Action.READ_IDENTITY: Scope.OWN_SHELTER,
    Action.TELL_PERSON: Scope.OWN_SHELTER,
    Action.READ_REFUSAL: Scope.OWN_SHELTER,
    Action.DECIDE_DUPLICATE: Scope.OWN_SHELTER,
    Action.FINISH_OBLIGATION: Scope.OWN_SHELTER,
    Action.OWN_CHANNELS: Scope.OWN_SHELTER,
}
_AGENCY: dict[Action, Scope] = {
    Action.SEE_CASE: Scope.OWN_AGENCY,
    Action.LIST_REFERRALS: Scope.OWN_AGENCY,
    Action.ANSWER_REFERRAL: Scope.OWN_AGENCY,
    Action.READ_DISCLOSURE: Scope.OWN_AGENCY,
    Action.READ_MESSAGES: Scope.OWN_AGENCY,
    Action.SEE_ALERTS: Scope.OWN_AGENCY,
    Action.ANSWER_REQUEST: Scope.OWN_AGENCY,
    Action.RECORD_DEMAND: Scope.OWN_AGENCY,
    Action.HAND_OVER: Scope.OWN_AGENCY,
    Action.OWN_CHANNELS: Scope.OWN_AGENCY,
    Action.SEE_CAPACITY: Scope.OWN_AGENCY,
    Action.SET_CAPACITY: Scope.OWN_AGENCY,
    Action.BREAK_GLASS: Scope.OF_A_DESK,
    Action.SEE_ACCESSES: Scope.OWN_AGENCY,
    Action.SEE_OBLIGATIONS: Scope.OWN_AGENCY,
    Action.FINISH_OBLIGATION: Scope.OWN_AGENCY,
    Action.RECORD_MILESTONE: Scope.OWN_AGENCY,
    Action.SEE_BOARD: Scope.OWN_AGENCY,
    Action.WATCH_REFERRALS: Scope.OWN_AGENCY,
    Action.EXPORT_REFERRALS: Scope.OWN_AGENCY,
}

TABLE: dict[Role, Mapping[Action, Scope]] = {
    Role.SHELTER_WORKER: _STAFF,
    Role.SHELTER_COORDINATOR: {
        **_STAFF,
        Action.AUTHORISE_RESTRICTED_CONTACT: Scope.OWN_SHELTER,
        Action.ANSWER_DEMAND: Scope.OWN_SHELTER,
        Action.SEE_DEMANDS: Scope.OWN_SHELTER,
        Action.MANAGE_WEBHOOKS: Scope.OWN_SHELTER,
        Action.ENROL_DEVICE: Scope.OWN_SHELTER,
    },
    Role.INTEGRATOR: {**_SHELTER, Action.MANAGE_WEBHOOKS: Scope.OWN_SHELTER},
    Role.OFFICER: _AGENCY,
    Role.SUPERVISOR: {
        **_AGENCY,
        Action.ANSWER_DEMAND: Scope.OWN_AGENCY,
        Action.SEE_DEMANDS: Scope.OWN_AGENCY,
        Action.MANAGE_WEBHOOKS: Scope.OWN_AGENCY,
        Action.SEE_SILENCE: Scope.OWN_AGENCY,
        Action.REVIEW_ACCESS: Scope.OWN_AGENCY,
        Action.SETTLE_CONTEST: Scope.OWN_AGENCY,
    },
    Role.PROGRAMME_COORDINATOR: {
        Action.SEE_CASE: Scope.ANY,
        Action.LIST_CASES: Scope.ANY,
        Action.LIST_REFERRALS: Scope.ANY,
        Action.ANSWER_REFERRAL: Scope.ANY,
        Action.READ_MESSAGES: Scope.ANY,
        Action.SEE_ALERTS: Scope.ANY,
        Action.OWN_CHANNELS: Scope.ANY,
        Action.AUTHORISE_RESTRICTED_CONTACT: Scope.ANY,
        Action.SEE_RESTRICTED_CONTACTS: Scope.ANY,
        Action.RECORD_DEMAND: Scope.ANY,
        Action.ANSWER_DEMAND: Scope.ANY,
        Action.SEE_DEMANDS: Scope.ANY,
        Action.CHECK_WITHDRAWAL: Scope.ANY,
        Action.SETTLE_CONTEST: Scope.NOT_ABOUT_STAFF,
        Action.SEE_CAPACITY: Scope.ANY,
        Action.SEE_SILENCE: Scope.ANY,
        Action.TURN_CARAVAN: Scope.ANY,
        Action.BREAK_GLASS: Scope.NOT_ABOUT_STAFF,
        Action.REVIEW_ACCESS: Scope.NOT_ABOUT_STAFF,
        Action.SEE_ACCESSES: Scope.NOT_ABOUT_STAFF,
        Action.SEE_OBLIGATIONS: Scope.ANY,
        Action.FINISH_OBLIGATION: Scope.ANY,
        Action.SEE_SECURITY: Scope.ANY,
        Action.ERASE: Scope.ANY,
        Action.WATCH_REFERRALS: Scope.ANY,
        Action.REPLAY_RULES: Scope.ANY,
    },
    Role.AUDITOR: dict.fromkeys(
        (
            Action.SEE_HISTORY,
            Action.SEE_SECURITY,
            Action.SEE_LEDGER,
            Action.SEE_DEMANDS,
            Action.SEE_ACCESSES,
            Action.REPLAY_RULES,
            Action.EXPORT_HISTORY,
        ),
        Scope.ANY,
    ),
    Role.ADMINISTRATOR: {
        Action.OPERATE: Scope.ANY,
        Action.SEE_SECURITY: Scope.ANY,
        Action.SEE_LEDGER: Scope.ANY,
        Action.ERASE: Scope.ANY,
    },
    Role.OPERATOR: {
        Action.SUBMIT: Scope.ANY,
        Action.SEE_CASE: Scope.ANY,
        Action.LIST_REFERRALS: Scope.ANY,
        Action.SEE_ALERTS: Scope.ANY,
        Action.SEE_HISTORY: Scope.ANY,
        Action.SEE_SECURITY: Scope.ANY,
        Action.SEE_LEDGER: Scope.ANY,
        Action.EXPORT_HISTORY: Scope.ANY,
        Action.OPERATE: Scope.ANY,
        Action.ERASE: Scope.ANY,
    },
}

_ITSELF = frozenset({Field.ITSELF})
_WHOLE_CASE = frozenset(Field)


def decide(
    principal: Principal, action: Action, *, shelter: str | None = None, agency: str | None = None, sent: bool = True
) -> Decision:
    """Decides whether the principal may do this to a resource of this shelter and agency.

    ``sent``: the referral was sent to the agency.
    """
    refusal = _unless_role_allows(principal, action)
    if refusal is None:
        refusal = _scope(principal, TABLE[principal.role][action], shelter, agency, sent=sent)
    if refusal is not None:
        return Decision(refusal=refusal)
    whole = action is Action.SEE_CASE and TABLE[principal.role][action] is not Scope.OWN_AGENCY
    return Decision(fields=_WHOLE_CASE if whole else _ITSELF)


def allowed(principal: Principal, action: Action, *, shelter: str | None = None, agency: str | None = None) -> bool:
    """Whether ``decide`` allows the action."""
    return decide(principal, action, shelter=shelter, agency=agency).allowed


def role_allows(principal: Principal, action: Action) -> bool:
    """Whether the role, and the token's scopes, allow this action on any resource; ``decide`` says on which."""
    return _unless_role_allows(principal, action) is None


def lacks_a_person(principal: Principal, action: Action) -> bool:
    """Whether the action needs an account and the principal has none."""
    return action in PEOPLE_ONLY and principal.person is None


def scope_of(principal: Principal, action: Action) -> Scope | None:
    """The resources that a list may show the principal; ``None``: none."""
    return TABLE[principal.role][action] if role_allows(principal, action) else None


def _unless_role_allows(principal: Principal, action: Action) -> Refusal | None:
    if action not in TABLE.get(principal.role, {}):
        return Refusal.NOT_THIS_ROLE
    if principal.scopes is not None and action not in principal.scopes:
        return Refusal.OUTSIDE_THE_TOKEN
    return None


def _scope(  # noqa: PLR0911 - one return for each reason
    principal: Principal, scope: Scope, shelter: str | None, agency: str | None, *, sent: bool
) -> Refusal | None:
    match scope:
        case Scope.OWN_SHELTER if principal.org != shelter:
            return Refusal.ANOTHER_ORGANISATION
        case Scope.OWN_SHELTER if agency == Agency.PEAS:
            return Refusal.ABOUT_THE_SHELTER
        case Scope.OWN_AGENCY if principal.org != agency:
            return Refusal.ANOTHER_ORGANISATION
        case Scope.OWN_AGENCY if not sent:
            return Refusal.NEVER_SENT
        case Scope.OF_A_DESK if principal.org not in DESKS:
            return Refusal.ANOTHER_ORGANISATION
        case Scope.OF_A_DESK | Scope.NOT_ABOUT_STAFF if agency == Agency.PEAS:
            return Refusal.ABOUT_THE_SHELTER
    return None
