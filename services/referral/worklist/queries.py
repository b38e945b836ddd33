"""Lists the referrals that a desk or a shelter may see, from the read model."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg

from events.referral_states import CHANGEABLE, CLOSED
from events.vocabulary import (
    Capacity,
    Outcome,
    ReferralClock,
    ReferralState,
    RiskCategory,
    ShownView,
)
from services.chassis.authorization.policy import Action, Principal, Scope, scope_of
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import NotFoundError
from services.chassis.ids import short_code
from services.chassis.showings.domain import tells, without_restricted
from services.chassis.vault.keyring import Keyring
from services.chassis.web.cursors import Cursors
from services.referral.caravans.domain import Caravans
from services.referral.deadlines.policy import CountedHours
from services.referral.escalation.moments import decide_by
from services.referral.escalation.rows import escalation_state
from services.referral.lifecycle.after_sending import AfterSending
from services.referral.lifecycle.reported import Reported
from services.referral.showings.commands import ReferralShowings
from services.referral.showings.domain import Seen
from services.referral.worklist.filters import (
    DUE_BY,
    HOLDER,
    ORDER,
    PLACE,
    ReferralFilters,
    Visible,
    as_written,
    place_of,
    visible_to,
    with_code,
)
from services.referral.worklist.schemas import (
    Referral,
    ReferralChange,
    ReferralConsent,
    ReferralContest,
    ReferralDeadlines,
    ReferralDeletion,
    ReferralEscalation,
    ReferralFreeze,
    ReferralPage,
    ReferralWaiting,
)

PAGE_SIZE = 500


CAPACITY_AT_SENDING = """
(select case when said.expires_at > sent_at then said.capacity end from capacity as said
 where said.code = referral.desk and said.since <= sent_at order by said.sequence desc limit 1) as room
"""
"""The desk's capacity when the referral was sent to it, if the report was valid then."""


