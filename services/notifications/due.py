"""What is due in the queue, and how it is taken out of it for a moment."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from events.vocabulary import Agency, AlertAbout, Urgency
from services.chassis.identity import derived
from services.notifications.domain import alert_of
from services.notifications.quiet import QuietHours

LEASE = timedelta(minutes=1)
AT_ONCE = 8

DUE = """
update delivery set leased_until = $1::timestamptz + $2::interval
from (
  select d.alert_id, d.contact_id, w.target, c.timezone, c.quiet_from, c.quiet_to, c.language, told.at as told
  from unnest($4::text[]) as kind (channel) cross join unnest($5::text[]) as u (urgency)
  cross join lateral (
    select * from delivery where channel = kind.channel and delivery.urgency = u.urgency and due_at <= $1
    and (leased_until is null or leased_until <= $1) order by due_at limit $3 for update skip locked) d
  join contact c using (contact_id)
  join contact_way w on w.contact_id = d.contact_id and w.way = d.way
  left join told on told.contact_id = d.contact_id
  order by d.urgency, d.due_at limit $3) due
where delivery.alert_id = due.alert_id and delivery.contact_id = due.contact_id
returning delivery.*, due.target, due.timezone, due.quiet_from, due.quiet_to, due.language, due.told
"""
"""The most urgent first, of those the longest due. A place in the index for each channel and urgency: what waits there
for later, or for a channel that is not configured, is not looked at, however much it is."""
BY_PLACE = "set local enable_seqscan = off; set local enable_bitmapscan = off; set local enable_sort = off"
"""The plan is kept from when nothing waited (ADR 0002)."""

MORE = """
update delivery set leased_until = $1::timestamptz + $2::interval
from (
  select alert_id, contact_id from delivery
  where contact_id = $3 and way = $4 and notice is null and about = 'referral'
    and bundle is not distinct from $5 and urgency = any($6::text[]) and caravan = $7
    and due_at <= $1 and (leased_until is null or leased_until <= $1)
  order by due_at limit 500 for update skip locked) more
where delivery.alert_id = more.alert_id and delivery.contact_id = more.contact_id
returning delivery.*
"""
"""The others of a burst."""
BUNDLE = """
update delivery set bundle = $1 from unnest($2::uuid[]) as of (alert_id)
where delivery.alert_id = of.alert_id and contact_id = $3
"""
HOLD = """
update delivery set leased_until = null, due_at = $1 from unnest($2::uuid[]) as of (alert_id)
where delivery.alert_id = of.alert_id and contact_id = $3
"""


@dataclass(frozen=True, slots=True)
class Due:
    """One delivery that was leased."""

    alert: UUID
    referral: UUID
    case: UUID | None
    agency: Agency
    urgency: Urgency
    code: str
    channel: str
    contact: str
    target: str
    attempts: int
    escalation: UUID | None = None
    about: AlertAbout = AlertAbout.REFERRAL
    caravan: bool = False
    way: int = 1
    bundle: UUID | None = None
    raised_at: datetime | None = None
    language: str = "es"
    quiet: QuietHours | None = None
    notice: str | None = None
    """What it says of a change of shift; ``None``: it is an alert."""
    number: int = 0
    told: tuple[datetime, ...] = ()
    """When the contact was sent something before."""

    @property
    def message_id(self) -> str:
        """The same for every attempt, another once the alert is more urgent or a rung higher, and telling nothing."""
        what = f"{self.contact} {self.urgency}" + (f" {self.escalation}" if self.escalation else "")
        return f"<{derived(self.alert, what)}@canaliza.invalid>"

    @property
    def asked(self) -> bool:
        """Whether there is no referral that it could open: asked in another's stead, or told of something else."""
        return self.about is not AlertAbout.REFERRAL or self.alert != alert_of(self.referral)


def due_of(row: Any, like: Due | None = None) -> Due:
    """A row of ``DUE``; or one of ``MORE``, to the same contact by the same way as another."""
    case, escalation, bundle = row["case_id"], row["escalation"], row["bundle"]
    return Due(
        alert=UUID(int=row["alert_id"].int),
        referral=UUID(int=row["referral_id"].int),
        case=None if case is None else UUID(int=case.int),
        agency=Agency(row["agency"]),
        urgency=Urgency(row["urgency"]),
        code=row["code"],
        channel=row["channel"],
        contact=row["contact_id"],
        target=row["target"] if like is None else like.target,
        attempts=row["attempts"],
        escalation=None if escalation is None else UUID(int=escalation.int),
        about=AlertAbout(row["about"]),
        caravan=row["caravan"],
        way=row["way"],
        bundle=None if bundle is None else UUID(int=bundle.int),
        raised_at=row["raised_at"],
        language=row["language"] if like is None else like.language,
        quiet=_quiet(row) if like is None else like.quiet,
        notice=row["notice"],
        number=row["number"] or 0,
        told=tuple(row["told"] or ()) if like is None else like.told,
    )


def by_message(leased: Iterable[Due]) -> list[Sequence[Due]]:
    """Those that could go to one contact together: by one way, bundled before or not."""

    def key(one: Due) -> tuple[str, int, str]:
        return one.contact, one.way, str(one.bundle or "")

    return [list(of_one) for _, of_one in groupby(sorted(leased, key=key), key)]


def _quiet(row: Any) -> QuietHours | None:
    if row["quiet_from"] is None:
        return None
    return QuietHours(row["quiet_from"], row["quiet_to"], ZoneInfo(row["timezone"]))
