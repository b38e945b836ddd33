"""What the routes about authorities carry. Codes only: there is no field for a text about anybody."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from events.vocabulary import Authority, ConsentPurpose, DemandAnswer, DemandedThing, RestrictedRecipient
from services.intake.bodies import Code
from services.intake.register import Demanded
from services.intake.submission.values import Instant


class _Body(BaseModel):
    """Closed, and silent about its input when it is wrong."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    command_id: UUID


class Wish(_Body):
    """The person's written wish: whom to contact, what for, and which text they signed."""

    recipient: RestrictedRecipient
    purpose: ConsentPurpose
    wording_version: Code


class Authorisation(_Body):
    """A second person's word."""


class NewDemand(_Body):
    """An authority demanded something; when it came is the moment it was handed over or said."""

    authority: Authority
    demanded: DemandedThing
    came_to: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_-]{1,31}$")]
    court_order: bool
    received_at: Instant

    def said(self) -> Demanded:
        """As the register takes it."""
        return Demanded(
            authority=self.authority,
            demanded=self.demanded,
            came_to=self.came_to,
            court_order=self.court_order,
            received_at=self.received_at,
        )


class Answer(_Body):
    """What became of a demand."""

    answer: DemandAnswer
