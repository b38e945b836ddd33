"""Who knew what of a case at a moment, in answers: codes, times and names of fields, nothing that is sealed."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from events.vocabulary import (
    Agency,
    AlertAbout,
    AuditView,
    OverrideBasis,
    RiskCategory,
    SendingBasis,
    ShownView,
    Urgency,
)
from services.audit.knowledge.domain import Closing, Standing
from services.chassis.web.schemas import Answer, Moment

_EXAMPLE: dict[str, Any] = {
    "case_id": "9d1c0f5e-3b1a-4f0e-8a57-1f2e3d4c5b6a",
    "at": "2026-03-03T00:00:00+00:00",
    "organisations": [
        {
            "organisation": "UNFPA",
            "standing": "open",
            "could_read": [
                {
                    "referral_id": "0b9a52c4-5a35-5f0f-8d3c-1f2e3d4c5b6a",
                    "agency": "UNFPA",
                    "windows": [
                        {
                            "since": "2026-03-02T15:04:05.678901+00:00",
                            "until": None,
                            "closing": None,
                            "basis": "consent",
                            "categories": ["VSG"],
                            "fields": ["all"],
                        }
                    ],
                    "deleted_at": None,
                }
            ],
            "alerts": [
                {
                    "at": "2026-03-02T15:04:06+00:00",
                    "about": "referral",
                    "urgency": "U1",
                    "code": "7F3K",
                    "delivered": True,
                    "answered_at": "2026-03-02T15:10:00+00:00",
                }
            ],
            "readings": [
                {
                    "at": "2026-03-02T15:12:31+00:00",
                    "actor": "officer:UNFPA:p-021",
                    "what": "shown",
                    "view": "list",
                    "purpose": None,
                    "override": None,
                    "fields": [],
                    "referral_id": "0b9a52c4-5a35-5f0f-8d3c-1f2e3d4c5b6a",
                    "looked_at": None,
                }
            ],
        }
    ],
    "told_the_person": [],
}


class OpenWindow(Answer):
    """A time in which an organisation could read what was disclosed to it, or a shelter what it held."""

    since: Moment
    until: Moment | None
    closing: Annotated[Closing | None, Field(description="Why reading ended.")]
    basis: Annotated[SendingBasis | OverrideBasis | None, Field(description="Null: a shelter that held the case.")]
    categories: list[RiskCategory]
    fields: Annotated[list[str], Field(description="Names of answers that the person allowed, never an answer.")]


class CouldRead(Answer):
    """One referral, exceptional access or custody, and when it was open."""

    referral_id: UUID | None
    agency: Agency | None
    windows: list[OpenWindow]
    deleted_at: Annotated[Moment | None, Field(description="When the agency said that it had deleted it.")]


class KnownAlert(Answer):
    """An alert, which says an urgency and a code."""

    at: Moment
    about: AlertAbout
    urgency: Urgency
    code: str
    delivered: Annotated[bool, Field(description="Whether a channel took one of the attempts.")]
    answered_at: Moment | None


class KnownReading(Answer):
    """Somebody read sealed data, or was shown something without it."""

    at: Moment
    actor: str
    what: Literal["disclosure", "identity", "answers", "refusal", "shown", "audit"]
    view: Annotated[ShownView | AuditView | None, Field(description="How it was shown; null: sealed data was read.")]
    purpose: str | None
    override: OverrideBasis | None
    fields: list[str]
    referral_id: UUID | None
    looked_at: Annotated[Moment | None, Field(description="The moment an auditor looked at; null: as it was then.")]


class KnowingOrganisation(Answer):
    """All that one organisation knew."""

    organisation: Annotated[
        str, Field(description="A shelter or an agency; `*`: the coordination; `auditors`: who audits the logs.")
    ]
    standing: Standing
    could_read: list[CouldRead]
    alerts: list[KnownAlert]
    readings: list[KnownReading]


class ToldThePerson(Answer):
    """The person was told in person who knew."""

    at: Moment
    actor: str
    shelter: str
    organisations: Annotated[list[str], Field(description="Those that were named to the person.")]


class CaseKnowledge(Answer):
    """Who knew what of a case at a moment."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    case_id: UUID
    at: Annotated[Moment | None, Field(description="The moment in the request; null: now.")]
    organisations: list[KnowingOrganisation]
    told_the_person: list[ToldThePerson]
