"""What the routes of a case carry. Closed, and silent about its input when it is wrong."""

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from events.consent import ConsentReceipt
from events.vocabulary import Agency, ConsentDecision, ConsentForm, ConsentGiver, ConsentPurpose
from services.chassis.errors import MalformedRequestError
from services.chassis.identity import derived
from services.intake.submission.consent import ALL_FIELDS, DISCLOSABLE
from services.intake.wordings import Wording, Wordings

Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$")]


def listed(wordings: Wordings, version: str) -> Wording:
    """The text of a version.

    Raises:
        MalformedRequestError: there is none.
    """
    if version not in wordings:
        raise MalformedRequestError(faults=[{"field": "body.wording_version", "code": "not_listed"}])
    return wordings[version]


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
    wording_version: Code | None = None
    expires_at: AwareDatetime | None = None
    worker: Code | None = None
    """Who asked, by their code."""

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

    def receipt(self, wordings: Wordings, asked_by: str) -> ConsentReceipt:
        """As an event carries it; the id is derived from the command's. ``asked_by`` unless the body says who.

        Raises:
            MalformedRequestError: no text of that version is there to consent on.
        """
        return ConsentReceipt(
            receipt=derived(self.command_id, "consent"),
            recipient=self.recipient,
            decision=self.decision,
            purpose=self.purpose,
            given_by=self.given_by,
            fields=tuple(self.fields),
            how=self.how,
            wording_version=self.wording_version,
            wording_sha256=None if self.wording_version is None else listed(wordings, self.wording_version).sha256,
            asked_by=self.worker or asked_by,
            expires_at=self.expires_at,
        )
