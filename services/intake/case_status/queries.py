"""Answers the status of a case, limited to what the reader may see."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from events.consent_rules import ALL_FIELDS
from events.continuity import HandoverConsent
from events.referral_states import OPEN
from events.vocabulary import Agency, BlockReason, ReferralState
from services.chassis.authorization.policy import Action, Field, Principal, Scope, allowed, decide, scope_of
from services.chassis.database import Database
from services.chassis.errors import NotFoundError
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.upstream import Upstream
from services.intake.case_status.first_steps import shown_first
from services.intake.case_status.known import hidden_from
from services.intake.case_status.schemas import CaseAccess, CaseReferral, CaseStatus, ConsentFrozen, WhatIsMissing
from services.intake.cases.domain import fold
from services.intake.cases.queries import Custody, current_holder, family_of
from services.intake.consents.queries import consents_of
from services.intake.duplicates.queries import same_person
from services.intake.routing.queries import RoutingStates
from services.intake.routing.schemas import CaseRouting

REFERRALS = """
select * from referral_status left join alert_status using (referral_id) left join waiting_status using (referral_id)
  left join known_status using (referral_id)
where case_id = any($1::uuid[]) order by case_id, agency, changed_at, referral_id
"""
FORMER_HOLDER = """
select submission.id, recorded_at from submission join continuity using (case_id)
where case_id = $1 and $2 = any(former) and coalesce(continuity.shelter, submission.shelter) <> $2
"""

ACCESSES = "select * from exceptional_access where case_id = $1 order by opened_at, access_id"


async def case_status(
    database: Database, log: Log, referral: Upstream, routing: RoutingStates, case: UUID, principal: Principal
) -> CaseStatus:
    """The status of a case: an agency sees its own referrals only, the shelter with custody sees all.

    ``referral``: the log with the assessments.

    Raises:
        NotFoundError: no such case, or the principal may see nothing of it.
    """
    async with database.as_principal(principal) as connection:
        opened = await connection.fetchrow("select * from submission where case_id = $1", case)
        if opened is not None:
            referrals = await connection.fetch(REFERRALS, [case])
            accesses = await connection.fetch(ACCESSES, case)
    if opened is None:
        return await _transferred_case_summary(database, case, principal)
    where = await current_holder(database, case, opened["shelter"])
    fields = decide(principal, Action.SEE_CASE, shelter=where.shelter).fields
    scope = scope_of(principal, Action.SEE_CASE)
    consent = await _handover_consent(log, case) if scope is Scope.OWN_SHELTER else None
    own = [
        as_case_referral(
            row,
            is_the_agency=scope is Scope.OWN_AGENCY,
            hidden=hidden_from(where.shelter, consent, row) if scope is Scope.OWN_SHELTER else frozenset(),
        )
        for row in referrals
        if decide(principal, Action.SEE_CASE, shelter=where.shelter, agency=row["agency"], sent=row["sent"]).allowed
    ]
    if not own and Field.OTHER_REFERRALS not in fields:
        raise NotFoundError
    basics = {"case_id": case, "submission_id": opened["id"], "recorded_at": opened["recorded_at"], "referrals": own}
    shown = [_access(row) for row in accesses]
    if Field.CONSENTS not in fields:
        return CaseStatus(
            **basics,
            shelter=_shelter_for_an_agency(opened["shelter"], where, own),
            exceptional_accesses=[each for each in shown if each.agency == principal.org],
        )
    state = (await routing.of([case], principal)).get(case)
    of_peas = scope is Scope.OWN_SHELTER and where.frozen_recipient == Agency.PEAS
    frozen = (
        None
        if where.frozen_at is None or of_peas
        else ConsentFrozen(at=where.frozen_at, recipient=where.frozen_recipient)
    )
    first = await shown_first(referral, case) if await _knows_every_answer(log, case, principal) else None
    return CaseStatus(
        **basics,
        **({} if first is None else {"first": first}),
        shelter=where.shelter,
        routing=None if state is None else CaseRouting.of(state),
        exceptional_accesses=shown,
        handed_over=False,
        slip_issued_at=where.slip_issued_at,
        frozen=frozen,
        family=await family_of(database, case, where.shelter, principal),
        same_person=await same_person(database, case, where.shelter, principal),
        consents=[
            each
            for each in await consents_of(log, case)
            if allowed(principal, Action.SEE_CASE, shelter=where.shelter, agency=each.recipient)
        ],
    )


async def _knows_every_answer(log: Log, case: UUID, principal: Principal) -> bool:
    """Whether what is shown first tells the reader nothing new: not a shelter that was let know a part only."""
    state = fold((await log.streams([case]))[case])
    own = state is not None and state.shelter == principal.org
    return not own or state is None or state.consent is None or ALL_FIELDS in state.consent.fields


async def _transferred_case_summary(database: Database, case: UUID, principal: Principal) -> CaseStatus:
    """What a former shelter may see: that the case was transferred, not where to, when, or what followed.

    The person may have fled from somebody with access at that shelter (ADR 0021). Row-level security hides the case
    from its users, so this reads as the system.

    Raises:
        NotFoundError: the shelter never had custody.
    """
    async with database.as_system() as connection:
        row = await connection.fetchrow(FORMER_HOLDER, case, principal.org)
    if row is None:
        raise NotFoundError
    return CaseStatus(
        case_id=case,
        submission_id=row["id"],
        shelter=principal.org,
        recorded_at=row["recorded_at"],
        handed_over=True,
        referrals=[],
    )


def _shelter_for_an_agency(registered: str, where: Custody, own: Sequence[CaseReferral]) -> str:
    """The current shelter for an agency with an open referral; otherwise the one that registered the case.

    PEAS also sees the original shelter: its report is about that shelter.
    """
    works = any(each.state in OPEN and each.agency is not Agency.PEAS for each in own)
    return where.shelter if works else registered


async def _handover_consent(log: Log, case: UUID) -> HandoverConsent | None:
    """What the shelter that has custody was let know; ``None``: it registered the case."""
    state = fold((await log.streams([case]))[case])
    return None if state is None else state.consent


def as_case_referral(row: Any, *, is_the_agency: bool, hidden: frozenset[str]) -> CaseReferral:
    """One referral. Its agency learns of no category that the consent does not cover; ``hidden``: from its shelter."""
    uncovered = [one for one in row["uncovered"] or [] if one not in hidden]
    if is_the_agency:
        hidden, uncovered = hidden | set(uncovered), []
    reason = row["reason"] if row["state"] == ReferralState.BLOCKED_CONSENT else None
    missing = reason or (BlockReason.PURPOSE_TOO_NARROW if uncovered else None)
    return CaseReferral(
        referral_id=row["referral_id"],
        agency=row["agency"],
        urgency=row["urgency"],
        categories=[one for one in row["categories"] if one not in hidden],
        state=row["state"],
        reason=reason,
        missing=None if missing is None else WhatIsMissing.of(BlockReason(missing)),
        uncovered=uncovered,
        categories_withheld=False,
        ask_by=row["ask_by"],
        until=row["wait_until"],
        alerted_at=row["alerted_at"],
        version=row["version"],
        sent=row["sent"],
        changed_at=row["changed_at"],
    )


def _access(row: Any) -> CaseAccess:
    return CaseAccess(
        agency=row["agency"],
        opened_for=row["opened_for"],
        basis=row["basis"],
        verdict=row["verdict"],
        opened_at=row["opened_at"],
        until=row["until"],
    )
