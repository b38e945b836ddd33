"""Facts that intake publishes about authorities: whom the person asked to be put in touch with, and who demanded data.

They say nothing of the person. The program sends nothing to an authority; it records who decided what.
"""

from typing import Any, ClassVar

from pydantic import Field

from events.contract import Event
from events.sealed import Box
from events.vocabulary import Authority, ConsentPurpose, DemandAnswer, DemandedThing, RestrictedRecipient, Role


class RestrictedContactRequested(Event):
    """A member of the shelter's staff recorded the person's written wish that an authority be contacted.

    The signed sheet stays at the shelter; the hash says which text it was. Nobody may act on it before a second
    person has authorised it, within 24 hours.
    """

    NAME: ClassVar[str] = "intake.restricted_contact_requested"
    VERSION: ClassVar[int] = 2

    shelter: str
    wish: Box | None = None
    """With which authority, and for what: sealed; ``None``: version 1 said both in clear."""
    clear_recipient: RestrictedRecipient | None = None
    clear_purpose: ConsentPurpose | None = None
    """These two only of what was recorded before wishes were sealed."""
    wording_version: str
    wording_sha256: str = Field(min_length=64, max_length=64)
    requested_by: str
    """The label of whoever recorded it, never a name."""

    @staticmethod
    def upcast_v1_v2(data: dict[str, Any]) -> None:
        """Version 1 said authority and purpose in clear."""
        data["clear_recipient"], data["clear_purpose"] = data.pop("recipient"), data.pop("purpose")


class RestrictedContactAuthorised(Event):
    """A second person authorised a human to make the contact that the person wished for. The program sends nothing."""

    NAME: ClassVar[str] = "intake.restricted_contact_authorised"
    VERSION: ClassVar[int] = 2

    shelter: str
    requested_by: str
    authorised_by: str
    authorised_as: Role

    @staticmethod
    def upcast_v1_v2(data: dict[str, Any]) -> None:
        """Version 1 repeated what the wish says, which stands in the same stream."""
        del data["recipient"], data["purpose"]


class RestrictedContactWithdrawn(Event):
    """The person changed their mind: nobody may make the contact any more, and it cannot be authorised."""

    NAME: ClassVar[str] = "intake.restricted_contact_withdrawn"
    VERSION: ClassVar[int] = 2

    shelter: str
    recorded_by: str

    @staticmethod
    def upcast_v1_v2(data: dict[str, Any]) -> None:
        """Version 1 repeated the authority, which stands in the same stream."""
        del data["recipient"]


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
