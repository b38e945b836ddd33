"""A timer that is missing, wrong or cannot be read is found, and only those that are due are read."""

from uuid import UUID, uuid4

import pytest

from events.referral import InfoRequested, ReferralAccepted, ReferralAcknowledged, RulesAdopted
from events.vocabulary import Agency, BlockReason, Urgency
from services.chassis.eventlog.append import Append
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.operations.migrate import migrate_database
from services.chassis.operations.rebuild import rebuild
from services.chassis.secrets.installation import Secrets
from services.referral.deadlines.ports import OneDeskAnAgency
from services.referral.escalation import queries
from services.referral.projections import models
from tests.support.builders.escalation import DAYS, HOURS, MINUTES
from tests.support.builders.referral import BOX, START
from tests.support.models.unanswered_referral import UNANSWERED
from tests.support.system.schedulers import Guard

U0, U1, U2, U3 = Urgency


class TestTimers:
    async def test_are_those_that_a_rebuild_stores_and_a_missing_one_is_found(
        self, guard: Guard, database: str, secrets: Secrets
    ) -> None:
        await migrate_database(database, secrets)  # a database's grants are not copied with it
        for urgency in Urgency:
            for _ in range(3):
                await guard.sends(urgency)
        await guard.somebody(guard.sent[0], ReferralAcknowledged)
        await guard.somebody(guard.sent[4], InfoRequested, question=BOX)
        await guard.somebody(guard.sent[8], ReferralAccepted)
        for counts in ("every_hour", "working_days"):
            await guard.waits(counts)
        guard.hours.pass_(2 * HOURS)
        await guard.run_due()
        rebuilt = await rebuild(guard.dsn, "referral", models(OneDeskAnAgency), swap=False)
        assert set(rebuilt.differing.values()) == {0}
        await guard.admin("delete from referral.timer where referral_id = $1", guard.sent[8])
        assert (await rebuild(guard.dsn, "referral", models(OneDeskAnAgency))).differing["timer"] == 1

    async def test_of_what_waits_for_a_decision_are_found_again_and_fire_once(self, guard: Guard) -> None:
        waiting = await guard.waits("every_hour")
        right = await guard.timers()
        assert right[waiting] == START + HOURS
        await guard.admin("update referral.timer set next_at = $1", START)
        await guard.run_due()
        assert await guard.timers() == right, "nothing was due"
        guard.hours.pass_(5 * HOURS)
        await guard.run_due()
        await guard.another(guard.log).run_due()
        assert await guard.recorded_steps(waiting) == [
            "5:00 waiting/ask tells shelter",
            "5:00 waiting/ask_coordinator tells shelter_coordinator",
            "5:00 waiting/ask_programme tells coordinator",
        ]

    async def test_of_a_childs_ask_unicef_where_it_has_the_case(self, guard: Guard) -> None:
        for has_it, step in ((False, "coordinator"), (True, "representative asking UNICEF")):
            if has_it:
                await guard.sends(U3, agency=Agency.UNICEF)
            waiting = await guard.waits("every_hour", reason=BlockReason.NEEDS_REPRESENTATIVE)
            since = guard.hours()
            guard.hours.pass_(HOURS)
            await guard.run_due()
            assert await guard.recorded_steps(waiting, since) == [f"1:00 waiting/ask tells {step}"]

    async def test_of_an_older_policy_are_rescheduled_when_a_policy_is_adopted(self, guard: Guard) -> None:
        for urgency in Urgency:
            await guard.sends(urgency)
        right = await guard.timers()
        await guard.admin("update referral.timer set next_at = next_at + interval '9 days'")
        await guard.admin("delete from referral.timer where referral_id = $1", guard.sent[0])
        work = UnitOfWork(guard.log, guard.hours)
        work.begin(stream := uuid4())
        adopted = RulesAdopted(rule_set="2013.2", deadlines="2013.2", content="0" * 64, ladders="2013.2")
        work.record(stream, adopted, case=None, actor="referral", cause=uuid4())
        await guard.log.append(Append(entries=work.entries))
        assert await guard.timers() == right

    async def test_that_are_due_without_a_step_are_rescheduled(self, guard: Guard) -> None:
        early, over = await guard.sends(U3), await guard.sends(U1)
        await guard.somebody(over, ReferralAccepted)
        right = await guard.timers()
        await guard.admin("update referral.timer set next_at = $1", START - DAYS)
        await guard.run_due()
        assert await guard.timers() == right
        assert await guard.recorded_steps(early) == []

    async def test_of_a_referral_that_cannot_be_read_do_not_stop_the_others(
        self, guard: Guard, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(queries, "BATCH_SIZE", 1)
        unreadable = uuid4()
        await guard.admin(
            """with moved as (update referral.head set position = position + 1 returning position)
            insert into referral.event select position, gen_random_uuid(), $1, 1, 'referral.proposed.v9', null, now(),
            '{}' from moved""",
            unreadable,
        )
        await guard.admin("insert into referral.timer values ($1, $2)", unreadable, START - DAYS)
        referral = await guard.sends(U0)
        guard.hours.pass_(5 * MINUTES)
        await guard.run_due()
        assert await guard.recorded_steps(referral) == UNANSWERED[U0][:1]


async def test_ten_thousand_timers_that_are_not_due_are_not_read(guard: Guard) -> None:
    await guard.admin(
        "insert into referral.timer select gen_random_uuid(), $1, $2 from generate_series(1, 10000)", START + DAYS, U0
    )
    await guard.admin("analyze referral.timer")
    referral = await guard.sends(U0)
    guard.hours.pass_(5 * MINUTES)
    async with guard.database.reading() as connection, connection.transaction():
        due = await connection.fetch(queries.DUE, guard.hours(), list[UUID](), 64, list(Urgency))
        read = await connection.fetchval(
            """select seq_tup_read + coalesce(idx_tup_fetch, 0) from pg_stat_xact_user_tables where relname = 'timer'"""
        )
    assert [UUID(int=row["referral_id"].int) for row in due] == [referral]
    assert read < 100
