"""Somebody was shown, without anything sealed, that a case has a restricted category; and what an auditor looked at.

Each is recorded before the answer leaves, in a stream of its own that the reader, the view, the thing and the hour
decide: within that hour the same is not recorded twice. No event names a category: what a case has, its log says.
"""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from events.contract import Event
from events.vocabulary import AuditView, ShownView


class ReferralShown(Event):
    """A list, a referral's page or a file showed a referral of a restricted category; of a file every row is recorded.

    Who looked is the envelope's actor.
    """

    NAME: ClassVar[str] = "referral.referral_shown"

    reader: str
    """The organisation that looked; ``*`` is the programme's coordination."""
    view: ShownView
    referral: UUID
    until: datetime | None = None
    """The same reader is not recorded again for this view before; ``None``: each time is."""
    export: UUID | None = None
    """The stream of the file's record, if it was one."""


class CaseShown(Event):
    """A list of cases, or one, showed referrals of a restricted category. Who looked is the envelope's actor."""

    NAME: ClassVar[str] = "intake.case_shown"

    reader: str
    """The organisation that looked; ``*`` is the programme's coordination."""
    view: ShownView
    referrals: tuple[UUID, ...]
    """Those of a restricted category that were shown."""
    until: datetime
    """The same reader is not recorded again for this view of these referrals before."""


class PersonToldWhoKnew(Event):
    """A shelter read aloud to the person which organisations were told of them, or read. Who did is the actor."""

    NAME: ClassVar[str] = "intake.person_told_who_knew"

    shelter: str
    organisations: tuple[str, ...]
    """Those that were named: never who investigates the shelter itself."""


class HistoryRead(Event):
    """An auditor looked at what the logs say. Who is the envelope's actor; the case, if it is one's, the envelope's."""

    NAME: ClassVar[str] = "audit.history_read"

    view: AuditView
    referral: UUID | None = None
    """Only of this referral."""
    at: datetime | None = None
    """As it was at that moment; ``None``: as it is."""
    until: datetime
    """The same reader is not recorded again before, unless they look further."""
