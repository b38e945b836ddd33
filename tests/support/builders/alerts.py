"""Referrals of every kind, and the alerts they raise."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid5

from hypothesis import strategies as st

from events.contract import Recorded
from events.referral import Deadlines, ReferralRequested
from events.sealed import Box
from events.vocabulary import Agency, BoxClass, SendingBasis, Urgency
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.notifications.alerts.desk_reactions import raise_alert
from services.notifications.alerts.domain import alert_of
from services.notifications.contacts.loader import load_contacts
from services.programme.directory_file import programme

THEN = datetime(2013, 6, 12, 15, 32, tzinfo=UTC)
referrals = st.builds(
    lambda number, agency, urgency, shelter, basis: Recorded(
        id=uuid5(number, "event"),
        stream=number,
        version=2,
        case=uuid5(number, "case"),
        occurred_at=THEN,
        recorded_at=THEN,
        actor="referral",
        cause=None,
        event=ReferralRequested(
            agency=agency,
            shelter=shelter,
            urgency=urgency,
            basis=basis,
            refusal_shown=True,
            deadlines=Deadlines(acknowledge_by=THEN, decide_by=THEN, serve_by=THEN),
            disclosure=Box(key=number, kind=BoxClass.SCREENING, commitment="c" * 43, sealed="s" * 64),
        ),
    ),
    st.uuids(),
    st.sampled_from(Agency),
    st.sampled_from(Urgency),
    st.sampled_from(sorted(programme()["shelters"])),
    st.sampled_from(SendingBasis),
)
"""Referrals of every agency, urgency, shelter and basis. What is sealed in one the service cannot open."""


def alert_to(referral: Recorded[ReferralRequested]) -> Recorded[Any]:
    """The alert that the reaction raises."""
    log: Any = None
    work = UnitOfWork(log, lambda: THEN)
    work.begin(alert_of(referral.stream))
    raise_alert(referral, work)
    (raised,) = work.history(alert_of(referral.stream))
    return raised


def address_of(agency: Agency) -> tuple[str, str]:
    return next((one.code, one.ways[0].target) for one in load_contacts(None) if one.agency == agency)
