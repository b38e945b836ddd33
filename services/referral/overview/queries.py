"""Reads the coordination's lists from the read model, the most urgent first, of these the longest waiting."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from events.referral_states import ASKED_LATER, CLOSED, TO_BE_ASKED
from events.vocabulary import Agency, BlockReason, ReferralClock, ReferralState, RiskCategory, ShownView, Urgency
from services.chassis.authorization.policy import Principal
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.showings.domain import tells
from services.chassis.web.cursors import Cursors
from services.referral.lifecycle.after_sending import AfterSending
from services.referral.overview.domain import REROUTE_WITHIN, Concern, Deadlines, Section
from services.referral.showings.commands import ReferralShowings
from services.referral.showings.domain import Seen

PAGE_SIZE = 25
COUNTED_TO = 1_000
"""No count goes further: a page says "more than 999", and reads no more of the table."""
_CLOSED = ",".join(f"'{state}'" for state in sorted(CLOSED))
_WAITS_FOR = ",".join(f"'{reason}'" for reason in (*sorted(TO_BE_ASKED), ASKED_LATER))
_IS_OPEN = f"state <> all(array[{_CLOSED}])"
_DUE = f"""
least(
  case when after_sending ->> 'frozen_at' is null then case state
    when 'requested' then acknowledge_by
    when 'info_requested' then coalesce(decide_by_if_asked, decide_by)
    when 'acknowledged' then case when asked_at is null then decide_by else coalesce(decide_by_if_asked, decide_by) end
    when 'expired' then decide_by when 'accepted' then serve_by when 'scheduled' then serve_by
    when 'declined' then since + interval '{int(REROUTE_WITHIN.total_seconds())} seconds' end end,
  case when {_IS_OPEN} then (after_sending ->> 'unseen_by')::timestamptz end,
  case when deletion_confirmed_at is null then deletion_due end)
"""
"""What somebody has to do with a referral that was sent, by when; a frozen one's clocks stand still."""
_AGENCIES = ",".join(f"'{agency}'" for agency in Agency)
"""Every agency, named so that the index by agency and ``next_by`` finds what can be due without the rest."""
AT: Mapping[Section, str] = {
    Section.OVERDUE: _DUE,
    Section.WAITING: "coalesce(instant(after_sending ->> 'asking_since'), since)",
    Section.FROZEN: "(after_sending ->> 'check_by')::timestamptz",
    Section.CONTESTED: "(after_sending ->> 'contested_at')::timestamptz",
}
"""The moment that a list is ordered by."""
WHICH: Mapping[Section, str] = {
    Section.OVERDUE: f"sent_at is not null and agency = any(array[{_AGENCIES}]) and next_by <= $1 and {_DUE} <= $1",
    Section.WAITING: f"state = 'blocked_consent' and reason = any(array[{_WAITS_FOR}])",
    Section.FROZEN: f"{_IS_OPEN} and after_sending ->> 'frozen_at' is not null",
    Section.CONTESTED: f"{_IS_OPEN} and after_sending ->> 'contest' is not null",
}
LIST = """
select *, {at} as at from referral where {which} and $1::timestamptz is not null
  and ($2::text is null or shelter = $2) and ($3::text is null or reason = $3)
  and ($4::text is null or (urgency, {at}, sequence) > ($4, $5::timestamptz, $6::bigint))
order by urgency, {at}, sequence limit $7
"""
COUNT = "select count(*) from (select from referral where {which} and $1::timestamptz is not null limit $2) as counted"
VISIBLE = "select referral_id from referral where referral_id = any($1::uuid[])"


