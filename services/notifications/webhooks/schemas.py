"""Webhooks in requests and answers: the secret is in the answer to its creation only."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, field_validator

from services.chassis.web.schemas import SAFE_INTEGER, Answer, Command, Moment, examples_of
from services.notifications.webhooks.domain import SUBSCRIBABLE

_COMMAND = "0c6f2f1e-8f0d-4a52-9a58-3f6a0b7f2c11"
_WEBHOOK = "6f1f6a5c-0c5e-5f0e-9d6b-6f7a2c3b4d5e"


class NewWebhook(Command):
    """The URL to send to, and the names of the events to send, or ``*``."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "command_id": _COMMAND,
                    "url": "https://example.org/canaliza",
                    "events": ["referral.requested", "referral.accepted"],
                }
            ]
        }
    )

    url: Annotated[str, Field(min_length=1, max_length=2000)]
    events: Annotated[
        tuple[str, ...],
        Field(min_length=1, max_length=100, description="Names of facts (`referral.requested`); `*`: every one."),
    ] = ("*",)

    @field_validator("events")
    @classmethod
    def _exist(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if not set(names) <= {*SUBSCRIBABLE, "*"}:
            raise ValueError("no such event")
        return names


class WebhookReplay(Command):
    """The number of the message (its ``sequence``) after which to send again, 0: all; omitted: where it stopped."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"command_id": _COMMAND, "after": 47}]})

    after: Annotated[int, Field(ge=0, le=SAFE_INTEGER)] | None = None


class Webhook(Answer):
    """One webhook, without its secret."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "webhook_id": _WEBHOOK,
                    "url": "https://example.org/canaliza",
                    "events": ["referral.accepted", "referral.requested"],
                    "state": "disabled",
                    "reason": "failing_for_days",
                    "sequence": 47,
                    "attempts": 74,
                    "failing_since": "2026-03-02T15:04:05.678901+00:00",
                    "next_attempt_at": "2026-03-05T15:04:05.678901+00:00",
                }
            ]
        }
    )

    webhook_id: UUID
    url: str
    events: list[str]
    state: Literal["active", "disabled"]
    reason: Annotated[
        Literal["gone", "failing_for_days"] | None, Field(description="Why it was disabled; null while it is active.")
    ]
    sequence: Annotated[int, Field(description="The number of the last message that it was sent, or is being sent.")]
    attempts: Annotated[int, Field(description="Failed attempts at the message that is due.")]
    failing_since: Moment | None
    next_attempt_at: Moment | None


class WebhookList(Answer):
    """An organisation's webhooks, the oldest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": examples_of(Webhook)}]})

    items: list[Webhook]


class WebhookCreated(Answer):
    """A new webhook."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"webhook_id": _WEBHOOK, "secret": "whsec_" + "A" * 43 + "="},
            ]
        }
    )

    webhook_id: UUID
    secret: Annotated[
        str | None, Field(description="The key of the messages' signatures; null in the answer to a repeated command.")
    ]


class WebhookResumed(Answer):
    """An enabled webhook."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"webhook_id": _WEBHOOK, "state": "active"}]})

    webhook_id: UUID
    state: Literal["active"] = "active"
