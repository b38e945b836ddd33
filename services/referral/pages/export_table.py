"""The rows of an exported list, as a spreadsheet opens them: words beside codes, and nothing that is sealed.

RFC 4180 with a byte order mark, without which Excel takes UTF-8 for another alphabet. What separates the columns is
chosen: Excel splits a file by the list separator of the computer's region, a comma in Mexico and a semicolon in Spain,
and nothing inside the file tells it both that and the alphabet. LibreOffice opens either.
"""

import csv
import io
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from services.chassis.locales import Translator
from services.referral.pages.board_rows import row_of
from services.referral.worklist.filters import NOT_SEARCHABLE
from services.referral.worklist.schemas import Referral

BYTE_ORDER_MARK = "\ufeff"
SEPARATORS = {"coma": ",", "punto": ";"}
"""What a form says, and the character."""
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins with one of these is a formula to a spreadsheet (OWASP, CSV injection)."""


class Viewpoint(NamedTuple):
    """Whose words and clock the table has."""

    say: Translator
    zone: ZoneInfo
    now: datetime

    def moment(self, at: datetime | None) -> str:
        """A moment on the viewer's clock, as spreadsheets sort it: 2013-06-14 14:05."""
        return "" if at is None else f"{at.astimezone(self.zone):%Y-%m-%d %H:%M}"

    def yes_or_no(self, *, holds: bool) -> str:
        """The answer in words."""
        return self.say("export.yes") if holds else self.say("export.no")


Cell = Callable[[Referral, Viewpoint], str]
COLUMNS: Sequence[tuple[str, Cell]] = (
    ("code", lambda one, _: one.code),
    ("urgency", lambda one, by: by.say(f"urgency.{one.urgency}")),
    ("urgency_code", lambda one, _: one.urgency),
    ("state", lambda one, by: by.say(f"state.{one.state}")),
    ("state_code", lambda one, _: one.state),
    ("about", lambda one, by: ", ".join(_about(one, by))),
    ("next", lambda one, by: by.say(f"board.next.{row_of(one).next}")),
    ("due", lambda one, by: by.moment(one.due_by)),
    ("overdue", lambda one, by: by.yes_or_no(holds=one.due_by is not None and one.due_by <= by.now)),
    ("changed", lambda one, by: by.yes_or_no(holds=one.unseen_change is not None)),
    ("acknowledge_by", lambda one, by: by.moment(one.deadlines.acknowledge_by)),
    ("decide_by", lambda one, by: by.moment(one.deadlines.decide_by)),
    ("serve_by", lambda one, by: by.moment(one.deadlines.serve_by)),
    ("last_change", lambda one, by: by.moment(one.changed_at)),
    ("basis", lambda one, by: by.say(f"basis.{one.basis}") if one.basis else ""),
    ("shelter", lambda one, _: one.shelter),
    ("desk", lambda one, _: one.desk or ""),
    ("delete_by", lambda one, by: by.moment(one.deletion.due if one.deletion else None)),
    ("deleted", lambda one, by: by.moment(one.deletion.confirmed_at if one.deletion else None)),
    ("referral_id", lambda one, _: str(one.referral_id)),
    ("case_id", lambda one, _: str(one.case_id)),
)
"""The end of each title's key, and what its cells say."""


def _about(referral: Referral, by: Viewpoint) -> list[str]:
    """The categories in words, without those that nobody may look people up by: a file is searched by anything."""
    named = [by.say(f"category.{one}") for one in referral.categories if one not in NOT_SEARCHABLE]
    reserved = any(one in NOT_SEARCHABLE for one in referral.categories)
    return [*named, *([by.say("export.reserved")] if reserved else [])]


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(DANGEROUS) else cell


async def table(rows: AsyncIterator[Referral], by: Viewpoint, separator: str) -> AsyncIterator[bytes]:
    """The lines of the file, a row at a time."""
    titles = [by.say(f"export.column.{name}") for name, _ in COLUMNS]
    yield (BYTE_ORDER_MARK + _line(titles, separator)).encode()
    async for referral in rows:
        yield _line([cell(referral, by) for _, cell in COLUMNS], separator).encode()


def _line(cells: Sequence[str], separator: str) -> str:
    written = io.StringIO()
    csv.writer(written, delimiter=separator, lineterminator="\r\n").writerow([harmless(cell) for cell in cells])
    return written.getvalue()
