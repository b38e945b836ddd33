"""Once a consent was taken back, whoever was told confirms within 72 hours that it is deleted; being late is seen."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from events.vocabulary import Role
from services.chassis.clock import system_clock
from services.system import Installation
from tests.support.people.people import SHELTER, Item, Programme, an_adult, consent_to, is_a_problem, step, taken
from tests.support.system.system import eventually, running


@dataclass
class MovedClock:
    """The server's clock, moved on by hand."""

    by: timedelta = timedelta()

    def __call__(self) -> datetime:
        return system_clock() + self.by


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
async def timed_programme(installation: Installation, clock: MovedClock) -> AsyncIterator[Programme]:
    async with running(installation, clock) as system:
        shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
        yield Programme(system, shelter, await system.signed_in(Role.PROGRAMME_COORDINATOR, "*"))


async def withdrawn(programme: Programme) -> Item:
    case = await programme.flag(an_adult())
    receipt = (await programme.consent(case, consent_to("OIM"))).json()["receipt"]
    await programme.referral_to("OIM", case, state="requested")
    assert (await programme.withdraw(case, receipt)).status_code == 200
    return await programme.referral_to("OIM", case, state="withdrawn")


async def test_the_recipient_has_72_hours_and_says_when_it_is_done(
    timed_programme: Programme, clock: MovedClock
) -> None:
    programme = timed_programme
    referral = await withdrawn(programme)
    deletion = referral["deletion"]
    assert (deletion["confirmed_at"], deletion["overdue"]) == (None, False)
    due, changed = (datetime.fromisoformat(one) for one in (deletion["due"], referral["changed_at"]))
    assert abs(due - changed - timedelta(hours=72)) < timedelta(seconds=1)
    assert referral["outcome"] == "person_declined"
    clock.by = timedelta(hours=71)
    assert (await programme.referral_to("OIM", referral["case_id"]))["deletion"]["overdue"] is False
    clock.by = timedelta(hours=73)
    assert (await programme.referral_to("OIM", referral["case_id"]))["deletion"]["overdue"] is True
    officer = await programme.desk("OIM")
    referral = await taken(officer, referral, "confirm-deletion")
    assert referral["state"] == "withdrawn"
    shown = await programme.referral_to("OIM", referral["case_id"])
    assert shown["deletion"]["confirmed_at"] is not None
    assert shown["deletion"]["overdue"] is False
    by_the_shelter = (await programme.shelter.get(f"/api/v1/referrals/{referral['referral_id']}")).json()
    assert by_the_shelter["deletion"] == shown["deletion"]
    by_people = [fact for fact in await programme.facts_of(referral) if fact != "escalated"]
    assert by_people[-2:] == ["withdrawn", "deletion_confirmed"]


async def test_only_the_desk_that_was_told_confirms_and_only_once(programme: Programme) -> None:
    referral = await withdrawn(programme)
    for client, status, code in (
        (programme.shelter, 403, "not_allowed"),
        (programme.coordinator, 403, "not_allowed"),
        (await programme.desk("ACNUR"), 404, "not_found"),
    ):
        is_a_problem(await step(client, referral, "confirm-deletion"), status, code)
    supervisor = await programme.desk("OIM", Role.SUPERVISOR)
    done = await taken(supervisor, referral, "confirm-deletion")
    problem = is_a_problem(await step(supervisor, done, "confirm-deletion"), 409, "illegal_step")
    assert "confirm-deletion" not in problem["legal_steps"]
    assert (await programme.facts_of(referral)).count("deletion_confirmed") == 1


async def test_nothing_is_confirmed_before_a_consent_was_taken_back(programme: Programme) -> None:
    case = await programme.flag(an_adult(consent_to("OIM")))
    referral = await programme.referral_to("OIM", case, state="requested")
    assert referral["deletion"] is None
    problem = is_a_problem(await step(await programme.desk("OIM"), referral, "confirm-deletion"), 409, "illegal_step")
    assert problem["state"] == "requested"


