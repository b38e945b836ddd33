"""Bodies and answers about consent decisions."""

from typing import Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from events.consent import ConsentReceipt
from events.vocabulary import Agency, ConsentDecision, ConsentForm, ConsentGiver, ConsentPurpose
from services.chassis.ids import uuid5
from services.chassis.moments import Instant
from services.chassis.web.schemas import Answer, Command, Moment
from services.intake.cases.schemas import CaseChanged, OpaqueCode, WorkerCode
from services.intake.submissions.document.consent import DISCLOSABLE, are_disclosable
from services.intake.wordings import Wordings, wording_of


class NewConsent(Command):
    """One decision about one recipient, with the same codes as in a submission."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "command_id": "2c8f5b9e-0a6f-4a58-9d53-1c5f0a6b7d21",
                    "recipient": "OIM",
                    "decision": "granted",
                    "purpose": "protection",
                    "given_by": "self",
                    "fields": ["age_band", "language", "needs"],
                    "how": "signed",
                    "wording_version": "es-1",
                    "worker": "w-009",
                },
                {
                    "command_id": "9f0a3c55-7d1e-4f0d-8a4b-6c2e9b7f1a42",
                    "recipient": "ACNUR",
                    "decision": "refused",
                    "purpose": "protection",
                    "given_by": "self",
                },
                {
                    "command_id": "1a2b3c4d-5e6f-4708-8192-a3b4c5d6e7f8",
                    "recipient": "UNICEF",
                    "decision": "wants_time",
                    "purpose": "protection",
                    "given_by": "guardian",
                    "until": "2013-06-14T18:00:00-05:00",
                },
            ]
        }
    )

    recipient: Agency
    decision: ConsentDecision
    purpose: ConsentPurpose
    given_by: ConsentGiver
    fields: list[str] = Field(default_factory=list, max_length=len(DISCLOSABLE))
    how: ConsentForm | None = None
    wording_version: OpaqueCode | None = None
    expires_at: Instant | None = None
    until: Instant | None = None
    """Of `wants_time`: when the person said that they would decide, within 30 days."""
    worker: WorkerCode | None = None
    """Code of the worker who obtained the decision."""

    @model_validator(mode="after")
    def _a_grant_says_what(self) -> Self:
        granted = self.decision is ConsentDecision.GRANTED
        says = (bool(self.fields), self.how is not None, self.wording_version is not None)
        if granted and not all(says):
            raise ValueError("a grant says fields, how and wording_version")
        if not granted and (any(says) or self.expires_at is not None):
            raise ValueError("only a grant says fields, how, wording_version and expires_at")
        if (self.decision is ConsentDecision.WANTS_TIME) != (self.until is not None):
            raise ValueError("who wants time says until when, and nobody else does")
        if not are_disclosable(self.fields):
            raise ValueError("fields are names of answers, or all")
        return self

    def receipt(self, wordings: Wordings, asked_by: str) -> ConsentReceipt:
        """The receipt for the event, its id derived from the command id; ``asked_by`` unless the body names a worker.

        Raises:
            MalformedRequestError: the consent text of that version does not exist.
        """
        return ConsentReceipt(
            receipt=uuid5(self.command_id, "consent"),
            recipient=self.recipient,
            decision=self.decision,
            purpose=self.purpose,
            given_by=self.given_by,
            fields=tuple(self.fields),
            how=self.how,
            wording_version=self.wording_version,
            wording_sha256=None if self.wording_version is None else wording_of(wordings, self.wording_version).sha256,
            asked_by=self.worker or asked_by,
            expires_at=self.expires_at,
            until=self.until,
        )


class ConsentChanged(CaseChanged):
    """The case after a decision was recorded or withdrawn."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "case_id": "7a0c4a0e-5c1e-5d51-8f8f-3f6c1f3f2b11",
                    "version": 3,
                    "receipt": "5d2f7b1e-9c3a-5e84-a6d0-7b8c9d0e1f2a",
                }
            ]
        }
    )

    receipt: UUID
    """Identifies the decision in a withdrawal."""


class CaseConsent(Answer):
    """One consent decision about one recipient."""

    receipt: UUID
    recipient: Agency
    decision: ConsentDecision
    given_by: ConsentGiver
    how: ConsentForm | None
    wording_version: str | None
    asked_by: str | None
    expires_at: Moment | None
    until: Moment | None
    """When the person said that they would decide, if they wanted time."""
    withdrawn_at: Moment | None
