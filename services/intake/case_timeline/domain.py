"""Which facts of a case its shelter may know, and who acted: a role and an organisation, never a person. Pure.

A shelter is told what it did itself since the case is with it, and of each referral that its list shows what happened.
No fact says a category, an answer, an agency's note, or that something is hidden (ADR 0027).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from events.continuity import (
    AnswersRead,
    HandedOver,
    SlipAttacked,
    SlipIssued,
    SlipRevoked,
    WithdrawalChecked,
    WithdrawalFrozen,
)
from events.contract import Event, Recorded
from events.hidden_from_shelters import is_hidden_from_shelters
from events.intake import AnswersAmended, CaseOpened, ConsentRecorded, ConsentWithdrawn, IdentityRead, PersonErased
from events.readings import PersonToldWhoKnew
from events.referral import (
    HelpOffered,
    HelpUnavailable,
    ReferralBlocked,
    ReferralEscalated,
    ReferralFact,
    ReferralFollowed,
    ReferralReopened,
    ReferralRerouted,
)
from events.vocabulary import Agency, Role
from services.chassis.authorization.policy import EVERYWHERE

History = Sequence[Recorded[Event]]
OF_SHELTERS = frozenset({Role.SHELTER_WORKER, Role.SHELTER_COORDINATOR, Role.INTEGRATOR})
NOT_TOLD = (ReferralEscalated, HelpUnavailable, ReferralFollowed, ReferralReopened)
"""Facts of referrals that are about people at desks and the programme, or about a referral that tells of itself."""
IN_OTHER_WORDS = (ReferralBlocked, ReferralRerouted, HelpOffered)
"""Facts of referrals whose sentence names something else besides."""
DID = (
    *("opened", "late", "amended", "consented", "withdrawn", "slip", "slip_revoked", "slip_attacked", "frozen"),
    *("checked", "received", "read_answers", "read_identity", "told_who_knew", "erased"),
)
"""What intake's facts are called here; each is the end of its text's key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened. ``agency``: of whose referral, or about whom the person decided."""

    at: datetime
    what: str
    of_referral: bool = False
    agency: Agency | None = None
    role: Role | None = None
    """Of the person who acted; ``None``: the rules, a clock, or the person with their slip."""
    org: str | None = None
    """Their organisation; ``None``: the shelter may not know it."""
    says: Mapping[str, Any] = field(default_factory=dict)
    """Codes that the sentence names."""


def entries(case: History, readings: History, referrals: Iterable[History], holder: str) -> list[Entry]:
    """What the shelter that holds the case may know, oldest first. ``referrals``: of those that it is shown."""
    begins = _taken_over(case)
    own = [fact for fact in (*case, *readings) if begins is None or fact.recorded_at >= begins]
    told = [one for fact in own for one in _of_intake(fact, holder)]
    told += [one for history in referrals for one in _of_a_referral(history, holder)]
    return sorted(told, key=lambda one: one.at)


def _taken_over(case: History) -> datetime | None:
    """When the shelter took the case over; ``None``: it registered it, and had it ever since."""
    taken = [fact.recorded_at for fact in case if isinstance(fact.event, HandedOver)]
    return taken[-1] if taken else None


def _of_intake(fact: Recorded[Event], holder: str) -> Iterator[Entry]:
    if is_hidden_from_shelters(fact.event):
        return
    for what, agency, says in _told(fact.event):
        if agency is not Agency.PEAS:
            role, org = _who(fact.actor, holder)
            yield Entry(at=fact.recorded_at, what=what, agency=agency, role=role, org=org, says=says)


Told = tuple[str, Agency | None, dict[str, Any]]
PLAIN: Mapping[type[Event], str] = {
    AnswersAmended: "amended",
    SlipIssued: "slip",
    SlipRevoked: "slip_revoked",
    SlipAttacked: "slip_attacked",
    HandedOver: "received",
    AnswersRead: "read_answers",
    PersonToldWhoKnew: "told_who_knew",
    PersonErased: "erased",
}
"""Facts whose sentence names nothing."""


def _told(event: Event) -> list[Told]:  # noqa: PLR0911 - one answer a fact
    match event:
        case CaseOpened():
            return _opened(event)
        case ConsentRecorded():
            return [("consented", event.consent.recipient, {"decision": event.consent.decision})]
        case ConsentWithdrawn():
            return [("withdrawn", event.recipient, {})]
        case WithdrawalFrozen():
            return [("frozen", event.recipient, {})]
        case WithdrawalChecked():
            return [("checked", None, {"answer": event.answer})]
        case IdentityRead():
            return [("read_identity", None, {"purpose": event.purpose})]
        case _:
            return [(PLAIN[type(event)], None, {})] if type(event) in PLAIN else []


def _opened(event: CaseOpened) -> list[Told]:
    late: list[Told] = [("late", None, {})] if event.late_seconds else []
    decided: list[Told] = [("consented", one.recipient, {"decision": one.decision}) for one in event.consents]
    return [("opened", None, {"kind": event.kind}), *late, *decided]


def _of_a_referral(history: History, holder: str) -> Iterator[Entry]:
    for fact in history:
        event = fact.event
        if isinstance(event, ReferralFact) and not isinstance(event, NOT_TOLD) and event.agency is not Agency.PEAS:
            role, org = _who(fact.actor, holder)
            yield Entry(
                at=fact.recorded_at,
                what=event.NAME.removeprefix("referral."),
                of_referral=True,
                agency=event.agency,
                role=role,
                org=org,
                says=_says(event),
            )


def _says(event: ReferralFact) -> dict[str, Any]:
    match event:
        case ReferralRerouted():
            return {"to": event.to}
        case ReferralBlocked():
            return {"reason": event.reason}
        case HelpOffered():
            return {"by": event.by}
    return {}


def _who(actor: str, holder: str) -> tuple[Role | None, str | None]:
    """The role and organisation of a person; one shelter does not learn which other had the case."""
    code, _, rest = actor.partition(":")
    if code not in set(Role):
        return None, None
    role, org = Role(code), rest.partition(":")[0]
    return role, None if org == EVERYWHERE or (role in OF_SHELTERS and org != holder) else org
