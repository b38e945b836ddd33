"""What the auditor's pages have in common: their templates, a case's head, and the moment that is looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from events.intake import CaseOpened
from events.referral import ReferralProposed
from services.audit.history.queries import Line
from services.chassis.errors import MalformedRequestError
from services.chassis.ids import receipt_of, short_code
from services.chassis.moments import EARLIEST_YEAR, LATEST_YEAR, moment_or_none
from services.chassis.web.pages.templating import PageTemplates

TEMPLATES = PageTemplates(__name__, "pages/templates")
UNTIL = "hasta"
"""The parameter that says up to which moment a page looks."""


@dataclass(frozen=True, slots=True)
class Referral:
    """A referral of the case: whose, and the code by which people name it."""

    id: UUID
    agency: str
    code: str


@dataclass(frozen=True, slots=True)
class Head:
    """What every page about a case says first. The code is its name; the number is for other programs."""

    case: UUID
    code: str
    receipt: str | None
    referrals: Sequence[Referral]


def head_of(case: UUID, lines: Sequence[Line]) -> Head:
    """The head of a case, from its whole history."""
    opened = next((line.fact for line in lines if isinstance(line.fact.event, CaseOpened)), None)
    referrals = [
        Referral(line.fact.stream, line.fact.event.agency, short_code(line.fact.stream))
        for line in lines
        if isinstance(line.fact.event, ReferralProposed)
    ]
    return Head(case, short_code(case), None if opened is None else receipt_of(opened.id), referrals)


def moment_asked(written: str | None, zone: ZoneInfo) -> datetime | None:
    """The moment of ``hasta``: with an offset as our links write it, or on the viewer's clock as a form does.

    Returns:
        The moment; ``None``: none was chosen, so that it is now.

    Raises:
        MalformedRequestError: it is no moment.
    """
    text = (written or "").strip()
    if not text:
        return None
    moment = moment_or_none(text)
    if moment is not None:
        return moment
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        local = None
    if local is None or local.tzinfo is not None or not EARLIEST_YEAR < local.year < LATEST_YEAR:
        raise MalformedRequestError(faults=[{"field": UNTIL, "code": "not_a_time"}])
    return local.replace(tzinfo=zone)


def asked_or_now(written: str | None, zone: ZoneInfo) -> tuple[datetime | None, MalformedRequestError | None]:
    """The moment of ``hasta``, or the fault that the page shows while it looks at now."""
    try:
        return moment_asked(written, zone), None
    except MalformedRequestError as fault:
        return None, fault


def query_of(**given: object) -> str:
    """A query of an address from what is not ``None``; empty if nothing is left."""
    left = {name: value for name, value in given.items() if value is not None}
    return f"?{urlencode(left)}" if left else ""


def written(at: datetime | None) -> str | None:
    """A moment as our links write it."""
    return None if at is None else at.isoformat()


def as_field(at: datetime | None, zone: ZoneInfo) -> str:
    """A moment as a field ``datetime-local`` has it, on the viewer's clock; rounded up, so that it still counts."""
    if at is None:
        return ""
    there = at.astimezone(zone)
    return f"{there:%Y-%m-%dT%H:%M:%S}"
