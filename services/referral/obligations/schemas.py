"""Bodies and answers about tasks."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field

from events.vocabulary import Agency, Obligation, ObligationOwner, ObligationResult
from services.chassis.web.schemas import Answer, Command, Moment
from services.referral.bodies.schemas import LegalBody

EXAMPLE: dict[str, Any] = {
    "task_id": "0b6c1f60-42f4-5f0b-9d26-0f3a2b9c6d33",
    "case_id": "7a0c4a0e-5c1e-5d51-8f8f-3f6c1f3f2b11",
    "referral_id": "5f7c1f60-42f4-5f0b-9d26-0f3a2b9c6d33",
    "obligation": "notice_to_procuraduria",
    "es": "Dar aviso a la Procuraduría de Protección de Niñas, Niños y Adolescentes",
    "en": "Notify the office for the protection of children (Procuraduría de Protección)",
    "owner": "shelter",
    "agency": "UNICEF",
    "shelter": "ALB-TAP-01",
    "body": {
        "code": "PPNNA",
        "name": "Procuradurías de Protección de Niñas, Niños y Adolescentes",
        "es": "representa a la niñez y dicta medidas de protección",
        "en": "represents children and orders measures of protection",
        "telephone": None,
        "address": None,
    },
    "since": "2013-06-12T20:32:05+00:00",
    "until": "2013-06-13T20:32:05+00:00",
    "until_day": None,
    "overdue": False,
    "reminded": 0,
    "result": None,
    "done_at": None,
    "done_as": None,
}


class ObligationEntry(Answer):
    """One task: what is to be done, by whom, until when, and what became of it."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    task_id: UUID
    case_id: UUID
    referral_id: UUID | None
    """The referral that it began with."""
    obligation: Obligation
    es: str
    """The task in words."""
    en: str
    owner: ObligationOwner
    agency: Agency | None
    shelter: str
    body: LegalBody | None
    since: Moment
    until: Moment | None
    """`null` where only the day is said."""
    until_day: date | None
    overdue: bool
    reminded: Annotated[int, Field(ge=0)]
    """How many reminders there were."""
    result: ObligationResult | None
    done_at: Moment | None
    done_as: str | None
    """Role and organisation; never a person."""


class ObligationList(Answer):
    """The caller's tasks: the open ones by their deadline, or the ended ones, latest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [EXAMPLE], "next_cursor": None}]})

    items: list[ObligationEntry]
    next_cursor: str | None


class FinishObligation(Command):
    """What became of a task."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"command_id": "3d594650-3436-453f-9b1f-1d1f7f0b7f7a", "result": "done"}]}
    )

    result: ObligationResult


class ObligationAfterCommand(Answer):
    """A task after somebody said what became of it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"task_id": "0b6c1f60-42f4-5f0b-9d26-0f3a2b9c6d33", "result": "done"}]}
    )

    task_id: UUID
    result: ObligationResult