LINKED = """
case when state = 'rerouted' or exists (
  select from referral as other where other.referral_id = referral.linked and other.sent_at is not null) then linked end
"""
"""The linked referral, as an agency may know of it: of what follows it learns nothing until that is sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worklist:
    """Lists referrals, to each principal those that it may see."""

    database: Database
    clock: Clock
    counted_hours: CountedHours
    keyring: Keyring
    """Opens what was reported of the person; it is sealed in the read model, too."""
    cursors: Cursors
    showings: ReferralShowings
    """Records who is shown a referral of a restricted category."""

    async def one(self, principal: Principal, referral: UUID, view: ShownView | None = ShownView.REFERRAL) -> Referral:
        """One referral. ``view``: as which it is shown; ``None``: nothing of what it is about is.

        Raises:
            NotFoundError: no such referral, or the principal may not see it.
        """
        page = await self.page(principal, ReferralFilters(referral=referral, limit=1), view)
        if not page.items:
            raise NotFoundError
        return page.items[0]

    async def page(
        self, principal: Principal, filters: ReferralFilters, view: ShownView | None = ShownView.LIST
    ) -> ReferralPage:
        """A page of the referrals that the principal may see, in the wanted order, and the cursor of the next page.

        An agency sees what was sent to it; a shelter what it registered, but no reports about its staff. That somebody
        is shown a restricted category is recorded first; where it cannot be, it is withheld. ``view``: as which they
        are shown; ``None``: nothing of what they are about is shown, or it is recorded by whoever asks.

        Raises:
            MalformedRequestError: the cursor was not issued by this list in this order.
            NotSearchableError: a filter names a category that is restricted.
        """
        limit, of = max(1, min(filters.limit, PAGE_SIZE)), f"referrals by {filters.sort}"
        of_a_shelter = scope_of(principal, Action.LIST_REFERRALS) is Scope.OWN_SHELTER
        holder = HOLDER if of_a_shelter else "shelter"
        linked = LINKED if scope_of(principal, Action.LIST_REFERRALS) is Scope.OWN_AGENCY else "linked"
        columns = f"*, {CAPACITY_AT_SENDING}, {DUE_BY} as due_by, {PLACE} as place"
        columns += f", {holder} as holder, {linked} as known_link"
        visible = visible_to(principal)
        visible.narrow(filters)
        async with self.database.as_principal(principal) as connection:
            if filters.code is not None:
                visible.where("referral_id = any({})", await self._coded(connection, visible, filters.code))
            if filters.cursor is not None:
                visible.after(self.cursors.read(filters.cursor, of, principal), filters.sort)
            rows = await connection.fetch(
                f"select {columns} from referral where {visible.conditions}"
                f" order by {ORDER[filters.sort]} limit {limit + 1}",
                *visible.values,
            )
        page, now = rows[:limit], self.clock()
        said = [Reported.model_validate_json(row["reported"]) for row in page]
        keys = await self.keyring.load({key for one in said for key in one.key_ids()})
        reports = [_Report.of(row["referral_id"], one, keys) for row, one in zip(page, said, strict=True)]
        items = [
            _as_answer(row, report, now, self.counted_hours, principal)
            for row, report in zip(page, reports, strict=True)
        ]
        return ReferralPage(
            items=items if view is None else await self._recorded(view, items, principal),
            next_cursor=self.cursors.issue(of, principal, place_of(page[-1], filters.sort))
            if len(rows) > limit
            else None,
        )

    async def _recorded(self, view: ShownView, items: list[Referral], principal: Principal) -> list[Referral]:
        """The referrals as they may be shown now: without restricted categories where that cannot be recorded."""
        told = [Seen(one.referral_id, one.case_id) for one in items if tells(one.categories, one.agency)]
        if not told or await self.showings.may_show(view, told, principal):
            return items
        return without_restricted(items, principal)

    async def _coded(self, connection: asyncpg.Connection, visible: Visible, typed: str) -> list[UUID]:
        """The visible referrals that a code stands for."""
        code, found = as_written(typed), list[UUID]()
        for stored in (code, None):
            coded = visible.with_a_code(stored, self.clock())
            rows = await connection.fetch(f"select referral_id from referral where {coded.conditions}", *coded.values)
            found += with_code(rows, code)
        return found


class _Report(NamedTuple):
    """What was reported of the person, opened."""

    outcome: Outcome | None
    appointment_at: datetime | None

    @classmethod
    def of(cls, referral: UUID, said: Reported, keys: Mapping[UUID, bytes]) -> "_Report":
        return cls(said.outcome_in(referral, keys), said.appointment_in(referral, keys))


def _as_answer(
    row: asyncpg.Record, report: _Report, now: datetime, counted_hours: CountedHours, principal: Principal
) -> Referral:
    """One referral at this moment, as the principal may know it."""
    after = AfterSending.model_validate_json(row["after_sending"])
    is_the_agency = scope_of(principal, Action.LIST_REFERRALS) is Scope.OWN_AGENCY
    handed_over = row["holder"] != row["shelter"]  # of what came after, its former shelter learns nothing
    return Referral(
        referral_id=row["referral_id"],
        case_id=row["case_id"],
        submission_id=row["submission_id"],
        shelter=row["shelter"],
        agency=row["agency"],
        categories=_categories(row, after, principal),
        code=short_code(row["referral_id"]),
        urgency=row["urgency"],
        state=row["state"],
        basis=row["basis"],
        reason=row["reason"] if row["state"] == ReferralState.BLOCKED_CONSENT else None,
        waiting=_waiting(row, after),
        uncovered=_uncovered(after, principal),
        rule_set=row["rule_set"],
        desk=row["desk"],
        desk_capacity_at_sending=None if row["sent_at"] is None else row["room"] or Capacity.UNKNOWN_STALE,
        version=row["version"],
        deadlines=ReferralDeadlines(
            acknowledge_by=row["acknowledge_by"],
            decide_by=decide_by(escalation_state(row, counted_hours, Caravans())),
            serve_by=row["serve_by"],
        ),
        due_by=row["due_by"],
        expired=row["expired_at"],
        escalations=[
            ReferralEscalation.model_validate(rung)
            for rung in json.loads(row["escalations"])
            if not (is_the_agency and rung["clock"] == ReferralClock.WAITING)  # from before it was sent there
        ],
        changed_at=row["since"] if handed_over else row["changed_at"],
        replaces=row["replaces"],
        follows=row["follows"],
        linked=None if handed_over else row["known_link"],
        unseen_change=_unseen_change(row, after),
        outcome=_outcome(row, report),
        appointment_at=None if handed_over else _appointment(row, report, principal),
        confirmation=row["confirmation"],
        deletion=_deletion(row, now),
        consent=_consent(row, after),
        frozen=_frozen(row, after),
        contest=_contest(row, after),
    )


def _consent(row: asyncpg.Record, after: AfterSending) -> ReferralConsent | None:
    if after.basis_until is None or row["state"] in CLOSED:
        return None
    return ReferralConsent(until=after.basis_until, lapsed_at=after.lapsed_at, renew_by=after.renew_by)


def _frozen(row: asyncpg.Record, after: AfterSending) -> ReferralFreeze | None:
    if after.frozen_at is None or after.check_by is None or row["state"] in CLOSED:
        return None
    return ReferralFreeze(since=after.frozen_at, check_by=after.check_by)


def _contest(row: asyncpg.Record, after: AfterSending) -> ReferralContest | None:
    if after.contest is None or after.contested_at is None or row["state"] in CLOSED:
        return None
    return ReferralContest(reason=after.contest, since=after.contested_at, vote=after.vote)


def _categories(row: asyncpg.Record, after: AfterSending, principal: Principal) -> list[str]:
    """An agency learns of no category that the consent does not cover, a shelter of none that it was not let know."""
    hidden: set[str] = set()
    match scope_of(principal, Action.LIST_REFERRALS):
        case Scope.OWN_AGENCY:
            hidden = set(after.uncovered)
        case Scope.OWN_SHELTER if after.known_categories is not None:
            hidden = set(row["categories"]) - set(after.known_categories)
    return [one for one in row["categories"] if one not in hidden]


def _uncovered(after: AfterSending, principal: Principal) -> list[RiskCategory]:
    """The categories that no consent covers, to a shelter those of them that it was let know."""
    match scope_of(principal, Action.LIST_REFERRALS):
        case Scope.OWN_AGENCY:
            return []
        case Scope.OWN_SHELTER if after.known_categories is not None:
            return [one for one in after.uncovered if one in after.known_categories]
        case _:
            return list(after.uncovered)


def _unseen_change(row: asyncpg.Record, after: AfterSending) -> ReferralChange | None:
    if row["state"] not in CHANGEABLE or after.unseen_since is None or after.unseen_by is None:
        return None
    return ReferralChange(since=after.unseen_since, seen_by=after.unseen_by, urgent=after.unseen_is_urgent)


def _waiting(row: asyncpg.Record, after: AfterSending) -> ReferralWaiting | None:
    if row["state"] != ReferralState.BLOCKED_CONSENT:
        return None
    return ReferralWaiting(since=after.asking_since or row["since"], ask_by=after.ask_by, until=after.wait_until)


def _appointment(row: asyncpg.Record, report: _Report, principal: Principal) -> datetime | None:
    """Where the person will be is known only to who gave the appointment and to who brings the person there."""
    scope = scope_of(principal, Action.LIST_REFERRALS)
    awaited = scope in (Scope.OWN_AGENCY, Scope.OWN_SHELTER) and row["state"] == ReferralState.SCHEDULED
    return report.appointment_at if awaited else None


def _outcome(row: asyncpg.Record, report: _Report) -> Outcome | None:
    """The reported outcome, or the one that its end implies. A rerouted referral continues in ``linked``."""
    if row["state"] == ReferralState.ENTERED_IN_ERROR:
        return Outcome.ENTERED_IN_ERROR
    if report.outcome is not None:
        return report.outcome
    if row["outcome"]:
        return Outcome(row["outcome"])
    return Outcome.PERSON_DECLINED if row["state"] == ReferralState.WITHDRAWN else None


def _deletion(row: asyncpg.Record, now: datetime) -> ReferralDeletion | None:
    """The deletion that a recipient owes after a withdrawal; ``None`` if nothing was disclosed to it."""
    due, confirmed = row["deletion_due"], row["deletion_confirmed_at"]
    if due is None:
        return None
    return ReferralDeletion(due=due, confirmed_at=confirmed, overdue=confirmed is None and due < now)
