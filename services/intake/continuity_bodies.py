"""What the routes of a case on its way carry. Closed, and silent about their input when it is wrong."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from events.vocabulary import Agency, ConsentForm, ConsentGiver, HelpAnswer, SamePerson, WithdrawalAnswer
from services.intake.bodies import Code, listed
from services.intake.handovers import Arrival
from services.intake.submission.consent import ALL_FIELDS, DISCLOSABLE
from services.intake.wordings import Wordings

Written = Annotated[str, Field(min_length=1, max_length=40)]
Word = Annotated[str, Field(min_length=1, max_length=120)]
MOST_IN_A_FAMILY = 12


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class NewSlip(_Body):
    """The word that the person will remember. It is kept nowhere."""

    command_id: UUID
    word: Word
    override: bool = False
    """The person wants it although their case is of a kind for which a paper may be a danger."""


class _WithSlip(_Body):
    slip: Written
    word: Word


class SlipWithdrawal(_WithSlip):
    """Consent taken back: one recipient's, or everybody's."""

    command_id: UUID
    recipient: Agency | None = None


class SlipConfirmation(_WithSlip):
    """Whether help came: one agency's, or all that was reported."""

    command_id: UUID
    agency: Agency | None = None
    confirmation: HelpAnswer


class Checked(_Body):
    """What was found about a withdrawal made with a slip."""

    command_id: UUID
    answer: WithdrawalAnswer


class Interests(_Body):
    """A child who was informed and heard."""

    assent: Literal["yes", "not_applicable"]
    basis: Literal["assessment_started", "determination_made"]


class HandoverAgreed(_Body):
    """What the person, or whoever may decide for them, lets this shelter know."""

    given_by: ConsentGiver
    fields: Annotated[list[str], Field(min_length=1, max_length=len(DISCLOSABLE))]
    how: ConsentForm
    wording_version: Code
    worker: Code | None = None
    best_interests: Interests | None = None

    @model_validator(mode="after")
    def _fields_are_answers(self) -> Self:
        known = set(self.fields) <= DISCLOSABLE or self.fields == [ALL_FIELDS]
        if not known or len(set(self.fields)) != len(self.fields):
            raise ValueError("fields are names of answers, or all")
        return self


class Arrived(_WithSlip):
    """One person who arrived."""

    consent: HandoverAgreed

    def arrival(self, wordings: Wordings, asked_by: str) -> Arrival:
        """As the command takes it.

        Raises:
            MalformedRequestError: no text of that version is there to consent on.
        """
        return Arrival(
            slip=self.slip,
            word=self.word,
            given_by=self.consent.given_by,
            heard=self.consent.best_interests is not None,
            fields=tuple(self.consent.fields),
            how=self.consent.how,
            wording=listed(wordings, self.consent.wording_version),
            asked_by=self.consent.worker or asked_by,
        )


class Handover(Arrived):
    """Somebody arrived, alone or with others of their family who have a slip and a consent of their own."""

    command_id: UUID
    family: Annotated[list[Arrived], Field(max_length=MOST_IN_A_FAMILY)] = []


class PairDecided(_Body):
    """Whether two cases are of one person."""

    command_id: UUID
    first: UUID
    later: UUID
    decision: SamePerson
