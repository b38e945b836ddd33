"""An agency that was asked in another's stead answers, without having seen anything of the referral."""

from typing import ClassVar

from events.referral.fact import ReferralFact
from events.vocabulary import Agency


class HelpOffered(ReferralFact):
    """The agency that was asked can help: shelter and coordinator are alerted, and it is rerouted where it may be."""

    NAME: ClassVar[str] = "referral.help_offered"

    by: Agency


class HelpUnavailable(ReferralFact):
    """The agency that was asked cannot help."""

    NAME: ClassVar[str] = "referral.help_unavailable"

    by: Agency
    all_asked: bool = False
    """Whether by now every agency that was asked has said so: the coordinator is alerted."""
