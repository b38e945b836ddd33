"""What organisations knew, as the API answers it. Pure."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.audit.history.queries import Line
from services.audit.knowledge.domain import Disclosure, Notice, Organisation, Reading, Told
from services.audit.knowledge.organisations import known_by
from services.audit.knowledge.readings import told_in
from services.audit.knowledge.schemas import (
    CaseKnowledge,
    CouldRead,
    KnowingOrganisation,
    KnownAlert,
    KnownReading,
    OpenWindow,
    ToldThePerson,
)


def knowledge_of(case: UUID, lines: Sequence[Line], asked: datetime | None, now: datetime) -> CaseKnowledge:
    """Who knew what from the facts that had been recorded at a moment; ``asked``: which, ``None`` for now."""
    return CaseKnowledge(
        case_id=case,
        at=asked,
        organisations=[_organisation(one) for one in known_by(lines, asked or now)],
        told_the_person=[_told(one) for one in told_in(line.fact for line in lines)],
    )


def _organisation(one: Organisation) -> KnowingOrganisation:
    return KnowingOrganisation(
        organisation=one.code,
        standing=one.standing,
        could_read=[_could_read(disclosure) for disclosure in one.disclosures],
        alerts=[_alert(notice) for notice in one.notices],
        readings=[_reading(reading) for reading in one.readings],
    )


def _could_read(one: Disclosure) -> CouldRead:
    return CouldRead(
        referral_id=one.referral,
        agency=one.agency,
        windows=[
            OpenWindow(
                since=window.since,
                until=window.until,
                closing=window.closing,
                basis=window.basis,
                categories=list(window.categories),
                fields=list(window.fields),
            )
            for window in one.windows
        ],
        deleted_at=one.deleted_at,
    )


def _alert(one: Notice) -> KnownAlert:
    return KnownAlert(
        at=one.at,
        about=one.about,
        urgency=one.urgency,
        code=one.code,
        delivered=any(attempt.taken for attempt in one.attempts),
        answered_at=one.answered_at,
    )


def _reading(one: Reading) -> KnownReading:
    return KnownReading.model_validate(
        {
            "at": one.at,
            "actor": one.actor,
            "what": one.what,
            "view": one.view,
            "purpose": one.purpose,
            "override": one.override,
            "fields": list(one.fields),
            "referral_id": one.referral,
            "looked_at": one.looked_at,
        }
    )


def _told(one: Told) -> ToldThePerson:
    return ToldThePerson(at=one.at, actor=one.actor, shelter=one.shelter, organisations=list(one.organisations))
