"""Histories in answers: each fact as a sentence and as data."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from services.chassis.web.schemas import Answer, Moment

_ENTRY: JsonDict = {
    "log": "referral",
    "position": 4711,
    "event_id": "2f0b3c1e-7c55-5f58-8a53-90b0a4c1d2e3",
    "name": "referral.acknowledged",
    "stream": "0b9a52c4-5a35-5f0f-8d3c-1f2e3d4c5b6a",
    "version": 3,
    "occurred_at": "2026-03-02T15:04:05.678901+00:00",
    "recorded_at": "2026-03-02T15:04:05.678901+00:00",
    "actor": "officer:ACNUR/p-013",
    "cause": "0c6f2f1e-8f0d-4a52-9a58-3f6a0b7f2c11",
    "es": "ACNUR acusó recibo.",
    "en": "ACNUR acknowledged receipt.",
    "data": {"agency": "ACNUR", "shelter": "ALB-IXT-01"},
    "seal": "sealed",
}
_ALERT: JsonDict = {
    **_ENTRY,
    "log": "notifications",
    "name": "notifications.alert_answered",
    "actor": "notifications",
    "cause": "2f0b3c1e-7c55-5f58-8a53-90b0a4c1d2e3",
    "es": "ACNUR respondió; cesaron los avisos.",
    "en": "ACNUR answered; alerts stopped.",
    "data": {"referral": "0b9a52c4-5a35-5f0f-8d3c-1f2e3d4c5b6a", "agency": "ACNUR"},
}


class HistoryEntry(Answer):
    """One recorded fact."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ENTRY]})

    log: Literal["intake", "referral", "notifications", "audit"]
    position: Annotated[int, Field(description="Its position in that log.")]
    event_id: UUID
    name: Annotated[str, Field(description="The event's name, without the version of its schema.")]
    stream: Annotated[UUID, Field(description="The stream: a case, a referral, an alert, …")]
    version: Annotated[int, Field(description="Its position in the stream, from 1.")]
    occurred_at: Moment
    recorded_at: Moment
    actor: str
    cause: Annotated[UUID | None, Field(description="The fact or the command that caused it.")]
    es: Annotated[str, Field(description="The fact as a sentence, in Spanish.")]
    en: Annotated[str, Field(description="The fact as a sentence, in English.")]
    data: Annotated[
        dict[str, Any],
        Field(
            description=(
                "Free-form JSON: the event's fields, which depend on `name`; new ones may be added. "
                "A sealed field is an object with `sealed` (true), `class`, `key` (a UUID) and `commitment`; "
                "its content is never shown."
            )
        ),
    ]
    seal: Annotated[
        Literal["sealed", "not_yet", "altered"],
        Field(
            description=(
                "Whether it is what was sealed. `not_yet`: it was recorded a moment ago. `altered`: the log does not "
                "have what was sealed, so that nothing of it is told, and `name` is `altered`."
            )
        ),
    ]


class CaseHistory(Answer):
    """What was recorded about a case, each fact after its cause."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "case_id": "9d1c0f5e-3b1a-4f0e-8a57-1f2e3d4c5b6a",
                    "at": "2026-03-03T00:00:00+00:00",
                    "entries": [_ENTRY],
                }
            ]
        }
    )

    case_id: UUID
    at: Annotated[Moment | None, Field(description="The moment in the request; null: until now.")]
    entries: list[HistoryEntry]


class AlertTrail(Answer):
    """What was recorded about a referral's alerts, in the order of recording."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"referral_id": "0b9a52c4-5a35-5f0f-8d3c-1f2e3d4c5b6a", "entries": [_ALERT]}]}
    )

    referral_id: UUID
    entries: list[HistoryEntry]
