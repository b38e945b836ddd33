"""What a shelter leaves behind when it leaves the programme: nothing that opens."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from events.referral_states import CLOSED
from events.vocabulary import ReferralState, Role
from services.chassis.authorization.policy import Principal
from services.chassis.ids import uuid5
from services.chassis.runtime.bootstrap import ServiceContext
from services.chassis.security.acts import COMMAND_LINE
from services.chassis.settings import Settings
from services.intake.case_list.queries import NOTHING_TO_ASK
from services.intake.devices.queries import list_devices
from services.intake.parts import Parts

PAGE = 50
LEAVING = UUID("6d5b5c1e-5a57-5f0c-9a3d-2f1f6f0c7b11")
"""The namespace of the commands' ids: repeated, nothing is closed twice."""
OPEN_CASES = """
select submission.receipt, count(referral.state)::int as referrals, continuity.slip is not null as has_slip,
  continuity.frozen_at is not null or coalesce(bool_or(
    (referral.state = $3 and referral.reason <> all($4)) or referral.state = any($5)), false) as waits
from submission left join continuity using (case_id) left join referral_status referral
  on referral.case_id = submission.case_id and referral.state <> all($2)
where coalesce(submission.held_by, submission.shelter) = $1
group by submission.case_id, submission.receipt, submission.recorded_at, continuity.slip, continuity.frozen_at
having count(referral.state) > 0 or continuity.frozen_at is not null
order by submission.recorded_at, submission.case_id
"""
ANSWERS = [ReferralState.INFO_REQUESTED.value, ReferralState.DELIVERED.value]
"""States in which a desk waits for the shelter's word."""


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case that the shelter holds and that is not over."""

    receipt: str
    referrals: int
    """How many of its referrals are not over."""
    waits: bool
    """The shelter alone can answer: a consent, a question, a confirmation, what a withdrawal left to check."""
    has_slip: bool
    """Its person carries a slip, by which the next shelter takes the case over."""


async def open_cases(settings: Settings, shelter: str) -> Sequence[OpenCase]:
    """The cases that a shelter holds and that are not over, the oldest first.

    Raises:
        UnsafeSecretsError: intake's secrets cannot be used.
        StoreUnavailableError: PostgreSQL cannot be reached.
    """
    context = ServiceContext.of(settings, "intake")
    try:
        async with context.database.as_system() as connection:
            closed = [state.value for state in CLOSED]
            blocked = ReferralState.BLOCKED_CONSENT.value
            rows = await connection.fetch(OPEN_CASES, shelter, closed, blocked, NOTHING_TO_ASK, ANSWERS)
            return [OpenCase(**row) for row in rows]
    finally:
        await context.database.close()


async def close_telephones(settings: Settings, shelter: str) -> int:
    """Revokes every telephone of a shelter, as this machine's operator. Returns how many.

    It appends beside the running service, as another process of it would.

    Raises:
        UnsafeSecretsError: intake's secrets cannot be used.
        StoreUnavailableError: PostgreSQL cannot be reached; running it again goes on.
    """
    who = settings.operator or COMMAND_LINE
    by = Principal(Role.SHELTER_COORDINATOR, shelter, who, person=who)
    parts = Parts(ServiceContext.of(settings, "intake"))
    parts.log.start()
    try:
        closed, cursor = 0, None
        while True:
            page = await list_devices(parts.database, parts.cursors, by, cursor=cursor, limit=PAGE)
            for one in page.items:
                if one.revoked_at is None:
                    await parts.devices.revoke(one.device_id, uuid5(LEAVING, f"{shelter}/{one.device_id}"), by)
                    closed += 1
            cursor = page.next_cursor
            if cursor is None:
                return closed
    finally:
        await parts.log.stop()
        await parts.database.close()
