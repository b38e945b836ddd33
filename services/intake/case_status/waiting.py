"""Stores of each referral until when a decision is to be asked for, and what a consent does not cover.

Apart from the referral's status, because few have anything of the kind.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from events.contract import Event
from events.referral import DisclosureRenewed, ReferralBlocked, ReferralReassessed, ReferralRequested
from services.chassis.eventlog.log_entry import LogEntry, decode
from services.chassis.eventlog.projections import Projector, Statement, columns

WHOLE = """
insert into waiting_status (referral_id, uncovered, ask_by, wait_until)
select referral_id, string_to_array(uncovered, ' '), ask_by, wait_until
from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::timestamptz[])
  as new (referral_id, uncovered, ask_by, wait_until)
on conflict (referral_id) do update set uncovered = excluded.uncovered, ask_by = excluded.ask_by,
  wait_until = excluded.wait_until
"""
"""Of a referral that came to wait, or was sent: nothing from before is left."""
UNCOVERED = """
insert into waiting_status (referral_id, uncovered)
select referral_id, string_to_array(uncovered, ' ') from unnest($1::uuid[], $2::text[]) as new (referral_id, uncovered)
on conflict (referral_id) do update set uncovered = excluded.uncovered
"""
"""Of one that stays where it is."""
NOTHING = """
delete from waiting_status where referral_id = any($1::uuid[])
  and ask_by is null and wait_until is null and uncovered = '{}'
"""


@dataclass(slots=True)
class _Change:
    """What one batch says of a referral."""

    referral: UUID
    whole: bool = False
    uncovered: str = ""
    ask_by: datetime | None = None
    wait_until: datetime | None = None

    def take(self, event: Event) -> None:
        """Applies one event."""
        match event:
            case ReferralBlocked():
                self.whole, self.ask_by, self.wait_until = True, event.ask_by, event.until
            case ReferralRequested():
                self.whole, self.ask_by, self.wait_until = True, None, None
            case ReferralReassessed() | DisclosureRenewed():
                pass
            case _:
                return
        self.uncovered = " ".join(event.uncovered)

    @property
    def row(self) -> tuple[Any, ...]:
        """The values in the order of ``UNCOVERED``."""
        return self.referral, self.uncovered


def follow_waiting(entries: Sequence[LogEntry]) -> list[Statement]:
    """Inserts, updates or removes one row for each referral in the batch."""
    changes: dict[UUID, _Change] = {}
    for entry in entries:
        changes.setdefault(entry.stream, _Change(entry.stream)).take(decode(entry).event)
    whole = [(*change.row, change.ask_by, change.wait_until) for change in changes.values() if change.whole]
    stays = [change.row for change in changes.values() if not change.whole]
    found: list[Statement] = [(sql, columns(rows)) for sql, rows in ((WHOLE, whole), (UNCOVERED, stays)) if rows]
    return [*found, (NOTHING, ([*changes],))] if found else []


WAITING = Projector(
    place=follow_waiting, reads=(ReferralBlocked, ReferralRequested, ReferralReassessed, DisclosureRenewed)
)