async def test_of_two_officers_at_once_one_confirms_and_a_repeated_order_is_one(programme: Programme) -> None:
    referral = await withdrawn(programme)
    one, two = await programme.desk("OIM"), await programme.desk("OIM", Role.SUPERVISOR)
    order = {"command_id": str(uuid4())}
    answers = await asyncio.gather(
        *(step(one, referral, "confirm-deletion", **order) for _ in range(3)), step(two, referral, "confirm-deletion")
    )
    same, other = answers[:3], answers[3]
    assert len({answer.text for answer in same}) == 1
    won = other if other.status_code == 200 else same[0]
    lost = same[0] if won is other else other
    assert won.status_code == 200
    assert is_a_problem(lost, 409, "stale_version")["changed_by"] in {"officer:OIM", "supervisor:OIM"}
    assert (await programme.facts_of(referral)).count("deletion_confirmed") == 1


async def test_an_order_made_offline_before_the_withdrawal_is_refused_visibly(programme: Programme) -> None:
    """The desk accepted on a train; meanwhile the person took their consent back."""
    case = await programme.flag(an_adult())
    receipt = (await programme.consent(case, consent_to("OIM"))).json()["receipt"]
    seen = await programme.referral_to("OIM", case, state="requested")
    await programme.withdraw(case, receipt)
    await programme.referral_to("OIM", case, state="withdrawn")
    problem = is_a_problem(await step(await programme.desk("OIM"), seen, "accept"), 409, "stale_version")
    assert problem["state"] == "withdrawn"
    assert (await programme.facts_of(seen))[-1] == "withdrawn"


async def test_an_agency_that_was_never_told_owes_nothing(programme: Programme) -> None:
    case = await programme.flag(an_adult() | {"withhold_from": ["OIM"]})
    receipt = (await programme.consent(case, consent_to("OIM"))).json()["receipt"]
    await programme.referral_to("OIM", case, state="blocked_consent", reason="withheld")
    assert (await programme.withdraw(case, receipt)).status_code == 200
    ended = await programme.referral_to("OIM", case, state="withdrawn")
    assert ended["deletion"] is None
    is_a_problem(await step(await programme.desk("OIM"), ended, "confirm-deletion"), 404, "not_found")


async def test_an_agency_whose_referral_has_ended_deletes_what_it_was_told_all_the_same(programme: Programme) -> None:
    """It failed, or went on to another desk: what was told is still there until somebody deletes it."""
    document = an_adult(consent_to("ACNUR"), consent_to("PNUD"), consent_to("OIM"))
    case = await programme.flag(document)
    status = (await programme.shelter.get(f"/api/v1/cases/{case}")).json()
    receipts = {one["recipient"]: one["receipt"] for one in status["consents"]}
    failed = await programme.referral_to("OIM", case, state="requested")
    oim = await programme.desk("OIM")
    failed = await taken(oim, await taken(oim, failed, "accept"), "fail", outcome="no_show")
    declined = await programme.referral_to("ACNUR", case, state="requested")
    acnur = await programme.desk("ACNUR")
    declined = await taken(acnur, declined, "decline", reason="safety_conflict")
    await taken(programme.coordinator, declined, "reroute", to="PNUD")
    for agency, officer, state in (("OIM", oim, "failed"), ("ACNUR", acnur, "rerouted")):
        assert (await programme.withdraw(case, receipts[agency])).status_code == 200

        async def owes(agency: str = agency) -> Item | None:
            found = await programme.referral_to(agency, case)
            return found if found["deletion"] else None

        now = await eventually(owes)
        assert now is not None
        assert (now["state"], now["deletion"]["confirmed_at"]) == (state, None)
        assert (await programme.facts_of(now))[-1] == "deletion_due"
        await taken(officer, now, "confirm-deletion")
        assert (await programme.referral_to(agency, case))["deletion"]["confirmed_at"] is not None
    assert (await programme.referral_to("PNUD", case))["state"] == "requested", "that consent stands"


async def test_the_desk_is_alerted_that_a_deletion_is_due_until_it_confirms(
    timed_programme: Programme, clock: MovedClock
) -> None:
    programme = timed_programme
    referral = await withdrawn(programme)
    clock.by = timedelta(minutes=2)

    async def pending() -> bool:
        return [one["state"] for one in await programme.alerts(referral)] == ["pending"]

    await eventually(pending)
    await taken(
        await programme.desk("OIM"), await programme.referral_to("OIM", referral["case_id"]), "confirm-deletion"
    )

    async def answered() -> bool:
        return [one["state"] for one in await programme.alerts(referral)] == ["answered"]

    await eventually(answered)
