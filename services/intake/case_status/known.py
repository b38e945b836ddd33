"""Which categories of a referral the shelter that took the case over was let know (domain.md §6).

Apart from the referral's status, because few cases are handed over.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from events.consent_rules import ALL_FIELDS
from events.continuity import HandoverConsent
from events.contract import Event
from events.referral import ReferralHandedOver, ReferralProposed, ReferralReassessed
from services.chassis.eventlog.log_entry import LogEntry, decode
from services.chassis.eventlog.projections import Projector, Statement, columns

KNOWN = """
insert into known_status (referral_id, known_to, known_categories)
select referral_id, known_to, string_to_array(known_categories, ' ')
from unnest($1::uuid[], $2::text[], $3::text[]) as new (referral_id, known_to, known_categories)
on conflict (referral_id) do update set known_to = excluded.known_to, known_categories = excluded.known_categories
"""


def follow_known(entries: Sequence[LogEntry]) -> list[Statement]:
    """Inserts or updates a row for each referral of which the batch says what its shelter knows."""
    rows: dict[UUID, tuple[Any, ...]] = {}
    for entry in entries:
        event: Event = decode(entry).event
        assert isinstance(event, ReferralHandedOver | ReferralProposed | ReferralReassessed)  # noqa: S101 - no other is read
        if event.known_categories is not None:
            rows[entry.stream] = (entry.stream, event.shelter, " ".join(event.known_categories))
        elif isinstance(event, ReferralHandedOver):
            rows[entry.stream] = (entry.stream, event.shelter, None)
    return [(KNOWN, columns(list(rows.values())))] if rows else []


def hidden_from(shelter: str, consent: HandoverConsent | None, row: Any) -> frozenset[str]:
    """The categories that the shelter which has custody is not shown.

    ``consent``: what the person let it know; ``None``: it registered the case. Of a referral that had ended before, or
    of which the reaction to the transfer is not seen yet, it knows none.
    """
    return hidden_categories(shelter, row, partly=consent is not None and ALL_FIELDS not in consent.fields)


def hidden_categories(shelter: str, row: Any, *, partly: bool) -> frozenset[str]:
    """The same, where it is known whether the shelter was let know the answers only in part."""
    if not partly:
        return frozenset()
    known = row["known_categories"] or () if row["known_to"] == shelter else ()
    return frozenset(row["categories"]) - frozenset(known)


KNOWN_CATEGORIES = Projector(place=follow_known, reads=(ReferralHandedOver, ReferralProposed, ReferralReassessed))
