"""The cases of a shelter and their counts are those of plain statements that look at every row."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest

from events.vocabulary import BlockReason, ReferralState, Role
from services.chassis.secrets.installation import Secrets
from services.chassis.web.cursors import Cursors
from services.intake.case_list.queries import NOTHING_TO_ASK, count_cases, list_cases
from services.intake.case_list.schemas import CaseFilters
from tests.support.system.logs import as_admin
from tests.support.system.plain_statements import (
    COORDINATOR,
    ELSEWHERE,
    HERE,
    NOW,
    READERS,
    THERE,
    plainly,
    put,
    reader_of,
)

COUNTS = """
with open as (
  select case_id, state, (state = 'blocked_consent' and reason <> all($1::text[]) and not exists (
      select from waiting_status where waiting_status.referral_id = referral_status.referral_id and wait_until > $2))
      or state in ('info_requested', 'delivered') as waits
  from referral_status
  where state in ('blocked_consent', 'requested', 'info_requested', 'delivered', 'expired', 'scheduled')
    and ($3::text is null or case_id in (select case_id from submission where coalesce(held_by, shelter) = $3))
  union all
  select case_id, 'frozen', true from continuity
  where frozen_at is not null and frozen_recipient is distinct from 'PEAS'
)
select count(distinct case_id) filter (where waits) as waits,
  count(distinct case_id) filter (where state = 'requested') as unacknowledged,
  count(distinct case_id) filter (where state = 'expired') as expired,
  count(distinct case_id) filter (where state = 'scheduled') as scheduled
from open
"""


async def some_cases(dsn: str) -> None:
    """Some handed over, some frozen, some that wait until later."""
    draw = Random(4)
    async with as_admin(dsn) as admin:
        for _ in range(150):
            case, at = uuid4(), NOW - timedelta(hours=draw.randrange(900))
            await put(
                admin, "intake.submission", id=uuid4(), case_id=case, subject=uuid4(), opened=uuid4(), fingerprint="x",
                shelter=draw.choice((HERE, THERE)), held_by=draw.choice((None, None, HERE, ELSEWHERE)), recorded_at=at,
                sealed_with=uuid4(), answered_with=uuid4(), changed_at=at, change="registered", kind="person",
                worker="w-035", receipt=case.hex[:8],
            )  # fmt: skip
            if draw.randrange(5) == 0:
                await put(
                    admin, "intake.continuity", case_id=case, frozen_at=draw.choice((None, at)),
                    frozen_recipient=draw.choice((None, "PEAS", "OIM")),
                )  # fmt: skip
            for _ in range(draw.randrange(3)):
                referral, state = uuid4(), draw.choice([*ReferralState, *[ReferralState.BLOCKED_CONSENT] * 9])
                await put(
                    admin, "intake.referral_status", referral_id=referral, case_id=case,
                    agency=draw.choice(("OIM", "PEAS")), urgency="U1", categories=[], state=state,
                    reason=draw.choice([*BlockReason, None]), version=1, sent=True,
                    changed_at=at + timedelta(hours=draw.randrange(-50, 50)),
                )  # fmt: skip
                if draw.randrange(3) == 0:
                    await put(
                        admin, "intake.waiting_status", referral_id=referral,
                        wait_until=draw.choice((None, NOW - timedelta(days=1), NOW + timedelta(days=1))),
                    )  # fmt: skip


async def test_what_is_counted_above_a_list_is_of_the_cases_that_a_shelter_holds(
    database: str, secrets: Secrets
) -> None:
    await some_cases(database)
    reader = reader_of(database, secrets, "intake")
    try:
        for by in READERS:
            if by.role is Role.OFFICER:
                continue
            shelter = None if by == COORDINATOR else by.org
            [wanted] = await plainly(reader, COUNTS, NOTHING_TO_ASK, NOW, shelter, by=by)
            found = await count_cases(reader, by, NOW)
            assert found.model_dump() == dict(wanted)
            assert found.waits
    finally:
        await reader.close()


class NotRouted:
    """The routing of cases of which nothing is known."""

    def clock(self) -> datetime:
        return NOW

    async def of(self, *_: Any) -> Mapping[UUID, Any]:
        return {}


HELD = """
select case_id, greatest(submission.changed_at, (
  select max(changed_at) from referral_status where referral_status.case_id = submission.case_id)) as moved_at
from submission where $1 in (coalesce(held_by, shelter), '*')
"""


@pytest.mark.parametrize("changed_since", [None, NOW - timedelta(days=20)])
@pytest.mark.parametrize("order", ["changed", "recorded"])
async def test_the_list_of_cases_goes_through_all_that_a_shelter_holds(
    database: str, secrets: Secrets, order: str, changed_since: datetime | None
) -> None:
    await some_cases(database)
    reader, cursors = reader_of(database, secrets, "intake"), Cursors(bytes(64))
    place = {"changed": "moved_at", "recorded": "recorded_at"}[order]
    try:
        for by in READERS:
            if by.role is Role.OFFICER:
                continue
            wanted = await plainly(
                reader,
                f"select case_id from ({HELD}) as held join submission using (case_id)"
                f" where $2::timestamptz is null or moved_at >= $2 order by {place} desc, case_id desc",
                "*" if by == COORDINATOR else by.org, changed_since, by=by,
            )  # fmt: skip
            found, cursor = list[UUID](), None
            while True:
                asked = {"order": order, "changed_since": changed_since and changed_since.isoformat()}
                filters = CaseFilters.model_validate(asked | {"limit": 7, "cursor": cursor})
                page = await list_cases(reader, NotRouted(), cursors, filters, by)  # type: ignore[arg-type]
                found += [one.case_id for one in page.items]
                if (cursor := page.next_cursor) is None:
                    break
            assert found == [row["case_id"] for row in wanted]
            assert wanted
    finally:
        await reader.close()
