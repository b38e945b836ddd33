"""What a desk takes out, and what for."""

from dataclasses import dataclass

from events.vocabulary import ExportPurpose, ExportSelection
from services.referral.worklist.filters import ReferralFilters


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """A list that somebody asks for."""

    purpose: ExportPurpose
    selection: ExportSelection
    filters: ReferralFilters
    """The same as of the list on the page."""