class ConcernPage(NamedTuple):
    """A page of a list; ``next_cursor`` leads to the next, ``None`` on the last."""

    items: list[Concern]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The lists. Row-level security shows each principal its own rows; the pages are the coordination's."""

    database: Database
    clock: Clock
    cursors: Cursors
    restricted: Collection[RiskCategory]
    """Categories that must not be guessed from who a referral waits for."""
    showings: ReferralShowings

    async def page(
        self,
        principal: Principal,
        section: Section,
        *,
        cursor: str | None = None,
        limit: int = PAGE_SIZE,
        shelter: str | None = None,
        reason: str | None = None,
    ) -> ConcernPage:
        """A page of one list, only of a shelter or a reason if one is given.

        Raises:
            MalformedRequestError: the cursor was not issued by this list.
        """
        of = f"overview {section}"
        after = (None,) * 3 if cursor is None else _place(self.cursors.read(cursor, of, principal))
        query = LIST.format(at=AT[section], which=WHICH[section])
        async with self.database.as_principal(principal) as connection:
            rows = await connection.fetch(query, self.clock(), shelter, reason, *after, limit + 1)
        last = None
        if len(rows) > limit:
            end = rows[limit - 1]
            last = self.cursors.issue(of, principal, f"{end['urgency']}~{end['at'].isoformat()}~{end['sequence']}")
        concerns = [self._concern(section, row) for row in rows[:limit]]
        telling = [
            Seen(row["referral_id"], row["case_id"])
            for row, one in zip(rows, concerns, strict=False)
            if tells((), one.agency)
        ]
        if not await self.showings.may_show(ShownView.LIST, telling, principal):
            concerns = [replace(one, agency=None) if tells((), one.agency) else one for one in concerns]
        return ConcernPage(concerns, last)

    async def count(self, principal: Principal, section: Section) -> int:
        """How many there are, up to ``COUNTED_TO``."""
        async with self.database.as_principal(principal) as connection:
            query = COUNT.format(which=WHICH[section])
            return int(await connection.fetchval(query, self.clock(), COUNTED_TO))

    async def visible(self, principal: Principal, referrals: Collection[UUID]) -> frozenset[UUID]:
        """Those of the referrals that the principal may open."""
        async with self.database.as_principal(principal) as connection:
            rows = await connection.fetch(VISIBLE, list(referrals)) if referrals else []
        return frozenset(UUID(int=row["referral_id"].int) for row in rows)

    def _concern(self, section: Section, row: Any) -> Concern:
        after = AfterSending.model_validate_json(row["after_sending"])
        clock, by, since = _what_is_due(section, row, after)
        hidden = section is Section.WAITING and bool(set(row["categories"]) & set(self.restricted))
        return Concern(
            referral=row["referral_id"],
            shelter=row["shelter"],
            agency=None if hidden else row["agency"],
            urgency=Urgency(row["urgency"]),
            state=ReferralState(row["state"]),
            clock=clock,
            since=since,
            by=by,
            reason=BlockReason(row["reason"]) if section is Section.WAITING else None,
            contest=after.contest,
            vote=after.vote,
        )


def _what_is_due(section: Section, row: Any, after: AfterSending) -> tuple[ReferralClock, datetime | None, datetime]:
    """What somebody has to do, by when, and since when it is so."""
    match section:
        case Section.WAITING:
            return ReferralClock.WAITING, after.wait_until or after.ask_by, row["at"]
        case Section.FROZEN:
            return ReferralClock.FREEZE, row["at"], after.frozen_at or row["since"]
        case Section.CONTESTED:
            return ReferralClock.CONTEST, None, row["at"]
        case _:
            clock, at = _deadlines(row, after).first()
            return clock, at, row["since"]


def _deadlines(row: Any, after: AfterSending) -> Deadlines:
    """The deadlines of a row, as ``_DUE`` reads them."""
    state, runs = row["state"], after.frozen_at is None
    asked = state == ReferralState.INFO_REQUESTED or row["asked_at"] is not None
    decide = row["decide_by_if_asked"] or row["decide_by"] if asked else row["decide_by"]
    if state == ReferralState.EXPIRED:
        decide = row["decide_by"]
    undecided = state in {ReferralState.ACKNOWLEDGED, ReferralState.INFO_REQUESTED, ReferralState.EXPIRED}
    taken = state in {ReferralState.ACCEPTED, ReferralState.SCHEDULED}
    return Deadlines(
        acknowledge=row["acknowledge_by"] if runs and state == ReferralState.REQUESTED else None,
        decide=decide if runs and undecided else None,
        serve=row["serve_by"] if runs and taken else None,
        reroute=row["since"] + REROUTE_WITHIN if runs and state == ReferralState.DECLINED else None,
        change=after.unseen_by if state not in CLOSED else None,
        deletion=None if row["deletion_confirmed_at"] is not None else row["deletion_due"],
    )


def _place(written: str) -> tuple[str, datetime, int]:
    urgency, at, sequence = written.split("~")
    return urgency, datetime.fromisoformat(at), int(sequence)
