"""The list of alerts in answers: nothing about a person."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from events.vocabulary import Agency, AlertAbout, Urgency
from services.chassis.web.schemas import Answer, Command, Moment, examples_of

AlertState = Literal["pending", "answered"]


class AlertDelivery(Answer):
    """Results of the attempts to deliver an alert."""

    delivered: int
    """Messages that a channel took."""
    failed: int
    """Attempts that failed."""
    unreached: Annotated[bool, Field(description="Whether nobody notified so far could be reached by any channel.")]


class Alert(Answer):
    """One alert of a desk, of a shelter, or of the programme's coordinator."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "alert_id": "6f1f6a5c-0c5e-5f0e-9d6b-6f7a2c3b4d5e",
                    "sequence": "kRf0mZ3W8r1uY5bD",
                    "referral_id": "0b9a52c4-5a35-5f0f-8d3c-1f2e3d4c5b6a",
                    "obligation_id": None,
                    "case_id": None,
                    "agency": "ACNUR",
                    "shelter": None,
                    "urgency": "U1",
                    "code": "7F3K",
                    "about": "referral",
                    "text": "Tiene una canalización U1 pendiente, código 7F3K",
                    "state": "answered",
                    "delivery": {"delivered": 1, "failed": 0, "unreached": False},
                    "raised_at": "2026-03-02T15:04:05.678901+00:00",
                    "answered_at": "2026-03-02T15:20:41.012345+00:00",
                }
            ]
        }
    )

    alert_id: UUID
    sequence: Annotated[
        str, Field(description="Its place in the reader's list, opaque; `after` takes the last one already seen.")
    ]
    referral_id: Annotated[
        UUID | None,
        Field(
            description="Null if the reader may not know it, or there is none. An agency that is asked in another's "
            "stead may only offer help for it, or say that it cannot."
        ),
    ]
    obligation_id: Annotated[UUID | None, Field(description="The task that it is about, if it is about one.")]
    case_id: Annotated[UUID | None, Field(description="The case, for its shelter and for the programme.")]
    agency: Annotated[
        Agency, Field(description="Whose referral it is; the programme's lead where no agency has it, or it is hidden.")
    ]
    shelter: Annotated[str | None, Field(description="The shelter that is alerted instead of the agency's desk.")]
    urgency: Urgency
    code: Annotated[str, Field(description="Four characters by which the reader finds what it is about.")]
    about: AlertAbout
    text: Annotated[str, Field(description="The whole text of the alert, in Spanish.")]
    state: AlertState
    delivery: AlertDelivery
    raised_at: Moment
    answered_at: Moment | None


class AlertList(Answer):
    """Alerts, oldest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": examples_of(Alert)}]})

    items: list[Alert]


class AlertSeenCommand(Command):
    """Says that somebody has read an alert."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"command_id": "5b0e0a52-3a0f-4f7c-9a2e-7c1d2e3f4a5b"}]})


class AlertSeen(Answer):
    """An alert that has ended."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"alert_id": "6f1f6a5c-0c5e-5f0e-9d6b-6f7a2c3b4d5e", "state": "answered"}]}
    )

    alert_id: UUID
    state: AlertState
