"""Something was taken out of the program: a list of referrals, or the whole history as a bundle; and by whom."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from events.contract import Event, Value
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


class SealedLog(Value):
    """A log in an exported bundle."""

    log: Literal["intake", "referral", "notifications", "audit"]
    size: Annotated[int, Field(ge=1)]
    """Events under the exported checkpoint."""


class BundleExported(Event):
    """The whole history was taken out as one verifiable bundle; what is sealed in it stayed sealed.

    Recorded before its first byte left.
    """

    NAME: ClassVar[str] = "audit.bundle_exported"

    sizes: tuple[SealedLog, ...]
