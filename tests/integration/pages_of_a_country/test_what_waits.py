"""What waits and what runs out is the same as of all referrals."""

import json
from collections.abc import Mapping
from datetime import timedelta
from random import Random
from uuid import uuid4

import pytest

from events.referral_states import ASKED_LATER, CLOSED, OPEN, TO_BE_ASKED
from events.vocabulary import Agency, BlockReason, ReferralState, RiskCategory, Role, Urgency
from services.chassis.authorization.policy import Principal
from services.chassis.secrets.installation import Secrets
from services.referral.silence.queries import silence_overview
from tests.support.system.logs import as_admin
from tests.support.system.plain_statements import COORDINATOR, HERE, NOW, THERE, AlwaysRecorded, plainly, put, reader_of

WAITING = """
select *, case when state = 'blocked_consent' then coalesce((after_sending ->> 'asking_since')::timestamptz, since)
  else (after_sending ->> 'frozen_at')::timestamptz end as waits_since,
  case when state = 'blocked_consent' then reason else 'frozen' end as waits_for
from referral where state = 'blocked_consent' and reason = any($1::text[])
  or state = any($2::text[]) and after_sending ->> 'frozen_at' is not null
"""
GROUPS = f"""
select shelter, waits_for, count(*), min(urgency) as urgency, min(waits_since) as since
from ({WAITING}) as waiting group by shelter, waits_for order by min(urgency), min(waits_since), shelter, waits_for
"""
CASES = f"select case_id from ({WAITING}) as waiting order by urgency, waits_since, referral_id limit 50"
RUNNING_OUT = """
select referral_id from referral join timer using (referral_id) where sent_at is not null
  and ($1::text is null or agency = $1) order by next_at, referral_id limit 50
"""


async def some_referrals(dsn: str) -> None:
    """In every state, blocked for every reason, frozen or not; timers as the scheduler sets them."""
    draw = Random(2)
    async with as_admin(dsn) as admin:
        for sequence in range(400):
            state = draw.choice([*ReferralState, *[ReferralState.BLOCKED_CONSENT] * 20])
            blocked = state is ReferralState.BLOCKED_CONSENT
            at = NOW - timedelta(hours=draw.randrange(500))
            after: Mapping[str, str] = {
                name: (at + timedelta(hours=draw.randrange(9))).isoformat()
                for name, of in (("asking_since", 2), ("ask_by", 3), ("wait_until", 4), ("frozen_at", 5))
                if draw.randrange(of) == 0
            }
            reasons = [*BlockReason] if "frozen_at" in after else [*BlockReason, None]
            referral, urgency = uuid4(), draw.choice(list(Urgency))
            deletion = at if state in CLOSED and draw.randrange(4) == 0 else None
            await put(
                admin, "referral.referral", referral_id=referral, sequence=sequence, case_id=uuid4(),
                submission_id=uuid4(), shelter=draw.choice((HERE, THERE)),
                agency=draw.choice([one for one in Agency if one is not Agency.PEAS]), categories=[], urgency=urgency,
                state=state, reason=draw.choice(reasons) if blocked else None, rule_set="x", version=1,
                changed_at=at, since=at, after_sending=json.dumps(after), sent_at=None if blocked else at,
                deletion_due=deletion,
            )  # fmt: skip
            if state in OPEN or deletion is not None:
                await put(admin, "referral.timer", referral_id=referral, next_at=at, urgency=urgency)


@pytest.mark.parametrize("agency", [None, "UNICEF"])
async def test_what_waits_and_what_runs_out_is_the_same_as_of_all_referrals(
    database: str, secrets: Secrets, agency: str | None
) -> None:
    await some_referrals(database)
    by = COORDINATOR if agency is None else Principal(Role.SUPERVISOR, agency, "s-001")
    reader = reader_of(database, secrets, "referral")
    waits = ([*TO_BE_ASKED, ASKED_LATER, BlockReason.FROZEN], [*OPEN])
    try:
        found = await silence_overview(
            reader,
            by,
            frozenset[RiskCategory](),
            AlwaysRecorded(),  # type: ignore[arg-type]  # it records nothing
        )
        running = await plainly(reader, RUNNING_OUT, agency, by=by)
        assert [one.referral_id for one in found.runs_out_next] == [row["referral_id"] for row in running]
        assert running
        groups = await plainly(reader, GROUPS, *waits, by=by) if agency is None else []
        cases = await plainly(reader, CASES, *waits, by=by) if agency is None else []
    finally:
        await reader.close()
    assert [(one.shelter, one.reason, one.count, one.urgency, one.since) for one in found.waiting] == [
        tuple(row) for row in groups
    ]
    assert [one.case_id for one in found.waiting_longest] == [row["case_id"] for row in cases]
    assert agency or {"frozen", "needs_representative"} <= {row["waits_for"] for row in groups}
