"""What the routes of a case carry. Closed, and silent about its input when it is wrong."""

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from events.consent import ConsentReceipt
from events.vocabulary import Agency, ConsentDecision, ConsentForm, ConsentGiver, ConsentPurpose
from services.chassis.identity import derived
from services.intake.submission.consent import ALL_FIELDS, DISCLOSABLE


class Amendment(BaseModel):
    """The whole document again, as it should have been."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    command_id: UUID
    submission: dict[str, Any]


class Consent(BaseModel):
    """One decision about one recipient, with the same codes as in a submission."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    command_id: UUID
    recipient: Agency
    decision: ConsentDecision
    purpose: ConsentPurpose
    given_by: ConsentGiver
    fields: Annotated[list[str], Field(max_length=len(DISCLOSABLE))] = []
    how: ConsentForm | None = None
    wording_version: Annotated[str | None, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$")] = None
    expires_at: AwareDatetime | None = None

    @model_validator(mode="after")
    def _a_grant_says_what(self) -> Self:
        granted = self.decision is ConsentDecision.GRANTED
        says = (bool(self.fields), self.how is not None, self.wording_version is not None)
        if granted and not all(says):
            raise ValueError("a grant says fields, how and wording_version")
        if not granted and (any(says) or self.expires_at is not None):
            raise ValueError("only a grant says fields, how, wording_version and expires_at")
        known = set(self.fields) <= DISCLOSABLE or self.fields == [ALL_FIELDS]
        if not known or len(set(self.fields)) != len(self.fields):
            raise ValueError("fields are names of answers, or all")
        return self

    def receipt(self) -> ConsentReceipt:
        """As an event carries it; the id is derived from the command's."""
        return ConsentReceipt(
            receipt=derived(self.command_id, "consent"),
            recipient=self.recipient,
            decision=self.decision,
            purpose=self.purpose,
            given_by=self.given_by,
            fields=tuple(self.fields),
            how=self.how,
            wording_version=self.wording_version,
            expires_at=self.expires_at,
        )
