"""A list of referrals was taken out of the program: who, what for, which, and how many."""

from typing import Annotated, ClassVar

from pydantic import Field

from events.contract import Event
from events.vocabulary import Agency, ExportPurpose, ExportSelection, ReferralState, RiskCategory, Urgency


class ReferralsExported(Event):
    """A desk took out a list of its own referrals, without sealed content. Recorded before the first row left.

    It names no referral: which rows they were follows from the log and the selection.
    """

    NAME: ClassVar[str] = "referral.referrals_exported"

    agency: Agency
    purpose: ExportPurpose
    selection: ExportSelection
    states: tuple[ReferralState, ...] = ()
    """Only those in these states; none: in any."""
    urgencies: tuple[Urgency, ...] = ()
    categories: tuple[RiskCategory, ...] = ()
    desk: str | None = None
    rows: Annotated[int, Field(ge=0)]
