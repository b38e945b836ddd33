"""The time machine over HTTP, read-only."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from events.vocabulary import Agency, AuditView
from services.audit.history.commands import Histories
from services.audit.time_machine.answers import case_answer, desk_answer, referral_moment_answer
from services.audit.time_machine.queries import DeskMoment, case_of_referral, desk_moment, moment_of
from services.audit.time_machine.schemas import CaseMomentAnswer, DeskMomentAnswer, ReferralMomentAnswer
from services.audit.time_machine.times import By
from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import Clock
from services.chassis.errors import MalformedRequestError, NotFoundError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.moments import Instant, moment_or_none
from services.chassis.web.cursors import MAX_LENGTH, Cursors, not_a_cursor
from services.chassis.web.refusals import refuses

MAX_PAGE_SIZE = 200
At = Annotated[Instant, Query(description="RFC 3339 with offset; without it: now")]
ByWhat = Annotated[By, Query(description="`recorded`: what was stored by then; `occurred`: what had happened by then")]


def add_routes(router: APIRouter, histories: Histories, tokens: Tokens, cursors: Cursors, clock: Clock) -> None:
    """``GET /audit/cases/{id}/state``, ``/audit/referrals/{id}/state`` and ``/audit/desks/{agency}/state``."""

    @router.get("/audit/cases/{case_id}/state", responses=refuses(NotFoundError))
    async def get_case_state(
        case_id: UUID,
        principal: Principal = requires(tokens, Action.SEE_HISTORY),
        at: At | None = None,
        by: ByWhat = By.RECORDED,
    ) -> CaseMomentAnswer:
        """Gets a case as it was at a moment: referrals, clocks, tasks, consents, who could read and who had."""
        everything = await histories.of_case(case_id, principal, AuditView.STATE, at=at)
        return case_answer(moment_of(case_id, everything, at or clock(), by))

    @router.get("/audit/referrals/{referral_id}/state", responses=refuses(NotFoundError))
    async def get_referral_state(
        referral_id: UUID,
        principal: Principal = requires(tokens, Action.SEE_HISTORY),
        at: At | None = None,
        by: ByWhat = By.RECORDED,
    ) -> ReferralMomentAnswer:
        """Gets a referral as it was at a moment, with the clocks that ran on it."""
        case = await case_of_referral(histories.database, referral_id)
        everything = await histories.of_case(case, principal, AuditView.STATE, at=at, referral=referral_id)
        return referral_moment_answer(moment_of(case, everything, at or clock(), by), referral_id)

    @router.get("/audit/desks/{agency}/state", responses=refuses(MalformedRequestError))
    async def get_desk_state(
        agency: Agency,
        principal: Principal = requires(tokens, Action.SEE_HISTORY),
        at: At | None = None,
        by: ByWhat = By.RECORDED,
        cursor: Annotated[str | None, Query(max_length=MAX_LENGTH)] = None,
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE_SIZE)] = 50,
    ) -> DeskMomentAnswer:
        """Gets an agency's desks as they were at a moment: what was there, its clocks, silence and room.

        Give the answer's `at` with its `next_cursor`, so that every page is of one moment.
        """
        then = at or clock()
        place = None if cursor is None else place_of(cursors, cursor, principal, agency)
        moment = await desk_moment(histories.database, agency, then, by, after=place, limit=limit)
        await looked_at(histories, principal, moment, at)
        return desk_answer(moment, cursor_after(cursors, moment.following, principal, agency))


async def looked_at(histories: Histories, by: Principal, moment: DeskMoment, at: datetime | None) -> None:
    """Records that somebody looked at a page of a desk's referrals, and so at each of them, before it leaves."""
    things = [(stay.case, stay.referral.id) for stay in moment.stays]
    await histories.readings.record_each(AuditView.STATE, by, things or [(None, None)], at=at)


def place_of(cursors: Cursors, cursor: str, principal: Principal, agency: Agency) -> tuple[datetime, UUID]:
    """The place in the list of a desk that a cursor stands for.

    Raises:
        MalformedRequestError: it was not issued to this reader for this agency.
    """
    written, _, referral = cursors.read(cursor, _list_of(agency), principal).partition(" ")
    moment = moment_or_none(written)
    if moment is None:
        raise not_a_cursor()
    return moment, UUID(referral)


def cursor_after(
    cursors: Cursors, place: tuple[datetime, UUID] | None, principal: Principal, agency: Agency
) -> str | None:
    """The cursor of a place in the list of a desk; ``None``: the page was the last."""
    if place is None:
        return None
    return cursors.issue(_list_of(agency), principal, f"{place[0].isoformat()} {place[1]}")


def _list_of(agency: Agency) -> str:
    return f"desk {agency.value}"
