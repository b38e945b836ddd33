"""What each organisation knew of a case at a moment, from the facts that had been recorded by then. Pure."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from events.contract import Event, Recorded
from events.intake import CaseOpened, ConsentRecorded
from events.referral import ReferralFact, ReferralProposed
from services.audit.history.queries import Line
from services.audit.knowledge.accesses import Holders
from services.audit.knowledge.domain import AUDITORS, Disclosure, Organisation
from services.audit.knowledge.notices import notices_by_organisation
from services.audit.knowledge.readings import readings_in
from services.audit.knowledge.windows import ReferralWindows
from services.chassis.authorization.policy import EVERYWHERE


def known_by(lines: Sequence[Line], at: datetime) -> list[Organisation]:
    """What each organisation knew at a moment, from the facts that had been recorded by then.

    First the shelters in the order in which they had the case, then the agencies by name, the coordination, and who
    audits.
    """
    facts = [line.fact for line in lines]
    holders, referrals = _folded(facts, at)
    found: dict[str, Organisation] = {}

    def of(code: str) -> Organisation:
        return found.setdefault(code, Organisation(code))

    for shelter, disclosure in holders.shelters.items():
        of(shelter).disclosures.append(disclosure)
    for one in referrals.values():
        of(str(one.disclosure.agency)).disclosures.append(one.disclosure)
    for org, disclosure in holders.opened.values():
        of(org).disclosures.append(disclosure)
    for org, notices in notices_by_organisation(facts).items():
        of(org).notices = notices
    for reading in readings_in(facts):
        of(reading.org).readings.append(reading)
    shelters = list(holders.shelters)
    return sorted(found.values(), key=lambda one: _place(one.code, shelters))


def _folded(facts: Sequence[Recorded[Event]], at: datetime) -> tuple[Holders, dict[UUID, ReferralWindows]]:
    holders, referrals = Holders(), dict[UUID, ReferralWindows]()
    consents = {}
    for fact in facts:
        event = fact.event
        if isinstance(event, CaseOpened):
            consents.update({one.receipt: one for one in event.consents})
        elif isinstance(event, ConsentRecorded):
            consents[event.consent.receipt] = event.consent
        holders.pass_time(fact.recorded_at)
        holders.follow(fact)
        if isinstance(event, ReferralProposed):
            disclosure = Disclosure(referral=fact.stream, agency=event.agency)
            referrals.setdefault(fact.stream, ReferralWindows(disclosure, consents=consents))
        if isinstance(event, ReferralFact) and fact.stream in referrals:
            referrals[fact.stream].follow(fact)
        elif not isinstance(event, ReferralFact):
            for one in referrals.values():
                one.hear(fact)
    holders.pass_time(at)
    for one in referrals.values():
        one.pass_time(at)
    return holders, referrals


def _place(code: str, shelters: Sequence[str]) -> tuple[int, int, str]:
    if code in shelters:
        return 0, shelters.index(code), code
    return {EVERYWHERE: 2, AUDITORS: 3}.get(code, 1), 0, code
