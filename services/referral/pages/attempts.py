"""What came before a page is drawn: an act that was refused, with what was written, or sealed content that was read."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from events.vocabulary import Role
from services.chassis.authorization.policy import EVERYWHERE
from services.chassis.errors import ServiceError
from services.referral.disclosures.schemas import ReferralDisclosure, ReferralMessage

IN_OWN_WORDS = ("note", "question", "answer", "comment")
"""The fields in which people write sentences."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An act that was refused: what was written stays in its form."""

    act: str
    fields: Mapping[str, str] = field(default_factory=dict)

    def in_vain(self, offered: Collection[str]) -> str:
        """What was written into the form of an act that is gone: it can still be copied."""
        if self.act in offered:
            return ""
        return next((self.fields[name] for name in IN_OWN_WORDS if self.fields.get(name)), "")


@dataclass(frozen=True, slots=True)
class Opened:
    """Sealed content that has just been read, and recorded as read."""

    disclosure: ReferralDisclosure | None = None
    messages: list[ReferralMessage] | None = None
    since: str | None = None
    """The place in what changes, from before the reading; ``None``: changes are not told to the reader."""


NOTHING_TRIED, NOTHING_OPENED = Attempt(""), Opened()


@dataclass(frozen=True, slots=True)
class Faster:
    """Who acted first, as others may see them, and when. Without a role: the rules, a clock, or the person."""

    role: Role | None
    org: str | None
    at: datetime


def faster(fault: ServiceError | None) -> Faster | None:
    """Who acted after the version that a form showed; ``None``: nobody did, or it was not what was wrong."""
    if fault is None or "changed_by" not in fault.details:
        return None
    role, _, org = str(fault.details["changed_by"]).partition(":")
    at = datetime.fromisoformat(fault.details["changed_at"])
    if role not in set(Role):
        return Faster(None, None, at)
    return Faster(Role(role), None if org == EVERYWHERE else org, at)
