"""The clock of a consent on a real log: lapsed once, withdrawn once, whoever runs and whatever is lost."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from events.referral import DisclosureRenewed, ReferralAccepted
from events.vocabulary import RenewalReason, SendingBasis, Urgency
from services.chassis.eventlog.append import Append
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.operations.migrate import migrate_database
from services.chassis.operations.rebuild import rebuild
from services.chassis.secrets.installation import Secrets
from services.referral.deadlines.ports import OneDeskAnAgency
from services.referral.projections import models
from tests.support.builders.escalation import DAYS, HOURS, MINUTES
from tests.support.builders.referral import BOX, CASE, RECEIPT, WHOSE
from tests.support.system.schedulers import Guard


async def on_consent_for(guard: Guard, time: timedelta, *, accepted: bool = False) -> UUID:
    """A referral that rests on a consent which runs out so much later."""
    referral = await guard.sends(Urgency.U3)
    if accepted:
        await guard.somebody(referral, ReferralAccepted)
    work = UnitOfWork(guard.log, guard.hours)
    await work.load([referral])
    renewed = DisclosureRenewed(
        **WHOSE,
        reason=RenewalReason.CONSENT,
        disclosure=BOX,
        basis=SendingBasis.CONSENT,
        receipt=RECEIPT,
        basis_until=guard.hours() + time,
    )
    work.record(referral, renewed, case=CASE, actor="rules:2013.1", cause=uuid4())
    await guard.log.append(Append(entries=work.entries))
    return referral


async def names(guard: Guard, referral: UUID) -> list[str]:
    """What happened to it, the steps by their names."""
    return [
        getattr(fact.event, "rung", fact.event.NAME.removeprefix("referral.")) for fact in await guard.history(referral)
    ]


async def test_what_nobody_has_taken_waits_again(guard: Guard) -> None:
    referral = await on_consent_for(guard, 30 * HOURS)
    guard.hours.pass_(6 * HOURS)
    await guard.run_due()
    assert (await names(guard, referral))[-1] == "consent_expires"
    guard.hours.pass_(24 * HOURS - MINUTES)
    await guard.run_due()
    assert "blocked" not in await names(guard, referral)
    guard.hours.pass_(MINUTES)
    await guard.run_due()
    assert (await names(guard, referral))[-2:] == ["blocked", "consent_expired"]


async def test_what_was_taken_is_kept_for_three_days_and_withdrawn(guard: Guard) -> None:
    referral = await on_consent_for(guard, 2 * HOURS, accepted=True)
    guard.hours.pass_(2 * HOURS)
    await guard.run_due()
    assert (await names(guard, referral))[-2:] == ["consent_lapsed", "consent_expired"]
    guard.hours.pass_(3 * DAYS - MINUTES)
    await guard.run_due()
    assert "withdrawn" not in await names(guard, referral)
    guard.hours.pass_(MINUTES)
    await guard.run_due()
    assert (await names(guard, referral))[-2:] == ["withdrawn", "consent_not_renewed"]


async def test_it_lapses_once_whoever_runs(guard: Guard) -> None:
    referral = await on_consent_for(guard, HOURS, accepted=True)
    other = guard.another(guard.log)
    guard.hours.pass_(HOURS)
    for one in (guard, other, guard):
        await one.run_due()
    assert (await names(guard, referral)).count("consent_lapsed") == 1


@pytest.mark.parametrize("moment", ["before", "lapsed", "withdrawn"])
async def test_timers_and_rows_come_out_of_the_log_alone(
    guard: Guard, database: str, secrets: Secrets, moment: str
) -> None:
    await migrate_database(database, secrets)  # a database's grants are not copied with it
    taken, untaken = await on_consent_for(guard, HOURS, accepted=True), await on_consent_for(guard, HOURS)
    for passed in {"before": [], "lapsed": [HOURS], "withdrawn": [HOURS, 3 * DAYS]}[moment]:
        guard.hours.pass_(passed)
        await guard.run_due()
    rebuilt = await rebuild(guard.dsn, "referral", models(OneDeskAnAgency), swap=False)
    assert set(rebuilt.differing.values()) == {0}
    lost = taken if moment != "withdrawn" else untaken
    await guard.admin("delete from referral.timer where referral_id = $1", lost)
    found = (await rebuild(guard.dsn, "referral", models(OneDeskAnAgency))).differing["timer"]
    assert found == (1 if moment == "before" or lost is taken else found)
