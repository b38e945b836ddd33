"""Facts about the system itself that people must learn of: a case not routed, a slip attacked, a channel that fails."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from events.contract import Event
from events.vocabulary import Duty


class CaseNotRouted(Event):
    """A case was stored, and an event of it could not be digested: it is not routed until somebody mends that."""

    NAME: ClassVar[str] = "referral.case_not_routed"

    event: UUID
    """Id of the first event that could not be digested."""
    log: str
    """The service in whose log it is."""
    shelter: str | None = None


class CaseRouted(Event):
    """What could not be digested now has been."""

    NAME: ClassVar[str] = "referral.case_routed"

    shelter: str | None = None
    set_aside: int | None = None
    """The position in intake's log of the one event that an operator gave up; the others were digested."""


class SlipUnderAttack(Event):
    """Somebody tries one word after another with the code of a person's slip: its shelter's coordinator is told."""

    NAME: ClassVar[str] = "referral.slip_attacked"

    shelter: str


class DeviceDisagreed(Event):
    """The rules on a shelter's telephone decided otherwise on a case than the same rules here: one of both is wrong."""

    NAME: ClassVar[str] = "referral.device_disagreed"

    submission: UUID
    shelter: str
    device: str | None = None
    rule_set: str
    """The version that both had."""


class ChannelFailing(Event):
    """No alert leaves by a channel: everybody named is alerted by every other way there is."""

    NAME: ClassVar[str] = "notifications.channel_failing"

    channel: str
    """``*``: the installation has no channel at all."""
    since: datetime
    failed: int
    """Attempts that failed since the last one that succeeded."""
    waiting: int
    """Alerts that should have left by it."""
    whom: tuple[Duty, ...]


class ChannelRecovered(Event):
    """An alert has left again by a channel that was failing."""

    NAME: ClassVar[str] = "notifications.channel_recovered"

    channel: str
    since: datetime
