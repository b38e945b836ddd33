"""Facts about exceptional access (*acceso excepcional*): who opened what, why, and what a second person found.

What was read is told by ``referral.disclosure_read``, one event a reading.
"""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from events.contract import Event
from events.sealed import Box
from events.vocabulary import Agency, OverrideBasis, ReviewVerdict, Role


class _Access(Event):
    """What all of them say: whose data it is about."""

    referral: UUID
    agency: Agency
    shelter: str


class BreakGlassOpened(_Access):
    """One person was let see one referral's sealed disclosure, for four hours at most, and said why.

    The shelter and the agency that hold it are told at once, without content.
    """

    NAME: ClassVar[str] = "referral.break_glass_opened"

    basis: OverrideBasis
    justification: Box
    opened_for: str
    """The agency of whoever opened it; ``*`` is the programme's coordination."""
    until: datetime
    review_by: datetime
    """Until when a second person must have looked at it."""


class BreakGlassReviewed(_Access):
    """A second person looked at it. One that was not justified is closed by that."""

    NAME: ClassVar[str] = "referral.break_glass_reviewed"

    verdict: ReviewVerdict
    reviewed_as: Role


class BreakGlassUnreviewed(_Access):
    """Nobody reviewed it in time: the programme's coordinator is told."""

    NAME: ClassVar[str] = "referral.break_glass_unreviewed"

    review_by: datetime


class BreakGlassLimited(Event):
    """One person opened as many as the policy lets one person open, and was refused more: the coordinator is told."""

    NAME: ClassVar[str] = "referral.break_glass_limited"

    opened_for: str
    """The agency of whoever it was; ``*`` is the programme's coordination."""
    an_hour: int
    """What one person may open in an hour,"""
    a_day: int
    """and in a day."""
