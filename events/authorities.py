"""Facts that intake publishes about authorities: whom the person asked to be put in touch with, and who demanded data.

They say nothing of the person. The program sends nothing to an authority; it records who decided what.
"""

from typing import ClassVar

from pydantic import Field

from events.contract import Event
from events.vocabulary import Authority, ConsentPurpose, DemandAnswer, DemandedThing, RestrictedRecipient, Role


class RestrictedContactRequested(Event):
    """A member of the shelter's staff recorded the person's written wish that an authority be contacted.

    The signed sheet stays at the shelter; the hash says which text it was. Nobody may act on it before a second
    person has authorised it, within 24 hours.
    """

    NAME: ClassVar[str] = "intake.restricted_contact_requested"

    shelter: str
    recipient: RestrictedRecipient
    purpose: ConsentPurpose
    wording_version: str
    wording_sha256: str = Field(min_length=64, max_length=64)
    requested_by: str
    """The label of whoever recorded it, never a name."""


class RestrictedContactAuthorised(Event):
    """A second person authorised a human to make the contact that the person wished for. The program sends nothing."""

    NAME: ClassVar[str] = "intake.restricted_contact_authorised"

    shelter: str
    recipient: RestrictedRecipient
    purpose: ConsentPurpose
    requested_by: str
    authorised_by: str
    authorised_as: Role


class RestrictedContactWithdrawn(Event):
    """The person changed their mind: nobody may make the contact any more, and it cannot be authorised."""

    NAME: ClassVar[str] = "intake.restricted_contact_withdrawn"

    shelter: str
    recipient: RestrictedRecipient
    recorded_by: str


class AuthorityDemandRecorded(Event):
    """An authority demanded data of a shelter or an agency. It names no case and nobody: what was asked is a code."""

    NAME: ClassVar[str] = "intake.authority_demand_recorded"

    authority: Authority
    demanded: DemandedThing
    came_to: str
    """The shelter's or agency's code."""
    court_order: bool
    """Whether they showed one."""
    recorded_by: str


class AuthorityDemandAnswered(Event):
    """A named role answered a demand. With ``referred_to_legal`` it stays open until it is refused or complied with."""

    NAME: ClassVar[str] = "intake.authority_demand_answered"

    answer: DemandAnswer
    came_to: str
    answered_by: str
    answered_as: Role
