"""Who may do what: one pure function and its table.

A principal has a role and an organisation: a shelter's code, an agency, or ``*`` for roles that belong to
none. What is another organisation's looks as if it did not exist. The table in words, for whoever answers for
it: docs/guides/access.md, which the tests hold against this one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from events.vocabulary import Agency, Role

EVERYWHERE = "*"
DESKS = frozenset(agency.value for agency in Agency) - {Agency.PEAS.value}
"""Who may stand in for another desk in an emergency. No authority is among them, and none can be added."""


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
    MANAGE_WEBHOOKS = "manage_webhooks"
    HAND_OVER = "hand_over"
    ISSUE_SLIP = "issue_slip"
    TAKE_OVER = "take_over"
    CHECK_WITHDRAWAL = "check_withdrawal"
    READ_ANSWERS = "read_answers"
    DECIDE_DUPLICATE = "decide_duplicate"
    SEE_CAPACITY = "see_capacity"
    """Everybody's: whoever refers must know who has room."""
    SET_CAPACITY = "set_capacity"
    OPERATE = "operate"


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever acts: what they are, for which organisation, and the label events show of them."""

    role: Role
    org: str
    label: str
    scopes: frozenset[Action] | None = None
    """What a token narrows the role to; ``None``: all that the role may. It never widens it."""
    person: str | None = None
    """The person's code in the accounts; ``None``: a token of software, or of this machine."""

    @property
    def actor(self) -> str:
        """How an event names them: never by a person's name."""
        return f"{self.role}:{self.org}:{self.label}"


class Whose(StrEnum):
    """To what a role may do something."""

    OWN_SHELTER = "own_shelter"
    """What its shelter registered or took over, and holds; never a report about its own staff (domain.md §5)."""
    OWN_AGENCY = "own_agency"
    """What was sent to its agency. What never was, it does not know of."""
    OF_A_DESK = "of_a_desk"
    """Anybody's, for whoever is on duty at an agency's desk; never what is reported about staff."""
    NOT_ABOUT_STAFF = "not_about_staff"
    """Anybody's, but never what is reported about staff."""
    ANY = "any"


class Refusal(StrEnum):
    """Why not. For the log and for whoever looks into it: whoever asked is told 403 or 404, and never this."""

    NOT_THIS_ROLE = "not_this_role"
    OUTSIDE_THE_TOKEN = "outside_the_token"  # noqa: S105 - a reason
    ANOTHER_ORGANISATION = "another_organisation"
    ABOUT_THE_SHELTER = "about_the_shelter"
    NEVER_SENT = "never_sent"


class Field(StrEnum):
    """Which parts of a thing go with an allowance."""

    ITSELF = "itself"
    """What its action shows or does, of the thing that was asked about and nothing around it."""
    OTHER_REFERRALS = "other_referrals"
    """Of a case: what became of it at every agency."""
    CONSENTS = "consents"
    """Of a case: what the person decided about whom."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Allowed, with the parts that may be shown; or refused, with the reason."""

    fields: frozenset[Field] = frozenset()
    refusal: Refusal | None = None

    @property
    def allowed(self) -> bool:
        """Whether there is no reason against it."""
        return self.refusal is None


_SHELTER: dict[Action, Whose] = {
    Action.SUBMIT: Whose.OWN_SHELTER,
    Action.SEE_CASE: Whose.OWN_SHELTER,
    Action.LIST_REFERRALS: Whose.OWN_SHELTER,
    Action.ANSWER_REFERRAL: Whose.OWN_SHELTER,
    Action.READ_MESSAGES: Whose.OWN_SHELTER,
    Action.SEE_CAPACITY: Whose.OWN_SHELTER,
    Action.SET_CAPACITY: Whose.OWN_SHELTER,
    Action.GIVE_A_SIGN: Whose.OWN_SHELTER,
    Action.SEE_ACCESSES: Whose.OWN_SHELTER,
}
# Of people only: a shelter's software records neither a person's wish nor what an authority said, and has no slips.
_STAFF: dict[Action, Whose] = {
    **_SHELTER,
    Action.REQUEST_RESTRICTED_CONTACT: Whose.OWN_SHELTER,
    Action.SEE_RESTRICTED_CONTACTS: Whose.OWN_SHELTER,
    Action.RECORD_DEMAND: Whose.OWN_SHELTER,
    Action.ISSUE_SLIP: Whose.OWN_SHELTER,
    Action.TAKE_OVER: Whose.OWN_SHELTER,
    Action.CHECK_WITHDRAWAL: Whose.OWN_SHELTER,
    Action.READ_ANSWERS: Whose.OWN_SHELTER,
    Action.DECIDE_DUPLICATE: Whose.OWN_SHELTER,
}
_AGENCY: dict[Action, Whose] = {
    Action.SEE_CASE: Whose.OWN_AGENCY,
    Action.LIST_REFERRALS: Whose.OWN_AGENCY,
    Action.ANSWER_REFERRAL: Whose.OWN_AGENCY,
    Action.READ_DISCLOSURE: Whose.OWN_AGENCY,
    Action.READ_MESSAGES: Whose.OWN_AGENCY,
    Action.SEE_ALERTS: Whose.OWN_AGENCY,
    Action.RECORD_DEMAND: Whose.OWN_AGENCY,
    Action.HAND_OVER: Whose.OWN_AGENCY,
    Action.SEE_CAPACITY: Whose.OWN_AGENCY,
    Action.SET_CAPACITY: Whose.OWN_AGENCY,
    Action.BREAK_GLASS: Whose.OF_A_DESK,
    Action.SEE_ACCESSES: Whose.OWN_AGENCY,
}

