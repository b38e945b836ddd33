"""Bodies and answers of transfers."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from events.vocabulary import ConsentForm, ConsentGiver
from services.chassis.web.schemas import Answer, Body, Command
from services.intake.cases.schemas import CaseChanged, OpaqueCode, WorkerCode
from services.intake.slips.schemas import WithSlip
from services.intake.submissions.document.consent import DISCLOSABLE, are_disclosable
from services.intake.transfers.domain import Arrival
from services.intake.wordings import Wordings, wording_of

MAX_FAMILY_MEMBERS = 12


class ChildHeard(Body):
    """The child was informed and heard."""

    assent: Literal["yes", "not_applicable"]
    basis: Literal["assessment_started", "determination_made"]


class TransferConsent(Body):
    """The consent of the person, or of the one who may decide for them: which answers this shelter may see."""

    given_by: ConsentGiver
    fields: Annotated[list[str], Field(min_length=1, max_length=len(DISCLOSABLE))]
    how: ConsentForm
    wording_version: OpaqueCode
    worker: WorkerCode | None = None
    best_interests: ChildHeard | None = None

    @model_validator(mode="after")
    def _fields_are_answers(self) -> Self:
        if not are_disclosable(self.fields):
            raise ValueError("fields are names of answers, or all")
        return self


class TransferredPerson(WithSlip):
    """One person who arrived: slip, word and consent."""

    consent: TransferConsent

    def arrival(self, wordings: Wordings, asked_by: str) -> Arrival:
        """The arrival for the domain; ``asked_by`` unless the body names a worker.

        Raises:
            MalformedRequestError: the consent text of that version does not exist.
        """
        return Arrival(
            slip=self.slip,
            word=self.word,
            given_by=self.consent.given_by,
            heard=self.consent.best_interests is not None,
            fields=tuple(self.consent.fields),
            how=self.consent.how,
            wording=wording_of(wordings, self.consent.wording_version),
            asked_by=self.consent.worker or asked_by,
        )


class TransferRequest(Command, TransferredPerson):
    """One person, or a family of which each member has their own slip and consent."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "command_id": "4b5c6d7e-8f90-4a12-8dbe-2f3a4b5c6d7e",
                    "slip": "7F3K-2Q9M-XW4H",
                    "word": "girasol",
                    "consent": {
                        "given_by": "self",
                        "fields": ["age_band", "language", "needs"],
                        "how": "signed",
                        "wording_version": "entrega-es-1",
                    },
                }
            ]
        }
    )

    family: list[TransferredPerson] = Field(default_factory=list, max_length=MAX_FAMILY_MEMBERS)


class TransferredCases(Answer):
    """The transferred cases."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "case_id": "7a0c4a0e-5c1e-5d51-8f8f-3f6c1f3f2b11",
                    "cases": [{"case_id": "7a0c4a0e-5c1e-5d51-8f8f-3f6c1f3f2b11", "version": 4}],
                }
            ]
        }
    )

    case_id: UUID
    """The case of the person who applied."""
    cases: list[CaseChanged]
    """That case and those of the family."""