TABLE: dict[Role, Mapping[Action, Whose]] = {
    Role.SHELTER_WORKER: _STAFF,
    Role.SHELTER_COORDINATOR: {
        **_STAFF,
        Action.AUTHORISE_RESTRICTED_CONTACT: Whose.OWN_SHELTER,
        Action.ANSWER_DEMAND: Whose.OWN_SHELTER,
        Action.SEE_DEMANDS: Whose.OWN_SHELTER,
        Action.MANAGE_WEBHOOKS: Whose.OWN_SHELTER,
    },
    Role.INTEGRATOR: {**_SHELTER, Action.MANAGE_WEBHOOKS: Whose.OWN_SHELTER},
    Role.OFFICER: _AGENCY,
    Role.SUPERVISOR: {
        **_AGENCY,
        Action.ANSWER_DEMAND: Whose.OWN_AGENCY,
        Action.SEE_DEMANDS: Whose.OWN_AGENCY,
        Action.MANAGE_WEBHOOKS: Whose.OWN_AGENCY,
        Action.SEE_SILENCE: Whose.OWN_AGENCY,
        Action.REVIEW_ACCESS: Whose.OWN_AGENCY,
    },
    Role.PROGRAMME_COORDINATOR: {
        Action.SEE_CASE: Whose.ANY,
        Action.LIST_REFERRALS: Whose.ANY,
        Action.ANSWER_REFERRAL: Whose.ANY,
        Action.READ_MESSAGES: Whose.ANY,
        Action.SEE_ALERTS: Whose.ANY,
        Action.AUTHORISE_RESTRICTED_CONTACT: Whose.ANY,
        Action.SEE_RESTRICTED_CONTACTS: Whose.ANY,
        Action.RECORD_DEMAND: Whose.ANY,
        Action.ANSWER_DEMAND: Whose.ANY,
        Action.SEE_DEMANDS: Whose.ANY,
        Action.CHECK_WITHDRAWAL: Whose.ANY,
        Action.SEE_CAPACITY: Whose.ANY,
        Action.SEE_SILENCE: Whose.ANY,
        Action.TURN_CARAVAN: Whose.ANY,
        Action.BREAK_GLASS: Whose.NOT_ABOUT_STAFF,
        Action.REVIEW_ACCESS: Whose.NOT_ABOUT_STAFF,
        Action.SEE_ACCESSES: Whose.NOT_ABOUT_STAFF,
    },
    Role.AUDITOR: {Action.SEE_HISTORY: Whose.ANY, Action.SEE_DEMANDS: Whose.ANY, Action.SEE_ACCESSES: Whose.ANY},
    Role.ADMINISTRATOR: {Action.OPERATE: Whose.ANY},
    Role.OPERATOR: {
        Action.SUBMIT: Whose.ANY,
        Action.SEE_CASE: Whose.ANY,
        Action.LIST_REFERRALS: Whose.ANY,
        Action.SEE_ALERTS: Whose.ANY,
        Action.SEE_HISTORY: Whose.ANY,
        Action.OPERATE: Whose.ANY,
    },
}

_ITSELF = frozenset({Field.ITSELF})
_WHOLE_CASE = frozenset(Field)


def decide(
    principal: Principal, action: Action, *, shelter: str | None = None, agency: str | None = None, sent: bool = True
) -> Decision:
    """Whether the principal may do this to something of this shelter and agency; ``sent``: the agency was told."""
    refusal = _unless_ever(principal, action)
    if refusal is None:
        refusal = _whose(principal, TABLE[principal.role][action], shelter, agency, sent=sent)
    if refusal is not None:
        return Decision(refusal=refusal)
    whole = action is Action.SEE_CASE and TABLE[principal.role][action] is not Whose.OWN_AGENCY
    return Decision(fields=_WHOLE_CASE if whole else _ITSELF)


def allowed(principal: Principal, action: Action, *, shelter: str | None = None, agency: str | None = None) -> bool:
    """Whether ``decide`` allows it."""
    return decide(principal, action, shelter=shelter, agency=agency).allowed


def ever(principal: Principal, action: Action) -> bool:
    """Whether the role may do this to anything at all. What it may do it to, ``decide`` says."""
    return _unless_ever(principal, action) is None


def whose(principal: Principal, action: Action) -> Whose | None:
    """To what the principal may do this, for a list that shows nothing else; ``None``: to nothing."""
    return TABLE[principal.role][action] if ever(principal, action) else None


def _unless_ever(principal: Principal, action: Action) -> Refusal | None:
    if action not in TABLE.get(principal.role, {}):
        return Refusal.NOT_THIS_ROLE
    if principal.scopes is not None and action not in principal.scopes:
        return Refusal.OUTSIDE_THE_TOKEN
    return None


def _whose(  # noqa: PLR0911 - one a reason
    principal: Principal, whose: Whose, shelter: str | None, agency: str | None, *, sent: bool
) -> Refusal | None:
    match whose:
        case Whose.OWN_SHELTER if principal.org != shelter:
            return Refusal.ANOTHER_ORGANISATION
        case Whose.OWN_SHELTER if agency == Agency.PEAS:
            return Refusal.ABOUT_THE_SHELTER
        case Whose.OWN_AGENCY if principal.org != agency:
            return Refusal.ANOTHER_ORGANISATION
        case Whose.OWN_AGENCY if not sent:
            return Refusal.NEVER_SENT
        case Whose.OF_A_DESK if principal.org not in DESKS:
            return Refusal.ANOTHER_ORGANISATION
        case Whose.OF_A_DESK | Whose.NOT_ABOUT_STAFF if agency == Agency.PEAS:
            return Refusal.ABOUT_THE_SHELTER
    return None
